"""Networks from YAML files, with messages in the words of networks."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lemma.errors import InputError, choose, shortened
from lemma.exercises.tracing.network import Network, Neuron
from lemma.params import yaml_reader

MOST = 10  # mistakes that are shown
_FIX = "See resources/networks for examples, and docs/teaching.md for all keys."


def read_network(path: Path, options: Mapping[str, str | None] | None = None) -> Network:
    """Read a network from a YAML file, or from standard input if the path is `-`.

    Args:
        path: the file.
        options: values by key that precede those of the file; None stands for no value.

    Raises:
        InputError: If the file is missing, is not YAML, or does not describe a feed-forward network; the message names
            the file and the neuron.
    """
    name = "standard input" if str(path) == "-" else str(path)
    given = {key: value for key, value in (options or {}).items() if value is not None}
    try:
        if str(path) == "-":
            content = yaml_reader.parse(sys.stdin.buffer.read(yaml_reader.LARGEST + 1), yaml_reader.Strings)
        else:
            content = yaml_reader.read(path, yaml_reader.Strings)
        if not isinstance(content, dict):
            raise InputError(f"{name} describes no network: it has no keys eta and neurons.", _FIX)
        return Network.model_validate(content | given)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.", _FIX) from None
    except yaml_reader.InvalidYamlError as error:
        raise InputError(f"{name} is not YAML: {error}.", _FIX) from None
    except ValidationError as error:
        mistakes = [f"{name}: {shortened(_describe(mistake), 500)}." for mistake in error.errors()[:MOST]]
        raise InputError("\n".join(mistakes), _FIX) from None


def _describe(error: Any) -> str:
    """Return a mistake as a sentence about the network."""
    owner, what = _locate([str(key) for key in error["loc"] if key != "[key]"])
    value = shortened(str(error["input"]))
    match error["type"]:
        case "value_error" if not what:
            return str(error["ctx"]["error"])
        case "missing" | "too_short":
            return f"{owner} has no {what}"
        case _ if error["input"] == "" and what:
            return f"{owner} has no {what}"
        case "extra_forbidden":
            known = (Neuron if owner.startswith("neuron ") else Network).model_fields
            unknown = choose("key", what, [*known])
            return f"{owner}: {unknown.what} {unknown.fix.removesuffix('.')}"
        case "string_pattern_mismatch" | "string_too_long":
            return f"'{value}' is no name of a neuron: use at most 40 letters, digits, spaces and _ - . '"
        case "enum":
            return f"{owner}, {what}: '{value}' is unknown; choose {error['ctx']['expected'].replace(chr(39), '')}"
        case "dict_type" | "list_type" | "model_type" as kind:
            shape = "a list, such as [{x1: 0, y: 1}]" if kind == "list_type" else "keys and values, such as {x1: 1}"
            return f"{owner}{', ' if what else ''}{what}: expected {shape}, got '{value}'"
    message = str(error.get("ctx", {}).get("error", error["msg"].partition(", unable")[0])).replace(
        "Input should", "it must"
    )
    return f"{owner}, {what}: {message}"


def _locate(keys: list[str]) -> tuple[str, str]:
    """Return the part of the network that a location names, and what of this part."""
    match [shortened(key) for key in keys]:
        case ["neurons", name, "weights", source]:
            return f"neuron {name}", f"weight from {source}"
        case ["neurons", name, *rest]:
            return f"neuron {name}", " ".join(rest)
        case ["instances", number, *rest]:
            return f"instance {int(number) + 1}", "".join(f"value of {key}" for key in rest)
        case ["eta"]:
            return "the network", "learning rate eta"
        case rest:
            return "the network", " ".join(rest)
