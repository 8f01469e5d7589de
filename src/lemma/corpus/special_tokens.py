"""Token ids that every vocabulary reserves: padding and unknown tokens come first, then the tokens themselves."""

PAD, UNKNOWN = 0, 1
FIRST = 2  # id of the first token of a vocabulary
