"""Networks read from a file, and every number of their forward and backward pass."""
