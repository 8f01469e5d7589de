"""The whole of params.yaml, read and checked."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError, model_validator

from lemma.errors import InputError, missing_project
from lemma.params import yaml_reader
from lemma.params.data import Dataset, Folds
from lemma.params.messages import explain, unknown_names
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

MOST = 100  # mistakes that are told
TAKEN = ("benchmark", "exercises", "fingerprints", "solutions")  # folders in which those of the data sets lie

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
    def _names_and_folds(self) -> "Params":
        wrong = unknown_names("dataset", self.experiment.datasets, self.datasets)
        wrong += unknown_names("model", self.experiment.models, Models.model_fields)
        if self.vectors.source == LEARNT:
            wrong += unknown_names("dataset", self.vectors.corpora, self.datasets, "vectors.corpora")
        wrong += [
            f"datasets.{name}: a folder of results has this name; take another"
            for name in TAKEN
            if name in self.datasets
        ]
        for name in self.experiment.datasets:
            split = self.datasets[name].split if name in self.datasets else None
            if isinstance(split, Folds) and sorted(self.experiment.runs) != list(range(split.folds)):
                every = ", ".join(map(str, range(split.folds)))
                wrong.append(f"experiment.runs: '{name}' has {split.folds} folds, one a run: write [{every}]")
        if self.tokenize.subwords is not None and self.vectors.source is not None:
            wrong.append(
                "vectors.source: its vectors are of words, and tokenize.subwords cuts these: write null for one of them"
            )
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


def load(path: Path) -> Params:
    """Return the checked values of the YAML file at `path`.

    Raises:
        InputError: the file is missing or not YAML, or holds unknown, missing or ill-typed keys: all of them named.
    """
    return check(read(path), path)


def read(path: Path) -> Any:
    """Return the values of the YAML file at `path`, unchecked.

    Raises:
        InputError: the file is missing or not YAML.
    """
    try:
        return yaml_reader.read(path)
    except FileNotFoundError:
        raise missing_project(path) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Make it a file that you may read.") from None
    except yaml_reader.PlainError as error:
        raise InputError(f"{path} is not YAML: {error}.", "Mend that line.") from None


def check(raw: Any, path: Path) -> Params:
    """Return the values that `path` gave, checked.

    Raises:
        InputError: there are unknown, missing or ill-typed keys: all of them named.
    """
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        problems = _without_renamed(error.errors(include_url=False))
        lines = [line for problem in problems[:MOST] for line in explain(problem, Params).split("\n")]
        experiment = raw.get("experiment") if isinstance(raw, dict) else None
        # The names are compared last, when nothing else is wrong: where something is, they are compared here.
        if isinstance(experiment, dict) and all(problem["loc"] for problem in problems):
            lines += unknown_names("dataset", experiment.get("datasets"), raw.get("datasets"))
            lines += unknown_names("model", experiment.get("models"), Models.model_fields)
        lines += [f"and {len(problems) - MOST} more"] if len(problems) > MOST else []
        number = "one mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
        raise InputError(
            f"{path}: {number}.\n" + "\n".join(f"  {line}" for line in lines),
            f"Mend {'it' if len(lines) == 1 else 'them'} in {path}; the comments there say what each value means.",
        ) from None


def _without_renamed(problems: list[Any]) -> list[Any]:
    """Return pydantic's problems without the missing keys that are given under an old name."""
    keys = {".".join(map(str, problem["loc"])) for problem in problems}
    given = {RENAMED_KEYS[key] for key in keys & RENAMED_KEYS.keys()}
    return [
        problem
        for problem in problems
        if problem["type"] != "missing" or ".".join(map(str, problem["loc"])) not in given
    ]
