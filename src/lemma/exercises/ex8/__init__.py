"""Exercise 8: gradients by vectors and matrices along the computation graph of a network.

The sheet writes o_1 and o_2 for the outputs of the two layers; here they are o^(1) and o^(2), and a subscript denotes
an entry. The general form in (ii) and the indices in (iv) of the sheet are corrected.
"""

from lemma.exercises.ex8 import activations, network, update, weights
from lemma.exercises.proof.claim import Part

TITLE = "Gradients along the computation graph"


def parts() -> tuple[Part, ...]:
    """Return the five parts of the exercise."""
    return (
        Part(
            number="i",
            question=r"A network with $n$ inputs $x$, $h$ hidden neurons and $m$ outputs computes $s^{(1)} = W^{(1)} "
            r"x$, $o^{(1)} = \sigma(s^{(1)})$, $s^{(2)} = W^{(2)} o^{(1)}$ and $o^{(2)} = \sigma(s^{(2)})$. Its "
            r"error is $E = \frac{1}{2} \lVert t - o^{(2)} \rVert^2$ for the targets $t$. The entry of $W$ at row "
            r"$j$, column $i$ is $w_{i,j}$, the weight from neuron $i$ to neuron $j$. Draw the computation graph. "
            r"What is the gradient of $E$ by $o^{(2)}$?",
            answer=r"The graph has one node for each of the five equations. By exercise 7, the gradient by the "
            r"outputs is $\frac{\partial E}{\partial o^{(2)}} = o^{(2)} - t$.",
            claims=(network.graph(),),
        ),
        Part(
            number="ii",
            question=r"A node computes $o = f(s)$, and the gradient $g = \frac{\partial E}{\partial o}$ arrives from "
            r"downstream. What is $\frac{\partial E}{\partial s}$ for a layer of sigmoids, for any $f$ with $n$ "
            r"inputs and $m$ outputs, and if $s$ is an input of several nodes? Does the rule give the result of "
            r"exercise 7?",
            answer=r"It is $J^\top \frac{\partial E}{\partial o}$ with the Jacobian $J$ of $f$, which is diagonal "
            r"for a layer of sigmoids: $\frac{\partial E}{\partial s_i} = \frac{\partial E}{\partial o_i} "
            r"\sigma(s_i) (1 - \sigma(s_i))$. The gradients from several nodes are added. At the node of the error, "
            r"$J$ is a row and the rule gives $o - t$.",
            claims=(
                *activations.any_function(),
                activations.error_node(),
                *activations.sigmoid(),
                activations.branches(),
            ),
        ),
        Part(
            number="iii",
            question=r"A layer computes $s = W o$ from $n$ inputs $o$ and $m \times n$ weights $W$, and the gradient "
            r"$g = \frac{\partial E}{\partial s}$ arrives from downstream. What is $\frac{\partial E}{\partial o}$?",
            answer=r"It is $W^\top \frac{\partial E}{\partial s}$.",
            claims=weights.inputs(),
        ),
        Part(
            number="iv",
            question=r"For the same layer, what is $\frac{\partial E}{\partial W}$?",
            answer=r"It is the outer product $\frac{\partial E}{\partial s} \otimes o$, with $\frac{\partial "
            r"E}{\partial s_j} o_i$ in the place of $w_{i,j}$.",
            claims=weights.weights(),
        ),
        Part(
            number="v",
            question=r"The network of (i) is trained by gradient descent with the learning rate $\eta$. Which "
            r"updates of $W^{(1)}$ and $W^{(2)}$ follow from (i) to (iv), and are they those of exercise 6?",
            answer=r"They are those of exercise 6: $w^{(2)}_{j,k} \leftarrow w^{(2)}_{j,k} + \eta \delta_k "
            r"o^{(1)}_j$ and $w^{(1)}_{i,j} \leftarrow w^{(1)}_{i,j} + \eta \delta_j x_i$, where each $\delta$ is "
            r"the gradient before a sigmoid with the sign reversed.",
            claims=(update.second_layer(), update.first_layer()),
        ),
    )
