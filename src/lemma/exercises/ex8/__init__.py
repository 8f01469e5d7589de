"""Exercise 8: gradients with respect to vectors and matrices along the computation graph of a network.

The exercise sheet writes o_1 and o_2 for the vectors of the two layers; here they are o^(1) and o^(2), and a subscript
always denotes an entry. The general form in (ii) and the indices in (iv) of the sheet are corrected.
"""

from typing import Any

from lemma.exercises.claim import Claim
from lemma.exercises.ex8 import activations, branches, example, graph, softmax, update
from lemma.exercises.ex8 import weights as weights

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
        activations.general(),
        activations.elementwise(),
        activations.diagonal(),
        activations.sigmoids(),
        softmax.jacobian(),
        softmax.cross_entropy(),
        branches.branches(),
        weights.inputs(),
        weights.weights(),
    )
    formulas = {claim.id: claim.subject for claim in nodes}
    return (graph.graph(example.values(formulas)), *nodes, *update.claims(formulas))
