"""What several models share: features, layers, storage."""
