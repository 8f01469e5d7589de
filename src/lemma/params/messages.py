"""Messages on pydantic's validation errors: the key, what is wrong, the value and the valid ones, in one line each."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, Tag

from lemma.errors import InputError, choose, shortened
from lemma.params import renamed_keys

MOST = 20  # mistakes of one kind that are reported


def describe_problem(problem: Any, root: type[BaseModel]) -> str:
    """Return one line for a validation error.

    Args:
        problem: an entry of `ValidationError.errors()`.
        root: the model that was validated.
    """
    path = list(_walk(problem["loc"], root))
    steps = [_format_step(step) for step, _ in path if step is not None]
    key = ".".join(steps)
    if problem["type"] == "extra_forbidden":
        unknown = choose("key", steps[-1], list(path[-1][1].model_fields))
        return renamed_keys.describe(key, problem["input"]) or f"{key}: {_in_one_line(unknown)}"
    if problem["type"] == "missing":
        return f"{key}: is missing"
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] in ("model_type", "dict_type"):
        message = "Input should be a section: keys and their values"
    if not key:
        return message
    return f"{key}: {message[0].lower()}{message[1:]} (got {shortened(repr(problem['input']))})"


def describe_unknown_names(kind: str, names: Any, valid: Any, key: str = "") -> list[str]:
    """Return one line for each name that is not valid.

    Args:
        kind: what is named: dataset or model.
        names: a list of names; anything else gives no lines, because pydantic reports it.
        valid: a mapping with the valid names as keys.
        key: dotted key of the list, by default the one in `experiment`.
    """
    if not isinstance(names, list) or not isinstance(valid, Mapping):
        return []
    unknown = [name for name in names if isinstance(name, str) and name not in valid][:MOST]
    options = [str(name) for name in valid]
    return [f"{key or f'experiment.{kind}s'}: {_in_one_line(choose(kind, name, options))}" for name in unknown]


def _format_step(step: Any) -> str:
    return shortened(str(step) if str(step).isprintable() else repr(step))


def _in_one_line(error: InputError) -> str:
    return str(error).replace("\n", " ")


def _walk(loc: tuple[Any, ...], annotation: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each step of an error's location with the section that contains it.

    A step is None where pydantic inserts the tag of a union's member, which is not part of the key.
    """
    section = annotation
    for step in loc:
        tagged = [kind for kind in get_args(annotation) if Tag(str(step)) in get_args(kind)[1:]]
        if tagged:
            annotation = get_args(tagged[0])[0]
            yield None, section
        elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
            section = annotation
            field = section.model_fields.get(str(step))
            annotation = field.annotation if field is not None else None
            yield step, section
        else:  # a key of a mapping, or an index of a list
            annotation = get_args(annotation)[-1] if get_args(annotation) else None
            yield step, section
