"""The project's params.yaml with changes, and the mistakes that are told of it."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from lemma.errors import InputError
from lemma.params import load

FILE = Path(__file__).parents[3] / "params.yaml"
VALUES = yaml.safe_load(FILE.read_text(encoding="utf-8"))
Key = tuple[str | int, ...]


def having(*changes: tuple[Key, Any]) -> dict[str, Any]:
    """Return the values of params.yaml with these changes."""
    values = copy.deepcopy(VALUES)
    for (*way, last), value in changes:
        place: Any = values
        for step in way:
            place = place[step]
        place[last] = value
    return dict(values)


def lines(raw: Any, folder: Path) -> list[str]:
    """Return the mistakes in a file of these values, one a line, checked for its beginning, end and their number."""
    path = folder / "params.yaml"
    path.write_text(raw if isinstance(raw, str) else yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(path)
    first, *found = caught.value.what.split("\n")
    assert first == f"{path}: {'one mistake' if len(found) == 1 else f'{len(found)} mistakes'}."
    assert str(path) in caught.value.fix
    return [line.removeprefix("  ") for line in found]


def dotted(key: Key) -> str:
    return ".".join(map(str, key))
