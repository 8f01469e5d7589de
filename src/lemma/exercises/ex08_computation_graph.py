"""Exercise 8: gradients with respect to vectors and matrices along the computation graph of a network.

The sheet writes o_1 and o_2 for the vectors of the two layers; here they are o^(1) and o^(2), so that an index below is
always an entry. Its general form in (ii) has sigma where any f belongs, and its indices in (iv) slip; here they are set
right.
"""

from typing import Any

from lemma.exercises import ex08_activations, ex08_branches, ex08_example, ex08_graph, ex08_softmax, ex08_update
from lemma.exercises import ex08_weights as weights
from lemma.exercises.claim import Claim

TITLE = "Gradients along the computation graph"
TASK = (
    r"A network computes $s^{(1)} = W^{(1)} x$, $o^{(1)} = \sigma(s^{(1)})$, $s^{(2)} = W^{(2)} o^{(1)}$, $o^{(2)} = "
    r"\sigma(s^{(2)})$ and $E = \frac{1}{2} \lVert t - o^{(2)} \rVert^2$. (i) Draw its computation graph and find the "
    r"gradient of $E$ by $o^{(2)}$. Then, for one layer with $s = W o$ or $o = f(s)$, find the gradient (ii) by $s$ "
    r"before an activation, element-wise or not, and by a vector that feeds two nodes, (iii) by $o$ before the "
    r"weights, (iv) by the weights. (v) Show that together they are the update rules of exercise 6. $W$ holds "
    r"$w_{i,j}$ at row $j$, column $i$; $a \otimes b$ has $a_j b_i$ there; $g$ is always the gradient that has "
    r"arrived, that of $E$ by what the node puts out. (The sheet writes $o_2$ for the vector $o^{(2)}$.)"
)


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 8."""
    nodes = (
        weights.error(),
        ex08_activations.general(),
        ex08_activations.elementwise(),
        ex08_activations.diagonal(),
        ex08_activations.sigmoids(),
        ex08_softmax.jacobian(),
        ex08_softmax.cross_entropy(),
        ex08_branches.branches(),
        weights.inputs(),
        weights.weights(),
    )
    formulas = {claim.id: claim.subject for claim in nodes}
    return (ex08_graph.graph(ex08_example.values(formulas)), *nodes, *ex08_update.claims(formulas))
