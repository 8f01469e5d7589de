"""The base class of all sections of params.yaml, and types of values that several sections use."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from lemma.errors import InputError

Count = Annotated[int, Field(ge=1)]
Size = Annotated[int, Field(ge=1, le=1_000_000)]  # of a vector or layer; larger ones exceed any machine's memory
Probability = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
# Names become folders and arguments of shell commands, so they must be safe in both.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=64)]


def _check_printable(path: str) -> str:
    if not path.isprintable():
        raise ValueError("should have no control characters")
    return path


Place = Annotated[str, AfterValidator(_check_printable)]  # path of a file or folder


def distinct(value: list[Any]) -> list[Any]:
    """Return the list.

    Raises:
        ValueError: an entry occurs twice.
    """
    if any(value.index(entry) < index for index, entry in enumerate(value)):
        raise ValueError("the same entry occurs twice")
    return value


class Section(BaseModel):
    """A section of params.yaml: frozen, without unknown keys, without conversion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


SectionT = TypeVar("SectionT", bound=Section)


def override(section: SectionT, values: Mapping[str, Any]) -> SectionT:
    """Return a copy of the section with some values replaced, checked as those of params.yaml are.

    Raises:
        InputError: the section has no such key, or a value is invalid.
    """
    try:
        return type(section).model_validate(section.model_dump() | dict(values))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or type(section).__name__
        raise InputError(
            f"{key}: {first['msg']} (got {first['input']!r})", "Change tune.space in params.yaml."
        ) from None
