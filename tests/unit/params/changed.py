"""The committed params.yaml with changes, and the messages on its mistakes."""

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
    for (*path, last), value in changes:
        section: Any = values
        for step in path:
            section = section[step]
        section[last] = value
    return dict(values)


def lines(raw: Any, folder: Path) -> list[str]:
    """Return the reported mistakes of a params.yaml with these values, after a check of the rest of the message."""
    path = folder / "params.yaml"
    path.write_text(raw if isinstance(raw, str) else yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(path)
    first, *messages = caught.value.what.split("\n")
    assert first == f"{path}: {'one mistake' if len(messages) == 1 else f'{len(messages)} mistakes'}."
    assert str(path) in caught.value.fix
    return [line.removeprefix("  ") for line in messages]


def dotted(key: Key) -> str:
    return ".".join(map(str, key))
