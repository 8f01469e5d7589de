"""The search for settings, and what it may choose."""

from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, Discriminator, Field, Tag, create_model, field_validator, model_validator

from lemma.errors import choose
from lemma.params.models import Models
from lemma.params.section import Count, Section, distinct

Number = TypeVar("Number", int, float)
MOST = 1000  # values of a setting to choose from


class Range(Section, Generic[Number]):
    """All numbers between two, both of them included; `log`: small ones as often as large ones."""

    low: Number
    high: Number
    log: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> "Range[Number]":
        if not self.low < self.high:
            raise ValueError("low must be below high")
        if self.log and self.low <= 0:
            raise ValueError("a range with log begins above nought")
        return self


def _distinct_options(value: list[Any]) -> list[Any]:
    if len(value) > MOST:
        raise ValueError(f"has {len(value)} entries, more than {MOST}")
    return distinct(value)


def _searched(settings: type[Section]) -> type[Section]:
    """Return the section that says for settings of a model what a search may choose: a list of values, or a range."""
    fields: dict[str, Any] = {}
    for name, field in settings.model_fields.items():
        value: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        kinds: Any = Annotated[list[value], Field(min_length=1), AfterValidator(_distinct_options), Tag("options")]
        if field.annotation in (int, float):
            either = kinds | Annotated[Range[value], Tag("range")]
            kinds = Annotated[either, Discriminator(lambda held: "options" if isinstance(held, list) else "range")]
        fields[name] = (kinds, None)
    return create_model(f"{settings.__name__}Space", __base__=Section, **fields)


if TYPE_CHECKING:
    Space = Section
else:
    _held = {name: (_searched(field.annotation), ...) for name, field in Models.model_fields.items()}
    Space = create_model("Space", __base__=Section, **_held)


class Tune(Section):
    """The search for settings: the same number of trials for every model, judged on dev."""

    models: list[str]
    trials: Count
    run: Annotated[int, Field(ge=0)]
    seed: Annotated[int, Field(ge=0)]
    space: Space

    @field_validator("models")
    @classmethod
    def _known(cls, names: list[str]) -> list[str]:
        for name in names:
            if name not in Models.model_fields:
                raise ValueError(str(choose("model", name, list(Models.model_fields))).replace("\n", " "))
        return _distinct_options(names)

    @model_validator(mode="after")
    def _searchable(self) -> "Tune":
        empty = [name for name in self.models if not getattr(self.space, name).model_dump(exclude_none=True)]
        if empty:
            raise ValueError(f"models: {', '.join(empty)} has nothing to search in space: leave it out of models")
        return self
