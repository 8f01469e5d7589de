"""Claims and their evidence: what counts as proved, general types of claims, mutants, solver."""
