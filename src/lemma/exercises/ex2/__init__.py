"""Exercise 2: points inside and outside a circle are not linearly separable, but their distances are."""

from typing import Any

from lemma.exercises.claim import Claim
from lemma.exercises.ex2 import any_points, certificate, distance, inseparable, novikoff, run, thresholds

TITLE = "Points inside and outside a circle"
TASK = (
    "Some points lie inside the circle of radius 1 around the origin, others surround it. (i) Show that a neuron with "
    "the two coordinates as inputs cannot separate them. (ii) Find a feature with which it can, and a threshold. Show "
    "that the perceptron rule then converges."
)


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 2."""
    impossible = (certificate, inseparable, any_points)
    parts = (*impossible, distance, thresholds, novikoff, run)
    return tuple(claim for part in parts for claim in part.claims())
