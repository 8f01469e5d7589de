"""The source files that a stage depends on."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def sources(places: Iterable[str]) -> list[str]:
    """Return the Python files at these places of the package `lemma`, relative to the project's folder.

    Args:
        places: packages, with all below them, and modules, relative to `src/lemma`.
    """
    return [str(Path("src", "lemma", name)) for place in places for name in _below(place)]


@cache
def _below(place: str) -> list[str]:
    path = PACKAGE / place
    found = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [str(source.relative_to(PACKAGE)) for source in found]
