"""Exercise 6: the update rules of backpropagation in networks of sigmoids.

One delta for each neuron, from the output back, and one rule for all weights. The sheet writes net_j where the lecture
and these claims write s_j, the net input of neuron j.
"""

from typing import Any

from lemma.exercises import ex06_graphs, ex06_rules, ex06_sigmoid
from lemma.exercises.claim import Claim

TITLE = "The update rules of backpropagation"
TASK = (
    r"In a feed-forward network of neurons with $o_j = \sigma(s_j)$ and $s_j = \sum_i w_{i,j} x_{i,j}$, where "
    r"$x_{i,j}$ is what neuron $i$ passes to neuron $j$, the weights are trained by gradient descent with step size "
    r"$\eta$ on $E = \frac{1}{2} \sum_{k} (t_k - o_k)^2$ over the outputs. Let $\delta_j$ be "
    r"$-\frac{\partial E}{\partial s_j}$, and $\text{Downstream}(j)$ the neurons that neuron $j$ feeds. Derive the "
    r"rules for $\delta_j$ at the output and in a hidden layer, and for the weights; show that they hold for several "
    r"hidden layers and for any set of neurons downstream. (The sheet calls the net input $\text{net}_j$; here it is "
    r"$s_j$ throughout.)"
)


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 6."""
    return (
        ex06_sigmoid.sigmoid_slope(),
        ex06_rules.output(),
        ex06_rules.hidden(),
        ex06_rules.update(),
        ex06_graphs.layers(),
        ex06_graphs.graph(),
    )
