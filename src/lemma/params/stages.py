"""The sections of the stages: experiment, preparation, tokenization, word vectors, training, evaluation, report."""

from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from lemma.params.models import GROUPS, Models
from lemma.params.section import Count, Name, NonNegative, Place, Positive, Section, Size, distinct

LEARNT = "learnt"  # value of vectors.source: trained on vectors.corpora


class Experiment(Section):
    """Data sets, models and runs of the experiment."""

    datasets: list[Name] = Field(min_length=1)
    models: list[Name] = Field(min_length=1)
    runs: list[Annotated[int, Field(ge=0)]] = Field(min_length=1)

    @field_validator("datasets", "models", "runs")
    @classmethod
    def _check_distinct(cls, value: list[Any]) -> list[Any]:
        return distinct(value)


class Prepare(Section):
    """Which of the published documents are used."""

    granularity: Literal["sentences", "phrases"]
    duplicates: Literal["keep", "drop"]


class Audit(Section):
    """When two documents are near-duplicates."""

    similarity: Annotated[float, Field(ge=0.5, le=1)]


class Subwords(Section):
    """Subword tokenizer, trained on the training split of each run."""

    kind: Literal["bpe", "unigram"]
    size: Annotated[int, Field(ge=100, le=1_000_000)]


class Tokenize(Section):
    """How text is normalised and split into tokens."""

    lowercase: bool
    numbers: bool
    users: bool
    links: bool
    breaks: bool
    shards: list[Annotated[int, Field(ge=0)]] = Field(min_length=1)
    subwords: Subwords | None

    @field_validator("shards")
    @classmethod
    def _check_order(cls, value: list[int]) -> list[int]:
        if value != list(range(len(value))):
            raise ValueError(f"write the shards' numbers in order: {list(range(len(value)))}")
        return value


class Train(Section):
    """Options that all trainings share."""

    device: Literal["auto", "cpu", "cuda"]
    threads: Annotated[int, Field(ge=1, le=1024)]
    epochs: Count
    patience: Count
    batch_size: Count
    max_grad_norm: Positive
    select: Literal["score", "loss"]
    best_epochs: Count
    averaging: Literal["predictions", "weights"]
    stack_runs: Count
    precision: Literal["float32", "bfloat16"]

    def block(self, run: int) -> range:
        """Return the runs of a network that are trained together with `run`, as one program (`stack_runs`)."""
        first = run - run % self.stack_runs
        return range(first, first + self.stack_runs)


class Vectors(Section):
    """Pre-trained word vectors, from which the networks start."""

    source: Place | None
    corpora: list[Name] = Field(min_length=1)
    embedding_dim: Size
    window: Annotated[int, Field(ge=1, le=1000)]
    min_count: Count
    negative: Annotated[int, Field(ge=1, le=1000)]
    sample: NonNegative
    epochs: Count

    @field_validator("source")
    @classmethod
    def _check_spelling(cls, value: str | None) -> str | None:
        if (
            value is not None
            and value != LEARNT
            and value.isalpha()
            and get_close_matches(value.lower(), [LEARNT], 1, 0.7)
        ):
            raise ValueError(f"did you mean {LEARNT}? (of a file of this name write ./{value})")
        return value


class LearningCurve(Section):
    """Sizes of the training set at which the learning curves are measured."""

    train_fractions: list[Annotated[float, Field(gt=0, lt=1)]]

    @field_validator("train_fractions")
    @classmethod
    def _check_order(cls, value: list[float]) -> list[float]:
        if rounded := [fraction for fraction in value if fraction != round(fraction, 2)]:
            raise ValueError(f"write at most two decimals: {round(rounded[0], 2)}, not {rounded[0]}")
        if value != sorted(set(value)):
            raise ValueError(f"write the fractions from small to large, each once: {sorted(set(value))}")
        return value


class Evaluate(Section):
    """Bootstrap resamples, confidence level, and the comparisons that are decided on before results are seen."""

    resamples: Count
    confidence: Annotated[float, Field(gt=0, lt=1)]
    primary: list[Annotated[list[str], Field(min_length=2, max_length=2)]]

    @field_validator("primary")
    @classmethod
    def _check_sides(cls, value: list[list[str]]) -> list[list[str]]:
        valid = (*GROUPS, *Models.model_fields)
        for sides in value:
            if unknown := [side for side in sides if side not in valid]:
                raise ValueError(f"{unknown[0]} is neither a model nor a group; valid are {', '.join(valid)}")
            if sides[0] == sides[1]:
                raise ValueError(f"{sides[0]} is compared with itself; name two sides")
        return value


class Report(Section):
    """Title page of the report, and why each data set was chosen."""

    title: str
    authors: list[str] = Field(min_length=1)
    repository: str
    reasons: dict[Name, str] = Field(default_factory=dict)
