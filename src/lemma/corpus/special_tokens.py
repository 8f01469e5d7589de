"""The first rows of every table of word vectors."""

PAD, UNKNOWN = 0, 1
FIRST = 2  # row of the first known word
