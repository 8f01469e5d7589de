"""Small data sets of a user: texts, classes, splits, and settings of how to split them."""

import json
from collections.abc import Sequence

FOLDS = {"folds": 4, "dev": 0.25}
COLUMN = {"column": "use"}


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Return a jsonl file of (text, label) or (text, label, use)."""
    return "".join(json.dumps(dict(zip(("text", "label", "use"), row))) + "\n" for row in rows)


def reviews(*sizes: int) -> list[tuple[str, str]]:
    """Return that many texts of each class, mixed: a class is one letter."""
    rows = [
        (f"Number {i} of the kind {label} is long enough to print", label)
        for label, n in zip("abcdefgh", sizes)
        for i in range(n)
    ]
    return sorted(rows, key=lambda row: row[0])


def uses(**splits: str) -> list[tuple[str, str, str]]:
    """Return a text for each letter of each split: the letter is its class."""
    return [(f"{split} {i}", label, split) for split, labels in splits.items() for i, label in enumerate(labels)]
