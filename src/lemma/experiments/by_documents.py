"""Compare two experiments by the documents: the paired bootstrap that evaluation uses within an experiment.

The trained models are held fixed and the documents are resampled, so the p-value speaks of other documents.
"""

from statistics import fmean

import numpy as np

from lemma import params as parameters
from lemma.errors import InputError
from lemma.evaluation.evaluate import SEED
from lemma.evaluation.significance import paired_bootstrap
from lemma.experiments.comparison import DOCUMENTS, Comparison, Difference, scores
from lemma.experiments.predictions import digest, open_split, right_fraction
from lemma.experiments.recorded import Results
from lemma.training.score import MACRO_RECALL


def by_documents(
    first: Results, second: Results, dataset: str, models: list[str], split: str, settings: parameters.Evaluate
) -> Comparison:
    """Return the differences of models on a split, by a paired bootstrap over its documents.

    Raises:
        NoPredictionsError: the predictions of an experiment are gone or are not those of its results.
        InputError: the two were not scored on the same documents.
    """
    one, other = open_split(first, dataset, split), open_split(second, dataset, split)
    if digest(first, dataset, one) != digest(second, dataset, other):
        raise InputError(
            f"The {split} documents of {dataset} in {first.name} ({int(one.used.sum()):,}) and in {second.name} "
            f"({int(other.used.sum()):,}) are not the same, or not in the same folds: their scores cannot be compared.",
            f"Give both the same datasets.{dataset} and prepare.duplicates.",
        )
    metric = one.corpus.metric
    # classes of the first experiment: those of the second are the same texts in the same classes
    classes = one.labels if metric == MACRO_RECALL else None
    generator = np.random.default_rng(SEED)
    differences = []
    for model in models:
        gain = right_fraction(second, dataset, model, other) - right_fraction(first, dataset, model, one)
        test = paired_bootstrap(gain, settings.resamples, settings.confidence, generator, classes)
        means = [fmean(scores(results, dataset, model, split, metric).values()) for results in (first, second)]
        differences.append(Difference(model, means[0], means[1], test.difference, test.low, test.high, test.p))
    return Comparison(dataset, split, metric, DOCUMENTS, (len(one.labels),), "", differences)
