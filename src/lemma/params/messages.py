"""What pydantic found wrong, in a line a person can act on: the key, what is wrong, what was got, what is valid."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, Tag

from lemma.errors import InputError, choose, shortened
from lemma.params import renamed_keys

MOST = 20  # mistakes of one kind that are told


def explain(problem: Any, root: type[BaseModel]) -> str:
    """Return one line for one of pydantic's problems with a value of the model `root`."""
    walked = list(_walk(problem["loc"], root))
    steps = [_step(step) for step, _ in walked if step is not None]
    key = ".".join(steps)
    if problem["type"] == "extra_forbidden":
        return renamed_keys.describe(key, problem["input"]) or f"{key}: " + _line(
            choose("key", steps[-1], list(walked[-1][1].model_fields))
        )
    if problem["type"] == "missing":
        return f"{key}: is missing"
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] in ("model_type", "dict_type"):
        message = "Input should be a section: keys and their values"
    if not key:
        return message
    return f"{key}: {message[0].lower()}{message[1:]} (got {shortened(repr(problem['input']))})"


def unknown_names(kind: str, names: Any, valid: Any, key: str = "") -> list[str]:
    """Return a line for each of `names`, at `key`, that is not in `valid`; what is no list is told elsewhere.

    Args:
        key: where the names stand, by default in `experiment`.
    """
    if not isinstance(names, list) or not isinstance(valid, Mapping):
        return []
    wrong = [name for name in names if isinstance(name, str) and name not in valid][:MOST]
    return [
        f"{key or f'experiment.{kind}s'}: {_line(choose(kind, name, [str(key) for key in valid]))}" for name in wrong
    ]


def _step(step: Any) -> str:
    return shortened(str(step) if str(step).isprintable() else repr(step))


def _line(error: InputError) -> str:
    return str(error).replace("\n", " ")


def _walk(loc: tuple[Any, ...], annotation: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each step of a location with the section that holds it; None for a step that only names a union's kind."""
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
        else:  # a key of a mapping, or a place in a list
            annotation = get_args(annotation)[-1] if get_args(annotation) else None
            yield step, section
