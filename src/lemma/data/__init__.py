"""From published files to token ids: the stages download, prepare, tokenize, index, audit, overlap and vectors."""
