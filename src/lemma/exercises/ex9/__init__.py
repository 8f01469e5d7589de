"""Exercise 9: backpropagation with a linear output."""

from typing import Any

from lemma.exercises.claim import Claim
from lemma.exercises.ex9 import linear_output

TITLE = "Backpropagation with a linear output"
TASK = (
    r"Repeat the derivation for the network without the output sigmoid: $o^{(1)} = \sigma(W^{(1)} x)$, $o^{(2)} = "
    r"W^{(2)} o^{(1)}$, $E = \frac{1}{2} \lVert t - o^{(2)} \rVert^2$. What are the deltas and the weight updates? "
    r"(The exercise sheet gives no answer.)"
)


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 9."""
    return linear_output.claims()
