"""Exercise 4: a step of backpropagation by hand."""

from typing import Any

from lemma.exercises.claim import Claim
from lemma.exercises.ex4 import network

TITLE = "A training step by hand"
TASK = (
    r"Neurons 1 and 2 output $\varphi(x)$, where $\varphi(x) = 1$ if $x \ge 0$ and $-1$ otherwise; neurons 3, 4, 5 and "
    r"6 apply $\varphi$ to the weighted sum of their inputs. For the input $(1, 1)$, the target $t = -1$ and the "
    r"learning rate $\eta = 0.1$, compute the output $y$, all $\delta$ and the updated weights, with $\delta_6 = t - "
    r"y$, $\delta_i = \sum_k w_{i,k} \delta_k$ and $w_{i,j} \leftarrow w_{i,j} + \eta o_i \delta_j$. Which values does "
    r"the step change, and which not?"
)


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 4."""
    return network.claims()
