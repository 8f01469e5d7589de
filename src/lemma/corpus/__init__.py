"""Prepared data as training and evaluation open it: documents, tokens, splits, vocabulary, word vectors."""
