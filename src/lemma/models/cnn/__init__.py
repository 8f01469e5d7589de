"""The convolutional network of Kim (2014)."""
