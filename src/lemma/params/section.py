"""What every section of params.yaml is, and the values that stand in several."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from lemma.errors import InputError

Count = Annotated[int, Field(ge=1)]
Size = Annotated[int, Field(ge=1, le=1_000_000)]  # of a vector or layer: more of them no machine multiplies
Share = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
# Names become folders and words of a shell command, so nothing that a shell or a path could read otherwise.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=64)]


def _printable(place: str) -> str:
    if not place.isprintable():
        raise ValueError("should have no control characters")
    return place


Place = Annotated[str, AfterValidator(_printable)]  # a file's or a folder's, which no system calls by the others


def distinct(value: list[Any]) -> list[Any]:
    """Return a list, and refuse one in which an entry stands twice."""
    if any(value.index(entry) < place for place, entry in enumerate(value)):
        raise ValueError("the same entry stands twice")
    return value


class Section(BaseModel):
    """A section of params.yaml: immutable, no unknown keys, no silent conversion of types."""

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
