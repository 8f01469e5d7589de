"""Exercise 5: without activation functions a network of any depth is equivalent to a single layer."""

from lemma.exercises.ex5.depth import any_depth
from lemma.exercises.ex5.scalar import vector_bias
from lemma.exercises.ex5.two import two_layers
from lemma.exercises.proof.claim import Part

TITLE = "Depth without activation functions"


def parts() -> tuple[Part, ...]:
    """Return the exercise, which has one part, and an erratum."""
    return (
        Part(
            number="",
            question=r"A network has the layers $1, \ldots, L$ and no activation functions: layer $l$ computes "
            r"$o_l = W_l o_{l-1} + b_l$ from the outputs of the layer before, and $o_0 = x$ is the input. Show that "
            r"the network is equivalent to a single layer: there are a matrix $W$ and a vector $b$ with "
            r"$o_L = W x + b$ for every $x$.",
            answer=r"The matrix is the product of all matrices, $W = W_L \cdots W_1$, and the bias is the sum of the "
            r"biases, each multiplied by the matrices of the layers above it: $b = \sum_{l=1}^{L} W_L \cdots W_{l+1} "
            r"b_l$.",
            claims=(two_layers(), any_depth()),
        ),
        Part(
            number="",
            question=r"Can the bias $b$ of the single layer be a scalar?",
            answer="No. Even if the bias of each layer is a scalar, the bias of the single layer is in general a "
            "vector with different entries.",
            claims=(vector_bias(),),
            beyond=r"The exercise sheet writes $b \in \mathbb{R}$; with a scalar bias its statement is false.",
        ),
    )
