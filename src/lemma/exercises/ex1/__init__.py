"""Exercise 1: decision regions of a neuron, Boolean functions of two-layer networks, and memorisation."""

from typing import Any

from lemma.exercises.claim import Claim
from lemma.exercises.ex1 import accuracy, boolean, gates, half_space, memory, sigmoid, xor

TITLE = "Neurons as linear separators, and networks as truth tables"
TASK = (
    r"(i) A neuron computes $\varphi(s)$ with $s = \sum_{i=1}^{n} w_i x_i + b$, where $\varphi(s) = 1$ if $s \ge 0$ "
    "and $-1$ otherwise. Show that it is a linear classifier. (ii) Show the same for the sigmoid activation "
    r"$\sigma(s) = \frac{1}{1 + e^{-s}}$ and any threshold $\theta$ between 0 and 1. (iii) Show that a two-layer "
    "network computes any Boolean function, with an AND gate for each true row of the truth table and an OR gate in "
    "the second layer. (iv) What happens if the network has one gate for each training instance?"
)


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 1."""
    parts = (half_space, sigmoid, gates, xor, boolean, memory, accuracy)
    return tuple(claim for part in parts for claim in part.claims())
