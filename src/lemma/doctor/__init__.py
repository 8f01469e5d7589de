"""What may be wrong with a place where lemma is to run, and what mends it: a check is a function to findings."""
