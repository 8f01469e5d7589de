"""What a training is judged by."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, recall_score

from lemma.corpus.primary_metric import MACRO_RECALL, better, score


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_scikit_learn(seed: int) -> None:
    generator = np.random.default_rng(seed)
    truth, predicted = generator.integers(0, 3, 50), generator.random((50, 3))
    said = predicted.argmax(1)
    assert score("accuracy", truth, predicted) == pytest.approx(accuracy_score(truth, said))
    assert score(MACRO_RECALL, truth, predicted) == pytest.approx(recall_score(truth, said, average="macro"))


def test_an_epoch_is_better_by_score_then_by_loss_or_by_loss_alone() -> None:
    low, high, same = ({"dev_score": s, "dev_loss": loss} for s, loss in ((0.5, 0.1), (0.6, 0.9), (0.6, 0.8)))
    assert better(high, low, "score")
    assert better(same, high, "score")
    assert not better(high, high, "score")
    assert better(low, high, "loss")
