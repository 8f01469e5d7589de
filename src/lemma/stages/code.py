"""The source files that a stage depends on."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def source_paths(places: Iterable[str]) -> list[Path]:
    """Return the Python files at these places of the package `lemma`.

    Args:
        places: packages, with all below them, and modules, relative to `src/lemma`.
    """
    return [path for place in places for path in _find_sources(place)]


def sources(places: Iterable[str]) -> list[str]:
    """Return the Python files at these places of the package `lemma`, relative to the project's folder."""
    return [str(Path("src", "lemma", path.relative_to(PACKAGE))) for path in source_paths(places)]


@cache
def _find_sources(place: str) -> list[Path]:
    path = PACKAGE / place
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]
