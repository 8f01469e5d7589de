"""Exercise 2: points inside and outside a circle are not linearly separable, but their distances are."""

from typing import Any

from lemma.exercises import (
    ex02_any_points,
    ex02_certificate,
    ex02_distance,
    ex02_inseparable,
    ex02_novikoff,
    ex02_run,
    ex02_thresholds,
)
from lemma.exercises.claim import Claim

TITLE = "Points inside and outside a circle"
TASK = (
    "Some points lie inside the circle of radius 1 around the origin, others surround it. (i) Show that a neuron with "
    "the two coordinates as inputs cannot separate them. (ii) Find a feature with which it can, and a threshold. Show "
    "that the perceptron rule then converges."
)


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 2."""
    impossible = (ex02_certificate, ex02_inseparable, ex02_any_points)
    parts = (*impossible, ex02_distance, ex02_thresholds, ex02_novikoff, ex02_run)
    return tuple(claim for part in parts for claim in part.claims())
