"""Comparison of two epochs of one training by their results on the dev split."""

from typing import Any


def is_better(epoch: dict[str, Any], other: dict[str, Any], select: str) -> bool:
    """Return whether `epoch` has the better dev results.

    Args:
        epoch: a line of the history, with dev_score and dev_loss.
        other: the line of the epoch that it is compared with.
        select: "loss" compares the dev loss alone; otherwise the higher dev score wins, then the lower dev loss.
    """
    if select == "loss":
        return bool(epoch["dev_loss"] < other["dev_loss"])
    return bool((epoch["dev_score"], -epoch["dev_loss"]) > (other["dev_score"], -other["dev_loss"]))
