"""Differentiation: activation functions, dual numbers, the chain rule, computation graphs."""
