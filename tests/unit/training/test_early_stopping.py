"""Tests of the comparison of two epochs of a training."""

from lemma.training.early_stopping import is_better


def test_epochs_are_compared_by_score_then_loss_or_by_loss_only() -> None:
    low, high, same = ({"dev_score": s, "dev_loss": loss} for s, loss in ((0.5, 0.1), (0.6, 0.9), (0.6, 0.8)))
    assert is_better(high, low, "score")
    assert is_better(same, high, "score")
    assert not is_better(high, high, "score")
    assert is_better(low, high, "loss")
