"""Formulas with indices and symbolic sizes: symbols, evaluation, proofs of equality, LaTeX."""
