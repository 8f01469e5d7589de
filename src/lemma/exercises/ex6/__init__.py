"""Exercise 6: the update rules of backpropagation in networks of sigmoids."""

from lemma.exercises.algebra.notation import latex
from lemma.exercises.ex6 import graph, update_rules
from lemma.exercises.ex6.update_rules import HIDDEN_RULE, OUTPUT_DELTA, UPDATE
from lemma.exercises.proof.claim import Part

TITLE = "The update rules of backpropagation"


def parts() -> tuple[Part, ...]:
    """Return the exercise, which has one part."""
    return (
        Part(
            number="",
            question=r"In a feed-forward network, neuron $j$ has the inputs $x_{i,j}$ with weights $w_{i,j}$, the net "
            r"input $s_j = \sum_i w_{i,j} x_{i,j}$ and the output $o_j = \sigma(s_j) = \frac{1}{1 + e^{-s_j}}$, an "
            r"input of each neuron in $\text{Downstream}(j)$. The weights are trained by gradient descent with rate "
            r"$\eta$ on the error $E = \frac{1}{2} \sum_{k} (t_k - o_k)^2$ of the outputs of the network. What are "
            r"the update rules, written with $\delta_j = -\frac{\partial E}{\partial s_j}$?",
            answer=rf"Weights are updated by $w_{{i,j}} \leftarrow {latex(UPDATE)}$, with deltas computed backwards: "
            rf"$\delta_j = {latex(OUTPUT_DELTA)}$ at the output, and $\delta_j = {HIDDEN_RULE}$ in hidden layers.",
            claims=(
                update_rules.derivative_of_sigmoid(),
                update_rules.output_delta(),
                update_rules.hidden_delta(),
                update_rules.weight_update(),
                graph.deltas_of_graph(),
            ),
        ),
    )
