"""From token ids to weights and class probabilities."""
