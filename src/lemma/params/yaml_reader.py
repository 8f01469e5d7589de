"""Reading of YAML files that people write, with limits.

Only plain values are read, and every key at most once. A few lines of YAML can expand to gigabytes by aliases of
aliases, a tag can construct objects, and a number or character may be one that a later stage cannot print: such files
are refused.
"""

from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError

from lemma.errors import shortened

LARGEST = 1 << 18  # bytes of a file; also the limit for characters and values after the expansion of aliases
NUMBER = 1 << 63  # integers must be smaller than this


class InvalidYamlError(ValueError):
    """A file that is not YAML or exceeds the limits."""


class _Bounded(yaml.BaseLoader):
    """Loader that refuses duplicate keys, of which PyYAML takes the last, and aliases that expand without bounds."""

    def get_single_node(self) -> Any:
        node = super().get_single_node()
        if node is not None:
            _check_size(node, {})
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            return super().construct_object(node, deep)
        try:
            value = super().construct_object(node, deep)
        except (AttributeError, LookupError, OverflowError, ValueError):  # an unknown tag, or 2020-13-45
            problem = f"'{shortened(node.value)}' is not a valid {node.tag.rpartition(':')[2]}"
            raise ConstructorError(problem=problem, problem_mark=node.start_mark) from None
        if isinstance(value, int) and abs(value) >= NUMBER:
            raise ConstructorError(problem="a number is too large", problem_mark=node.start_mark)
        if (
            isinstance(value, str)
            and not value.isascii()
            and any("\ud800" <= character <= "\udfff" for character in value)
        ):
            raise ConstructorError(
                problem="a lone surrogate, which is half of a character", problem_mark=node.start_mark
            )
        return value


class Strings(_Bounded):
    """Loader that keeps numbers as strings."""


class Values(_Bounded, yaml.SafeLoader):
    """Loader that reads numbers, dates and Booleans."""


def read(path: Path, loader: type[_Bounded] = Values) -> Any:
    """Read a YAML file.

    Raises:
        OSError: the file cannot be read.
        InvalidYamlError: it is not YAML, exceeds the limits or has an invalid key or value; the line is named.
    """
    with path.open("rb") as stream:
        return parse(stream.read(LARGEST + 1), loader)


def parse(content: bytes, loader: type[_Bounded] = Values) -> Any:
    """Parse YAML.

    Raises:
        InvalidYamlError: as for `read`.
    """
    if len(content) > LARGEST:
        raise InvalidYamlError(f"it has more than {LARGEST} bytes")
    try:
        return yaml.load(content.decode(), loader)
    except RecursionError:
        raise InvalidYamlError("its values are nested too deeply") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InvalidYamlError(": ".join(filter(None, [error.context, error.problem])) + place) from None
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidYamlError(" ".join(str(error).split())) from None


def _check_size(node: yaml.Node, sizes: dict[int, int]) -> int:
    """Return the number of values and characters of a node after the expansion of aliases.

    Args:
        node: of the document.
        sizes: the sizes of nodes by identity, as far as they are known; 0 for a node that is being counted.

    Raises:
        ConstructorError: the size exceeds the limit, or an alias refers to a node that contains it.
    """
    if isinstance(node, yaml.ScalarNode):
        return 1 + len(node.value)
    if id(node) in sizes:
        if not sizes[id(node)]:
            raise ConstructorError(problem="an alias refers to a value that contains it", problem_mark=node.start_mark)
        return sizes[id(node)]
    sizes[id(node)] = 0
    if isinstance(node, yaml.MappingNode):
        _check_keys([key for key, _ in node.value])
        parts = [part for pair in node.value for part in pair]
    else:
        parts = node.value
    sizes[id(node)] = total = 1 + sum(_check_size(part, sizes) for part in parts)
    if total > 2 * LARGEST:
        raise ConstructorError(problem="its aliases expand to too many values", problem_mark=node.start_mark)
    return total


def _check_keys(keys: list[yaml.Node]) -> None:
    seen: set[tuple[str, str]] = set()
    for key in keys:
        if not isinstance(key, yaml.ScalarNode):
            raise ConstructorError(problem="a key must be a string or number", problem_mark=key.start_mark)
        if (key.tag, key.value) in seen:
            raise ConstructorError(problem=f"the key '{key.value}' is given twice", problem_mark=key.start_mark)
        seen.add((key.tag, key.value))
