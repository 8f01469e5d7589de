"""The section `tune`: the search for hyperparameters, and the search space of each model."""

from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, Discriminator, Field, Tag, create_model, field_validator, model_validator

from lemma.errors import choose
from lemma.params.models import Models
from lemma.params.section import Count, Section, distinct

Number = TypeVar("Number", int, float)
MOST = 1000  # options of a hyperparameter


class Range(Section, Generic[Number]):
    """The numbers from `low` to `high`, both included; `log`: sample on a logarithmic scale."""

    low: Number
    high: Number
    log: bool = False

    @model_validator(mode="after")
    def _check_order(self) -> "Range[Number]":
        if not self.low < self.high:
            raise ValueError("low must be below high")
        if self.log and self.low <= 0:
            raise ValueError("low must be positive where log is true")
        return self


def _distinct_options(value: list[Any]) -> list[Any]:
    if len(value) > MOST:
        raise ValueError(f"has {len(value)} entries, more than {MOST}")
    return distinct(value)


def _search_space(hyperparameters: type[Section]) -> type[Section]:
    """Return the section with the search space of a model: a list of options or a range for each hyperparameter."""
    fields: dict[str, Any] = {}
    for name, field in hyperparameters.model_fields.items():
        value: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        options: Any = Annotated[list[value], Field(min_length=1), AfterValidator(_distinct_options), Tag("options")]
        if field.annotation in (int, float):
            either = options | Annotated[Range[value], Tag("range")]
            options = Annotated[
                either, Discriminator(lambda choice: "options" if isinstance(choice, list) else "range")
            ]
        fields[name] = (options, None)
    return create_model(f"{hyperparameters.__name__}Space", __base__=Section, **fields)


if TYPE_CHECKING:
    Space = Section
else:
    _fields: dict[str, Any] = {
        name: (_search_space(field.annotation), ...) for name, field in Models.model_fields.items()
    }
    Space = create_model("Space", __base__=Section, **_fields)


class Tune(Section):
    """The search for hyperparameters: the same number of trials for every model, ranked by their dev scores."""

    models: list[str]
    trials: Count
    run: Annotated[int, Field(ge=0)]
    seed: Annotated[int, Field(ge=0)]
    space: Space

    @field_validator("models")
    @classmethod
    def _check_models(cls, names: list[str]) -> list[str]:
        for name in names:
            if name not in Models.model_fields:
                raise ValueError(str(choose("model", name, list(Models.model_fields))).replace("\n", " "))
        return _distinct_options(names)

    @model_validator(mode="after")
    def _check_space(self) -> "Tune":
        empty = [name for name in self.models if not getattr(self.space, name).model_dump(exclude_none=True)]
        if empty:
            raise ValueError(f"models: {', '.join(empty)} has nothing to search in space: leave it out of models")
        return self
