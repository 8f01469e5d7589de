"""Metadata of a training: the settings stored in `model.zip`, and the history. Reading these loads no model."""
