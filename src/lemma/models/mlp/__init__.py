"""A deep averaging network (Iyyer et al., 2015)."""
