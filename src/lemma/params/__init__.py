"""The values of params.yaml as pydantic models, one class for each section.

The models are frozen and refuse unknown keys; `load` reports every mistake at once.
"""

from lemma.params.data import TABLES, Dataset, DevSplit, Folds, RandomSplit, SplitColumn
from lemma.params.models import (
    CNN,
    GROUPS,
    MLP,
    NB,
    NBSVM,
    RNN,
    FeatureSelection,
    Linear,
    LogReg,
    Majority,
    Models,
    Neural,
    find_group,
)
from lemma.params.params import Params, check, load, read
from lemma.params.section import Section, override
from lemma.params.stages import LEARNT, Audit, Evaluate, Experiment, Prepare, Report, Subwords, Tokenize, Train, Vectors
from lemma.params.tune import Range, Tune

__all__ = [
    "CNN",
    "GROUPS",
    "LEARNT",
    "MLP",
    "NB",
    "NBSVM",
    "RNN",
    "TABLES",
    "Audit",
    "Dataset",
    "DevSplit",
    "Evaluate",
    "Experiment",
    "FeatureSelection",
    "Folds",
    "Linear",
    "LogReg",
    "Majority",
    "Models",
    "Neural",
    "Params",
    "Prepare",
    "RandomSplit",
    "Range",
    "Report",
    "Section",
    "SplitColumn",
    "Subwords",
    "Tokenize",
    "Train",
    "Tune",
    "Vectors",
    "check",
    "find_group",
    "load",
    "override",
    "read",
]
