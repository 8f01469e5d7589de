"""NBSVM (Wang and Manning, 2012)."""
