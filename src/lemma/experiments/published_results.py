"""Published results (`resources/published.yaml`) and targets of the project (`resources/targets.yaml`)."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, RootModel, TypeAdapter, ValidationError, model_validator

from lemma.corpus.primary_metric import MACRO_RECALL
from lemma.errors import InputError
from lemma.evaluation.uncertainty import compute_interval
from lemma.experiments.spreads import spread_binomial
from lemma.params import Section, yaml_reader

Percent = Annotated[float, Field(ge=0, le=100)]
Text = Annotated[str, Field(min_length=1)]
MEMORY = "memory"  # the place of scores that could not be verified
LAST_ADDITIONS = date(2026, 11, 30)  # since then, the candidates of a target are frozen before the first run of any
T = TypeVar("T")


class BenchmarkTask(Section):
    """A data set with the metric and the protocol that its rows share.

    Attributes:
        name: printed name.
        title: description.
        metric: of all rows.
        documents: number of test documents of each class; with folds, of all documents.
        protocol: sentences.
    """

    name: Text
    title: Text
    metric: Literal["accuracy", "macro recall"]
    documents: list[Annotated[int, Field(gt=0)]] = Field(min_length=2)
    protocol: Text

    def estimate_interval(self, score: float, confidence: float) -> tuple[float, float]:
        """Return the interval of a published score, in per cent, that covers the sampling of test documents only.

        For macro recall, all classes are assumed to have equal recall.
        """
        fraction = score / 100
        sizes = self.documents if self.metric == MACRO_RECALL else [sum(self.documents)]
        low, high = compute_interval(fraction, spread_binomial([(fraction, n) for n in sizes], [fraction]), confidence)
        return 100 * low, 100 * high


class Publication(Section):
    """A publication."""

    short: Text
    full: Text


class PublishedRow(Section):
    """A method and its scores in per cent, by data set; a field that is null has the value of the table.

    `own_split` means that the method was tested on an unknown number of the data set's documents.
    """

    method: Text
    scores: dict[str, Percent] = Field(min_length=1)
    extra: Text = "none"
    own_split: bool = False
    work: str | None = None
    place: str | None = None
    verified: bool | None = None
    notes: list[str] | None = None


class PublishedTable(Section):
    """Rows of one publication, taken from one place."""

    work: str
    place: str
    verified: bool
    rows: list[PublishedRow] = Field(min_length=1)
    notes: list[str] = Field(default_factory=list)
    runs: dict[str, Text] = Field(default_factory=dict)


class PublishedScore(Section):
    """One published score in per cent, with its source."""

    method: str
    dataset: str
    score: float
    extra: str
    own_split: bool
    work: str
    place: str
    verified: bool
    notes: list[str]
    runs: str | None


class PublishedResults(Section):
    """Content of published.yaml."""

    datasets: dict[str, BenchmarkTask]
    works: dict[str, Publication]
    places: dict[str, Text]
    notes: dict[str, Text]
    tables: list[PublishedTable]

    def results(self) -> list[PublishedScore]:
        """Return all scores of all tables, in their order."""
        return [
            PublishedScore(
                method=row.method,
                dataset=dataset,
                score=score,
                extra=row.extra,
                own_split=row.own_split,
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
    def _check_names(self) -> "PublishedResults":
        errors = []
        for score in self.results():
            where = f"{score.method} on {score.dataset}"
            for kind, names, valid in (
                ("data set", [score.dataset], self.datasets),
                ("work", [score.work], self.works),
                ("place", [score.place], self.places),
                ("note", score.notes, self.notes),
            ):
                errors += [f"{where}: unknown {kind} '{name}'" for name in names if name not in valid]
            if score.verified is (score.place == MEMORY):
                errors.append(f"{where}: verified must be false for the place {MEMORY}, and true for all others")
        if errors:
            raise ValueError("\n".join(errors))
        return self


class Candidates(Section):
    """Every pair of an experiment and a model."""

    experiments: list[str] = Field(min_length=1)
    models: list[str] = Field(min_length=1)


class Target(Candidates):
    """A lower bound, in per cent, for the score on test of the candidate that is best on dev.

    Attributes:
        dataset: name of the data set.
        name: what is compared.
        at_least: the bound.
        above: models that the candidate must also exceed.
        frozen: date since which bound and candidates are fixed, before the first result of any candidate.
        added: experiments whose models were made candidates later, after results were known, and the date. They are
            judged separately.
    """

    dataset: str
    name: Text
    at_least: Percent
    frozen: date
    above: Candidates | None = None
    added: dict[str, date] = Field(default_factory=dict)

    def with_additions(self) -> "Target":
        """Return the target with the candidates that were added later."""
        return self.model_copy(update={"experiments": [*self.experiments, *self.added]})

    @model_validator(mode="after")
    def _check_dates(self) -> "Target":
        for name, day in self.added.items():
            if not self.frozen <= day <= LAST_ADDITIONS:
                raise ValueError(
                    f"{name} was added on {day}, but since {LAST_ADDITIONS} the candidates of a target are frozen "
                    "before the first run of any of them; specify a new target"
                )
        return self


class Targets(RootModel[list[Target]]):
    """Content of targets.yaml."""


def read_published(path: Path) -> PublishedResults:
    """Return the published results in `path`.

    Raises:
        InputError: the file is missing, not YAML or invalid; the message lists each error.
    """
    return _read_validated(path, TypeAdapter(PublishedResults))


def read_targets(path: Path) -> list[Target]:
    """Return the targets in `path`.

    Raises:
        InputError: the file is missing, not YAML or invalid; the message lists each error.
    """
    return _read_validated(path, TypeAdapter(Targets)).root


def _read_validated(path: Path, kind: TypeAdapter[T]) -> T:
    try:
        # by way of JSON, since strict validation accepts a JSON list as a pair, but not a Python list
        return kind.validate_json(_read_json(path))
    except ValidationError as error:
        problems = [(".".join(map(str, item["loc"])), str(item["msg"])) for item in error.errors(include_url=False)]
        lines = [f"{key}: {message.removeprefix('Value error, ')}".lstrip(": ") for key, message in problems]
        raise InputError(f"{path} is invalid.\n" + "\n".join(lines), f"Fix it in {path}.") from None


def _read_json(path: Path) -> bytes:
    try:
        content = yaml_reader.read(path)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Restore it with `git checkout`.") from None
    except yaml_reader.InvalidYamlError as error:
        raise InputError(f"{path} is not YAML: {error}.", "Fix that line.") from None
    return TypeAdapter(object).dump_json(content)
