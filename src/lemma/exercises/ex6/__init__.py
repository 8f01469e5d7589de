"""Exercise 6: the update rules of backpropagation in networks of sigmoids.

There is one delta per neuron, computed from the output backwards, and one rule for all weights. The exercise sheet
writes net_j for the net input of neuron j; the lecture and these claims write s_j.
"""

from typing import Any

from lemma.exercises.claim import Claim
from lemma.exercises.ex6 import graphs, rules, sigmoid

TITLE = "The update rules of backpropagation"
TASK = (
    r"In a feed-forward network of neurons with $o_j = \sigma(s_j)$ and $s_j = \sum_i w_{i,j} x_{i,j}$, where "
    r"$x_{i,j}$ is the input of neuron $j$ from neuron $i$, the weights are trained by gradient descent with learning "
    r"rate $\eta$ on $E = \frac{1}{2} \sum_{k} (t_k - o_k)^2$ over the outputs. Let $\delta_j = "
    r"-\frac{\partial E}{\partial s_j}$, and let $\text{Downstream}(j)$ be the set of neurons that receive the output "
    r"of neuron $j$. Derive the rules for $\delta_j$ at the output and in a hidden layer, and for the weights. Show "
    r"that they hold for several hidden layers and for any set of downstream neurons. (The exercise sheet writes "
    r"$\text{net}_j$ for the net input $s_j$.)"
)


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 6."""
    return (
        sigmoid.sigmoid_derivative(),
        rules.output(),
        rules.hidden(),
        rules.update(),
        graphs.layers(),
        graphs.graph(),
    )
