"""Exercise 5: a network without activation functions is a single layer."""

from typing import Any

from lemma.exercises.claim import Claim
from lemma.exercises.ex5 import collapse

TITLE = "Depth without activation functions"
TASK = (
    r"A network has layers $1, \ldots, L$, and no activation functions: layer $l$ computes $o_l = W_l o_{l-1} + b_l$ "
    r"from the outputs of the previous layer, where $o_0 = x$ is the input. Show that the network is equivalent to a "
    r"single layer: there are a matrix $W$ and a vector $b$ such that $o_L = W x + b$ for every $x$."
)


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 5."""
    return collapse.claims()
