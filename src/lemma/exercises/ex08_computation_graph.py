"""Exercise 8: gradients with respect to vectors and matrices along the computation graph of a network.

The exercise sheet writes o_1 and o_2 for the vectors of the two layers; here they are o^(1) and o^(2), and a subscript
always denotes an entry. The general form in (ii) and the indices in (iv) of the sheet are corrected.
"""

from typing import Any

from lemma.exercises import ex08_activations, ex08_branches, ex08_example, ex08_graph, ex08_softmax, ex08_update
from lemma.exercises import ex08_weights as weights
from lemma.exercises.claim import Claim

TITLE = "Gradients along the computation graph"
TASK = (
    r"A network computes $s^{(1)} = W^{(1)} x$, $o^{(1)} = \sigma(s^{(1)})$, $s^{(2)} = W^{(2)} o^{(1)}$, $o^{(2)} = "
    r"\sigma(s^{(2)})$ and $E = \frac{1}{2} \lVert t - o^{(2)} \rVert^2$. (i) Draw its computation graph and find the "
    r"gradient of $E$ with respect to $o^{(2)}$. Then, for a layer with $s = W o$ or $o = f(s)$, find the gradient "
    r"(ii) with respect to $s$ before an activation function, element-wise or not, and to a vector with two downstream "
    r"nodes, (iii) with respect to the inputs $o$ of the weights, (iv) with respect to the weights. (v) Show that "
    r"together they give the update rules of exercise 6. The entry of $W$ at row $j$, column $i$ is $w_{i,j}$, that of "
    r"$a \otimes b$ is $a_j b_i$; $g$ always denotes the upstream gradient, that of $E$ with respect to the output of "
    r"the node. (The exercise sheet writes $o_2$ for the vector $o^{(2)}$.)"
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
