"""From published files to token ids: download, prepare, tokenize."""
