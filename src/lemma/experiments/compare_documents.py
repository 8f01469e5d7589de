"""Compare two experiments by documents, with the paired bootstrap of `lemma.evaluation.significance`.

The trained models are held fixed and the documents are resampled: intervals account for the sampling of documents.
"""

from statistics import fmean

import numpy as np

from lemma import params as parameters
from lemma.corpus.primary_metric import MACRO_RECALL
from lemma.errors import InputError
from lemma.evaluation.evaluate import SEED
from lemma.evaluation.significance import paired_bootstrap
from lemma.experiments.comparison import DOCUMENTS, Comparison, Difference, scores_by_run
from lemma.experiments.predictions import NoPredictionsError, fraction_correct, hash_documents, open_split
from lemma.experiments.results import Results


def compare_documents(
    first: Results, second: Results, dataset: str, models: list[str], split: str, settings: parameters.Evaluate
) -> tuple[Comparison, dict[str, str]]:
    """Return the differences of models on a split, by a paired bootstrap over its documents.

    Args:
        first: results of the first experiment.
        second: of the second; differences are its scores minus those of the first.
        dataset: name of the data set.
        models: names of models of both.
        split: dev or test.
        settings: of the bootstrap.

    Returns:
        The comparison, and by model why it is not included: its predictions are missing or give other scores.

    Raises:
        NoPredictionsError: the documents of an experiment are missing or not those of its results.
        InputError: the two were not scored on the same documents.
    """
    splits = open_split(first, dataset, split), open_split(second, dataset, split)
    if hash_documents(first, dataset, splits[0]) != hash_documents(second, dataset, splits[1]):
        raise InputError(
            f"The {split} documents of {dataset} in {first.name} ({int(splits[0].used.sum()):,}) and in {second.name} "
            f"({int(splits[1].used.sum()):,}) are not the same, or not in the same folds: scores cannot be compared.",
            f"Give both the same datasets.{dataset} and prepare.duplicates.",
        )
    metric = splits[0].corpus.metric
    # the labels of the first experiment are those of the second: the hashes are equal
    classes = splits[0].labels if metric == MACRO_RECALL else None
    generator = np.random.default_rng(SEED)
    differences, reasons = [], {}
    for model in models:
        try:
            before, after = (
                fraction_correct(results, dataset, model, documents)
                for results, documents in zip((first, second), splits, strict=True)
            )
        except NoPredictionsError as error:
            reasons[model] = str(error)
            continue
        test = paired_bootstrap(after - before, settings.resamples, settings.confidence, generator, classes)
        means = [fmean(scores_by_run(results, dataset, model, split, metric).values()) for results in (first, second)]
        differences.append(Difference(model, means[0], means[1], test.difference, test.low, test.high, test.p))
    return Comparison(dataset, split, metric, DOCUMENTS, (len(splits[0].labels),), "", differences), reasons
