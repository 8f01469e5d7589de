"""A bidirectional LSTM or GRU."""
