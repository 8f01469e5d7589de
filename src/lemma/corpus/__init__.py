"""Prepared data as training, evaluation and reports open it: documents, tokens, splits, vocabulary, word vectors."""
