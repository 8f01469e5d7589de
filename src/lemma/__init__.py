"""Proves the exercises of a course on neural networks for NLP, runs its experiment, prints both."""

from typing import Any


def __getattr__(name: str) -> Any:
    """Return `__version__`, read from the installed package when it is asked for: reading takes 50 ms."""
    if name != "__version__":
        raise AttributeError(f"module 'lemma' has no attribute '{name}'")
    from importlib.metadata import version

    return version("lemma")
