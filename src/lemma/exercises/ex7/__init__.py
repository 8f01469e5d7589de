"""Exercise 7: the gradient of the squared error."""

from typing import Any

from lemma.exercises.claim import Claim
from lemma.exercises.ex7 import gradient

TITLE = "The gradient of the squared error"
TASK = (
    r"A network with outputs $o = (o_1, \ldots, o_m)$ is trained towards targets $t = (t_1, \ldots, t_m)$ with the "
    r"error $E = \frac{1}{2} \sum_{k=1}^{m} (t_k - o_k)^2$. Find the gradient of $E$ with respect to $o$."
)


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 7."""
    return gradient.claims()
