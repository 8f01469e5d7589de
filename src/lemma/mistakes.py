"""What pydantic found wrong, in a line a person can act on: the key, what is wrong, what was got, what is valid."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, Tag

from lemma.errors import choose


def explain(problem: Any, root: type[BaseModel]) -> str:
    """Return one line for one of pydantic's problems with a value of the model `root`."""
    steps, section = [], root
    for step, section in _walk(problem["loc"], root):
        steps += [str(step)] if step is not None else []
    key = ".".join(steps)
    if problem["type"] == "extra_forbidden":
        return f"{key}: " + str(choose("key", steps[-1], list(section.model_fields))).replace("\n", " ")
    if problem["type"] == "missing":
        return f"{key}: is missing"
    message = str(problem["msg"]).removeprefix("Value error, ")
    if not key:
        return message
    return f"{key}: {message[0].lower()}{message[1:]} (got {problem['input']!r})"


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
