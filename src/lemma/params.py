"""The values of `params.yaml`, checked: frozen models, unknown keys refused, every mistake reported at once.

One class a section. A model's settings class carries the model's name; its code is `lemma.models.<name>`.
"""

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeVar

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    create_model,
    field_validator,
    model_validator,
)

from lemma.errors import InputError, choose
from lemma.mistakes import explain, unknown_names

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
# Names become folders and words of a shell command, so nothing that a shell or a path could read otherwise.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=64)]


class Section(BaseModel):
    """A section of params.yaml: immutable, no unknown keys, no silent conversion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Experiment(Section):
    """What is run."""

    datasets: list[Name] = Field(min_length=1)
    models: list[Name] = Field(min_length=1)
    runs: list[Annotated[int, Field(ge=0)]] = Field(min_length=1)

    @field_validator("datasets", "models", "runs")
    @classmethod
    def _distinct(cls, value: list[Any]) -> list[Any]:
        if len(set(value)) < len(value):
            raise ValueError("the same entry stands twice")
        return value


class Prepare(Section):
    """Which of the published documents are used."""

    granularity: Literal["sentences", "phrases"]
    duplicates: Literal["keep", "drop"]


class Audit(Section):
    """When two documents count as near duplicates."""

    similarity: Annotated[float, Field(ge=0.5, le=1)]


class Subwords(Section):
    """Pieces of words, fitted on the training part of each run."""

    kind: Literal["bpe", "unigram"]
    size: Annotated[int, Field(ge=100, le=1_000_000)]


class Tokenize(Section):
    """How text becomes words, and words pieces."""

    lowercase: bool
    numbers: bool
    users: bool
    links: bool
    breaks: bool
    shards: list[Annotated[int, Field(ge=0)]] = Field(min_length=1)
    subwords: Subwords | None

    @field_validator("shards")
    @classmethod
    def _counted(cls, value: list[int]) -> list[int]:
        if value != list(range(len(value))):
            raise ValueError(f"write the shards' numbers in order: {list(range(len(value)))}")
        return value


class Train(Section):
    """What all trainings share."""

    device: Literal["auto", "cpu", "cuda"]
    threads: Count
    epochs: Count
    patience: Count
    batch: Count
    clip: Positive
    select: Literal["score", "loss"]
    keep: Count
    combine: Literal["vote", "average"]


class Vectors(Section):
    """Word vectors that the networks start from."""

    source: str | None
    texts: list[Name] = Field(min_length=1)
    dimensions: Count
    window: Count
    min_count: Count
    negative: Count
    sample: NonNegative
    epochs: Count


class Majority(Section):
    """The baseline that sees only class frequencies."""


class Select(Section):
    """The features kept: those that tell most of the class."""

    by: Literal["chi2", "mutual_information"]
    features: Count


class Linear(Section):
    """What a linear model sees of a document."""

    counts: Literal["boolean", "tf", "tfidf"]
    ngrams: Count
    characters: Annotated[int, Field(ge=0)]
    min_count: Count
    select: Select | None
    svd: Count | None
    centroids: bool


class NB(Linear):
    """Multinomial naive Bayes."""

    alpha: Positive


class LogReg(Linear):
    """Logistic regression."""

    c: Positive


class NBSVM(Linear):
    """A linear model over log-count ratios of naive Bayes."""

    alpha: Positive
    beta: Annotated[float, Field(ge=0, le=1)]
    c: Positive


class Neural(Section):
    """What every network has."""

    min_count: Count
    dimensions: Count
    embedding_dropout: Share
    dropout: Share
    learning_rate: Positive
    embedding_rate: NonNegative
    weight_decay: NonNegative


class MLP(Neural):
    """Averaged word vectors into hidden layers."""

    ngrams: Count
    buckets: Count
    hidden: list[Count]
    word_dropout: Share


class CNN(Neural):
    """Filters of several widths, maximum over time."""

    widths: list[Count] = Field(min_length=1)
    maps: Count


class RNN(Neural):
    """Bidirectional LSTM or GRU, pooled over time."""

    cell: Literal["lstm", "gru"]
    pool: Literal["max", "attention"]
    hidden: Count
    layers: Count


class Models(Section):
    """Settings by model: the registry of models, since the field's name is the module's."""

    majority: Majority
    nb: NB
    logreg: LogReg
    nbsvm: NBSVM
    mlp: MLP
    cnn: CNN
    rnn: RNN


Number = TypeVar("Number", int, float)


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
    if any(value.index(option) < place for place, option in enumerate(value)):
        raise ValueError("the same entry stands twice")
    return value


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

    @field_validator("models", mode="before")
    @classmethod
    def _known(cls, value: Any) -> Any:
        names = value if isinstance(value, list) else []
        for name in names:
            if name not in list(Models.model_fields):
                raise ValueError(str(choose("model", str(name), list(Models.model_fields))).replace("\n", " "))
        _distinct_options(names)
        return value


class Evaluate(Section):
    """Resampling and intervals."""

    resamples: Count
    confidence: Annotated[float, Field(gt=0, lt=1)]


class Folds(Section):
    """Cross-validation: run r holds out fold r for test, and `dev` of the rest for early stopping."""

    folds: Annotated[int, Field(ge=3, le=127)]  # a fold's number is kept in 8 bits
    dev: Annotated[float, Field(gt=0, lt=0.5)] = 0.1


class Shares(Section):
    """A stratified random division by shares of all documents."""

    dev: Annotated[float, Field(gt=0, lt=0.5)]
    test: Annotated[float, Field(gt=0, lt=0.5)]


class Column(Section):
    """A column of the file that says train, dev or test; where `dev` stands, that share of train becomes dev."""

    column: str
    dev: Annotated[float, Field(gt=0, lt=0.5)] | None = None


class Cut(Section):
    """The test part is the data's own; `dev` of its training part is cut off, by class, groups kept together."""

    dev: Annotated[float, Field(gt=0, lt=0.5)]


def _shape(split: Any) -> str:
    """Return which kind of division `split` means, so that its mistakes are told of that kind alone."""
    if isinstance(split, Section):
        return type(split).__name__
    if not isinstance(split, dict):
        return "named"
    for key, kind in (("folds", "Folds"), ("column", "Column"), ("test", "Shares")):
        if key in split:
            return kind
    return "Cut" if "dev" in split and not get_close_matches("test", map(str, split)) else "Shares"


Split = Annotated[
    Annotated[Literal["official", "folders"], Tag("named")]
    | Annotated[Folds, Tag("Folds")]
    | Annotated[Shares, Tag("Shares")]
    | Annotated[Column, Tag("Column")]
    | Annotated[Cut, Tag("Cut")],
    Discriminator(_shape),
]


TABLES = (".csv", ".tsv", ".jsonl", ".parquet")


class Dataset(Section):
    """A data set: how it is divided and, for the user's own, where it is and what it holds.

    `path` leads to a table, whose columns `text` and `label` are read, or to a folder with a folder a class in it, or
    with train, dev and test in it and the classes below these.
    """

    split: Split
    path: str | None = None
    text: str | None = None
    label: str | None = None
    encoding: str = "utf-8"
    incomplete: Literal["refuse", "drop"] = "refuse"
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None

    @property
    def table(self) -> bool:
        """Whether `path` leads to a table, and not to a folder."""
        return self.path is not None and self.path.lower().endswith(TABLES)

    @model_validator(mode="after")
    def _own(self) -> "Dataset":
        columns = [self.text, self.label]
        if self.path is None and any(columns):
            raise ValueError("a file of your own needs path, text and label")
        if self.table and not all(columns):
            raise ValueError("a file of your own needs path, text and label")
        if self.path is not None and not self.table and any(columns):
            raise ValueError(f"text and label name the columns of a table ({', '.join(TABLES)}); a folder has none")
        if self.path is not None and self.split == "official":
            raise ValueError("only catalogued sets have an official split; write folds, dev and test, or column")
        if self.split == "folders" and (self.path is None or self.table):
            raise ValueError("split: folders is for a folder of your own that holds train, dev and test")
        if isinstance(self.split, Column) and not self.table:
            raise ValueError("split: column is for a table of your own")
        if isinstance(self.split, Cut) and self.table:
            raise ValueError("a table has no test part of its own; write dev and test, or column")
        return self


class Report(Section):
    """Who signs the report."""

    title: str
    authors: list[str] = Field(min_length=1)
    repository: str


class Params(Section):
    """The whole of params.yaml."""

    experiment: Experiment
    exercises: list[Annotated[int, Field(ge=1)]] = Field(min_length=1)
    prepare: Prepare
    audit: Audit
    tokenize: Tokenize
    vectors: Vectors
    train: Train
    models: Models
    tune: Tune
    evaluate: Evaluate
    datasets: dict[Name, Dataset]
    report: Report

    @model_validator(mode="after")
    def _names_and_folds(self) -> "Params":
        wrong = unknown_names("dataset", self.experiment.datasets, self.datasets)
        wrong += unknown_names("model", self.experiment.models, Models.model_fields)
        for name in self.experiment.datasets:
            split = self.datasets[name].split if name in self.datasets else None
            if isinstance(split, Folds) and sorted(self.experiment.runs) != list(range(split.folds)):
                every = ", ".join(map(str, range(split.folds)))
                wrong.append(f"experiment.runs: '{name}' has {split.folds} folds, one a run: write [{every}]")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


def load(path: Path) -> Params:
    """Return the checked values of the YAML file at `path`.

    Raises:
        InputError: the file is missing or not YAML, or holds unknown, missing or ill-typed keys: all of them named.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run lemma in the project's folder.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, or no date, as 2020-13-45
        raise InputError(f"{path} is not YAML: {' '.join(str(error).split())}.", "Mend that line.") from None
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        lines = [line for problem in problems for line in explain(problem, Params).split("\n")]
        experiment = raw.get("experiment") if isinstance(raw, dict) else None
        # The names are compared last, when nothing else is wrong: where something is, they are compared here.
        if isinstance(experiment, dict) and all(problem["loc"] for problem in problems):
            lines += unknown_names("dataset", experiment.get("datasets"), raw.get("datasets"))
            lines += unknown_names("model", experiment.get("models"), Models.model_fields)
        number = "one mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
        raise InputError(
            f"{path}: {number}.\n" + "\n".join(f"  {line}" for line in lines),
            f"Mend {'it' if len(lines) == 1 else 'them'} in {path}; the comments there say what each value means.",
        ) from None
