"""The primary metric of a data set."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, recall_score

from lemma.corpus.primary_metric import ACCURACY, MACRO_RECALL, compute_primary_score
from lemma.data.sources.catalog import CATALOG, get_primary_metric


@pytest.mark.parametrize("seed", range(5))
def test_the_score_is_that_of_scikit_learn(seed: int) -> None:
    generator = np.random.default_rng(seed)
    labels, probabilities = generator.integers(0, 3, 50), generator.random((50, 3))
    predicted = probabilities.argmax(1)
    assert compute_primary_score(ACCURACY, labels, probabilities) == pytest.approx(accuracy_score(labels, predicted))
    recall = recall_score(labels, predicted, average="macro")
    assert compute_primary_score(MACRO_RECALL, labels, probabilities) == pytest.approx(recall)


def test_the_primary_metric_is_that_of_the_published_results() -> None:
    assert {name for name in CATALOG if get_primary_metric(name) == MACRO_RECALL} == {"tweeteval"}
    assert get_primary_metric("own") == ACCURACY
