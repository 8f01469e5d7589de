"""params.yaml as a whole: reading and checking."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError, model_validator

from lemma.errors import InputError, missing_project
from lemma.params import yaml_reader
from lemma.params.data import Dataset, Folds
from lemma.params.messages import describe_problem, describe_unknown_names
from lemma.params.models import Models
from lemma.params.renamed_keys import RENAMED_KEYS
from lemma.params.section import Name, Section, distinct
from lemma.params.stages import (
    LEARNT,
    Audit,
    Evaluate,
    Experiment,
    LearningCurve,
    Prepare,
    Report,
    Tokenize,
    Train,
    Vectors,
)
from lemma.params.tune import Tune

MOST = 100  # mistakes that are reported
RESERVED = ("benchmark", "exercises", "fingerprints", "solutions")  # names of folders beside those of data sets

Exercise = Annotated[int, Field(ge=1, le=9)]  # of the course


class Params(Section):
    """The whole of params.yaml."""

    experiment: Experiment
    exercises: Annotated[list[Exercise], Field(min_length=1), AfterValidator(distinct)]
    prepare: Prepare
    audit: Audit
    tokenize: Tokenize
    vectors: Vectors
    train: Train
    models: Models
    tune: Tune
    learning_curve: LearningCurve
    evaluate: Evaluate
    datasets: dict[Name, Dataset]
    report: Report

    @model_validator(mode="after")
    def _check_references(self) -> "Params":
        wrong = describe_unknown_names("dataset", self.experiment.datasets, self.datasets)
        wrong += describe_unknown_names("model", self.experiment.models, Models.model_fields)
        if self.vectors.source == LEARNT:
            wrong += describe_unknown_names("dataset", self.vectors.corpora, self.datasets, "vectors.corpora")
        wrong += [
            f"datasets.{name}: a folder of results has this name; choose another"
            for name in RESERVED
            if name in self.datasets
        ]
        for name in self.experiment.datasets:
            split = self.datasets[name].split if name in self.datasets else None
            if isinstance(split, Folds) and sorted(self.experiment.runs) != list(range(split.folds)):
                folds = ", ".join(map(str, range(split.folds)))
                wrong.append(f"experiment.runs: '{name}' has {split.folds} folds, one for each run: write [{folds}]")
        if self.tokenize.subwords is not None and self.vectors.source is not None:
            wrong.append(
                "vectors.source: word vectors do not fit subwords (tokenize.subwords): write null for one of them"
            )
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


def load(path: Path) -> Params:
    """Read and check a params.yaml.

    Raises:
        InputError: the file is missing or not YAML, or has invalid keys or values, all of which are named.
    """
    return check(read(path), path)


def read(path: Path) -> Any:
    """Read a params.yaml without checking its values.

    Raises:
        InputError: the file is missing or not YAML.
    """
    try:
        return yaml_reader.read(path)
    except FileNotFoundError:
        raise missing_project(path) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Make it a file that you may read.") from None
    except yaml_reader.InvalidYamlError as error:
        raise InputError(f"{path} is not YAML: {error}.", "Fix that line.") from None


def check(raw: Any, path: Path) -> Params:
    """Check values.

    Args:
        raw: the values, as read from YAML.
        path: where they come from, for messages.

    Raises:
        InputError: there are invalid keys or values, all of which are named.
    """
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        problems = _without_renamed(error.errors(include_url=False))
        lines = [line for problem in problems[:MOST] for line in describe_problem(problem, Params).split("\n")]
        experiment = raw.get("experiment") if isinstance(raw, dict) else None
        # Pydantic checks names of data sets and models last, if nothing else is wrong; otherwise they are checked here.
        if isinstance(experiment, dict) and all(problem["loc"] for problem in problems):
            lines += describe_unknown_names("dataset", experiment.get("datasets"), raw.get("datasets"))
            lines += describe_unknown_names("model", experiment.get("models"), Models.model_fields)
        lines += [f"and {len(problems) - MOST} more"] if len(problems) > MOST else []
        number = "one mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
        raise InputError(
            f"{path}: {number}.\n" + "\n".join(f"  {line}" for line in lines),
            f"Fix {'it' if len(lines) == 1 else 'them'} in {path}; the comments there explain each value.",
        ) from None


def _without_renamed(problems: list[Any]) -> list[Any]:
    """Return validation errors without those of missing keys that are present under an old name."""
    keys = {".".join(map(str, problem["loc"])) for problem in problems}
    given = {RENAMED_KEYS[key] for key in keys & RENAMED_KEYS.keys()}
    return [
        problem
        for problem in problems
        if problem["type"] != "missing" or ".".join(map(str, problem["loc"])) not in given
    ]
