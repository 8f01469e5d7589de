# What the chapters share: the checked values of params.yaml, and two words to name values and code as dependencies.
from pathlib import Path

from snakemake.exceptions import WorkflowError

from lemma import params
from lemma.errors import LemmaError
from lemma.params import Models

if config:
    raise WorkflowError(f"--config {', '.join(config)}: values come from params.yaml alone, so that DVC sees them too.")
try:
    PARAMS = params.load(Path("params.yaml"))
except LemmaError as error:
    raise WorkflowError(str(error))


wildcard_constraints:
    dataset="[A-Za-z0-9][A-Za-z0-9_-]*",
    model="|".join(Models.model_fields),
    run=r"\d+",
    share=r"\d+",
    exercise=r"\d+",
    shard=r"\d+",


# What opens tokens.arrow.
CORPUS = ["data/corpus.py", "data/documents.py", "data/splits.py"]


def used(*keys):
    """Return a function that gives the values of these keys of params.yaml; wildcards may stand in them."""

    def values(wildcards):
        return {key: value_of(key) for key in (key.format(**wildcards) for key in keys)}

    return values


def value_of(key):
    """Return one value of params.yaml as plain data; None where a data set has no section."""
    value = PARAMS.model_dump(exclude_unset=True)
    for step in key.split("."):
        value = value.get(step) if value is not None else None
    return value


def code(*places):
    """Return the source files at these places of the package: a file, or all files of a folder."""
    root = Path("src/lemma")
    return [
        str(path)
        for place in places
        for path in ([root / place] if place.endswith(".py") else sorted((root / place).glob("*.py")))
    ]


def models_of(pattern):
    """Return `pattern` for every model of the experiment, for the data set of the wildcards."""
    return expand(pattern, model=PARAMS.experiment.models, allow_missing=True)


def runs_of(pattern):
    """Return `pattern` for every model and run of the experiment, for the data set of the wildcards."""
    return expand(
        pattern,
        model=PARAMS.experiment.models,
        run=PARAMS.experiment.runs,
        allow_missing=True,
    )


def shares_of(pattern):
    """Return `pattern` for every model and point of a learning curve, for the data set of the wildcards."""
    return expand(
        pattern,
        model=PARAMS.experiment.models,
        share=PARAMS.learn.shares,
        allow_missing=True,
    )
