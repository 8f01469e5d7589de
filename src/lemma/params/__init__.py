"""The values of `params.yaml`, checked: frozen models, unknown keys refused, every mistake reported at once.

One class a section.
"""

from lemma.params.data import TABLES, Column, Cut, Dataset, Folds, Shares
from lemma.params.models import CNN, MLP, NB, NBSVM, RNN, FeatureSelection, Linear, LogReg, Majority, Models, Neural
from lemma.params.params import Params, check, load, read
from lemma.params.section import Section, override
from lemma.params.stages import LEARNT, Audit, Evaluate, Experiment, Prepare, Report, Subwords, Tokenize, Train, Vectors
from lemma.params.tune import Range, Tune

__all__ = [
    "CNN",
    "LEARNT",
    "MLP",
    "NB",
    "NBSVM",
    "RNN",
    "TABLES",
    "Audit",
    "Column",
    "Cut",
    "Dataset",
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
    "Range",
    "Report",
    "Section",
    "Shares",
    "Subwords",
    "Tokenize",
    "Train",
    "Tune",
    "Vectors",
    "check",
    "load",
    "override",
    "read",
]
