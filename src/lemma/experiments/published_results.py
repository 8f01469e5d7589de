"""Published results and the project's targets, as `resources/published.yaml` and `resources/targets.yaml` hold them."""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, RootModel, TypeAdapter, ValidationError, model_validator

from lemma.errors import InputError
from lemma.params import Section, yaml_reader

Percent = Annotated[float, Field(ge=0, le=100)]
Text = Annotated[str, Field(min_length=1)]
MEMORY = "memory"  # the place of what nobody looked up
T = TypeVar("T")


class BenchmarkTask(Section):
    """A data set: what it is, what is scored, and the protocol that its rows share."""

    title: Text
    metric: Literal["accuracy", "macro recall"]
    protocol: Text


class Publication(Section):
    """A publication."""

    short: Text
    full: Text


class PublishedRow(Section):
    """A method and its scores in per cent, by data set; what is null is as the table has it."""

    method: Text
    scores: dict[str, Percent] = Field(min_length=1)
    extremes: dict[str, tuple[Percent, Percent]] = Field(default_factory=dict)
    extra: Text = "none"
    work: str | None = None
    place: str | None = None
    verified: bool | None = None
    notes: list[str] | None = None


class PublishedTable(Section):
    """Rows of one publication, read at one place."""

    work: str
    place: str
    verified: bool
    rows: list[PublishedRow] = Field(min_length=1)
    notes: list[str] = Field(default_factory=list)
    runs: dict[str, Text] = Field(default_factory=dict)


class PublishedScore(Section):
    """One published score, with all that belongs to it."""

    method: str
    dataset: str
    score: float
    extremes: tuple[float, float] | None
    extra: str
    work: str
    place: str
    verified: bool
    notes: list[str]
    runs: str | None


class PublishedResults(Section):
    """The whole of published.yaml."""

    datasets: dict[str, BenchmarkTask]
    works: dict[str, Publication]
    places: dict[str, Text]
    notes: dict[str, Text]
    tables: list[PublishedTable]

    def results(self) -> list[PublishedScore]:
        """Return every score of every table, in their order."""
        return [
            PublishedScore(
                method=row.method,
                dataset=dataset,
                score=score,
                extremes=row.extremes.get(dataset),
                extra=row.extra,
                work=row.work or table.work,
                place=row.place or table.place,
                verified=table.verified if row.verified is None else row.verified,
                notes=table.notes if row.notes is None else row.notes,
                runs=table.runs.get(dataset),
            )
            for table in self.tables
            for row in table.rows
            for dataset, score in row.scores.items()
        ]

    @model_validator(mode="after")
    def _known(self) -> "PublishedResults":
        wrong = []
        for it in self.results():
            where = f"{it.method} on {it.dataset}"
            for kind, names, valid in (
                ("data set", [it.dataset], self.datasets),
                ("work", [it.work], self.works),
                ("place", [it.place], self.places),
                ("note", it.notes, self.notes),
            ):
                wrong += [f"{where}: unknown {kind} '{name}'" for name in names if name not in valid]
            if it.verified is (it.place == MEMORY):
                wrong.append(f"{where}: what is quoted from {MEMORY}, and that alone, is verified: false")
            if it.extremes and not it.extremes[0] <= it.score <= it.extremes[1]:
                wrong.append(f"{where}: {it.score} is not between {it.extremes[0]} and {it.extremes[1]}")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


class Candidates(Section):
    """Models of experiments: every pair of the two."""

    experiments: list[str] = Field(min_length=1)
    models: list[str] = Field(min_length=1)


class Target(Candidates):
    """A bound, in per cent of the data set's score on test, for the candidate that is best on dev."""

    dataset: str
    name: Text
    at_least: Percent
    above: Candidates | None = None


class Targets(RootModel[list[Target]]):
    """The whole of targets.yaml."""


def read_published(path: Path) -> PublishedResults:
    """Return the published results in `path`.

    Raises:
        InputError: the file is missing, not YAML or not well-formed: each mistake is named.
    """
    return _load(path, TypeAdapter(PublishedResults))


def read_targets(path: Path) -> list[Target]:
    """Return the targets in `path`.

    Raises:
        InputError: the file is missing, not YAML or not well-formed: each mistake is named.
    """
    return _load(path, TypeAdapter(Targets)).root


def _load(path: Path, kind: TypeAdapter[T]) -> T:
    try:
        # through JSON, so that strictness takes a list for a pair
        return kind.validate_json(_json(path))
    except ValidationError as error:
        told = [(".".join(map(str, it["loc"])), str(it["msg"])) for it in error.errors(include_url=False)]
        lines = [f"{key}: {message.removeprefix('Value error, ')}".lstrip(": ") for key, message in told]
        raise InputError(f"{path} is not well-formed.\n" + "\n".join(lines), f"Fix it in {path}.") from None


def _json(path: Path) -> bytes:
    try:
        held = yaml_reader.read(path)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "It is part of the repository: `git checkout` it.") from None
    except yaml_reader.PlainError as error:
        raise InputError(f"{path} is not YAML: {error}.", "Fix that line.") from None
    return TypeAdapter(object).dump_json(held)
