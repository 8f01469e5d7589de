"""From published files to documents with labels, split into train, dev and test."""
