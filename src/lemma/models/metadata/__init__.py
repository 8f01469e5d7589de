"""What a training tells of itself: the settings in `model.zip`, and the history. Reading these loads no model."""
