"""YAML as a person writes it, read with distrust: plain values, every key once, and no more of them than there is text.

A few lines of YAML can stand for gigabytes, where aliases of aliases are written out; a tag can make a value of what is
none; and a number or a character may be one that no later stage can print.
"""

from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError

from lemma.errors import shortened

LARGEST = 1 << 18  # bytes of a file, and characters and values of what it says with all aliases written out
NUMBER = 1 << 63  # above which nothing here counts


class PlainError(ValueError):
    """A file that is not YAML, or says more than it may."""


class _Bounded(yaml.BaseLoader):
    """Refuses keys that are given twice, where YAML itself lets the last one win, and aliases that multiply."""

    def get_single_node(self) -> Any:
        node = super().get_single_node()
        if node is not None:
            _weigh(node, {})
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            return super().construct_object(node, deep)
        try:
            value = super().construct_object(node, deep)
        except (AttributeError, LookupError, OverflowError, ValueError):  # what a tag asks for, or 2020-13-45
            problem = f"'{shortened(node.value)}' is no {node.tag.rpartition(':')[2]}"
            raise ConstructorError(problem=problem, problem_mark=node.start_mark) from None
        if isinstance(value, int) and abs(value) >= NUMBER:
            raise ConstructorError(problem="a number is too large", problem_mark=node.start_mark)
        if isinstance(value, str) and not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
            raise ConstructorError(problem="half of a character", problem_mark=node.start_mark)
        return value


class Strings(_Bounded):
    """Keeps numbers as written."""


class Values(_Bounded, yaml.SafeLoader):
    """Makes numbers, dates and truth values of what looks like them."""


def read(path: Path, loader: type[_Bounded] = Values) -> Any:
    """Return what a YAML file says.

    Raises:
        OSError: it cannot be read.
        PlainError: it is not YAML, is larger than such a file can be, or has a value or key that is none; the line is
            named.
    """
    with path.open("rb") as stream:
        return parse(stream.read(LARGEST + 1), loader)


def parse(content: bytes, loader: type[_Bounded] = Values) -> Any:
    """Return what YAML says.

    Raises:
        PlainError: as for `read`.
    """
    if len(content) > LARGEST:
        raise PlainError(f"it has more than {LARGEST} bytes")
    try:
        return yaml.load(content.decode(), loader)
    except RecursionError:
        raise PlainError("too many values stand within one another") from None
    except (yaml.YAMLError, ValueError) as error:
        raise PlainError(" ".join(str(error).split())) from None


def _weigh(node: yaml.Node, held: dict[int, int]) -> int:
    """Return how many values and characters a node stands for, aliases written out; refuse what is too many."""
    if isinstance(node, yaml.ScalarNode):
        return 1 + len(node.value)
    if id(node) in held:
        if not held[id(node)]:
            raise ConstructorError(problem="an alias stands within what it stands for", problem_mark=node.start_mark)
        return held[id(node)]
    held[id(node)] = 0
    if isinstance(node, yaml.MappingNode):
        _check_keys([key for key, _ in node.value])
        parts = [part for pair in node.value for part in pair]
    else:
        parts = node.value
    held[id(node)] = total = 1 + sum(_weigh(part, held) for part in parts)
    if total > 2 * LARGEST:
        raise ConstructorError(problem="its aliases stand for too much", problem_mark=node.start_mark)
    return total


def _check_keys(keys: list[yaml.Node]) -> None:
    seen: set[tuple[str, str]] = set()
    for key in keys:
        if not isinstance(key, yaml.ScalarNode):
            raise ConstructorError(problem="a key must be a word or number", problem_mark=key.start_mark)
        if (key.tag, key.value) in seen:
            raise ConstructorError(problem=f"the key '{key.value}' is given twice", problem_mark=key.start_mark)
        seen.add((key.tag, key.value))
