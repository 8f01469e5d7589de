"""`lemma doctor` and `lemma why`: what is wrong with a checkout, and why a file would be made again."""
