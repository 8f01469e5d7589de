"""Exercise 1 (iii): two layers compute every Boolean function, with an AND gate for each true row and an OR gate."""

from typing import Any

from sympy import IndexedBase

from lemma.exercises.algebra.notation import latex
from lemma.exercises.ex1.networks import (
    AND_NET,
    GATES,
    MINUS_DISTANCE,
    Network,
    decide_weight,
    match_own_row,
    reduce_bits,
    truth_table,
)
from lemma.exercises.proof.claim import Claim, Step

f = IndexedBase("f")


def any_function() -> Claim[Any]:
    """State that the output of the network for row l is the value of the function, for every function."""
    network = Network(f)
    return network.claim(
        "1.iii.any-function",
        "A network for any Boolean function",
        steps=(
            Step(
                "The AND gate of row $j$ has the weight 1 where the row has a 1, and $-1$ where it has a 0; its bias "
                r"is minus the number of ones. For bits $r^2 = r$: its net input is minus the number of bits in which "
                "the rows $j$ and $l$ differ.",
                f"{latex(AND_NET)} = {latex(MINUS_DISTANCE)}",
                proof=GATES.equal(reduce_bits(AND_NET), reduce_bits(MINUS_DISTANCE)),
            ),
            Step(
                r"This number is 0 if all bits agree, and at least 1 otherwise (by induction over $n$). Each row "
                "occurs once in the truth table, so the output of the gate is 1 for its own row only. $[j = l]$ is 1 "
                "for $j = l$ and 0 otherwise.",
                rf"H\left({latex(MINUS_DISTANCE)}\right) = [j = l]",
                proof=match_own_row(),
            ),
            Step(
                "The OR gate sums the outputs of the gates of the true rows, those with $f_j = 1$, and has the bias "
                "$-1$. Insert the outputs of the gates: only the term with $j = l$ is not 0.",
                f"{latex(network.net)} = {latex(network.selected)} = {latex(network.value)}",
                (network.net, network.selected, network.value),
            ),
            Step(
                "The net input is 0 if the function is true on row $l$, and $-1$ otherwise. This includes the "
                "functions that are always true or never.",
                f"H({latex(network.value)}) = {latex(network.expected)}",
                proof=decide_weight(),
            ),
        ),
        values=exclusive_or(),
    )


def exclusive_or() -> dict[str, str]:
    """Return the weights of the network for exclusive or, and its net inputs and outputs on the four rows.

    Neurons 1 and 2 are the inputs, gates 3 and 4 are those of the rows 01 and 10, and gate 5 is the OR gate.
    """
    rows = truth_table(2)
    gates = rows[[1, 2]]
    weights, biases = 2 * gates - 1, -gates.sum(axis=1)
    nets = rows @ weights.T + biases
    outputs = (nets >= 0).astype(int)
    last = outputs.sum(axis=1) - 1
    values = {f"w_{{{i + 1},{j + 3}}}": weights[j, i] for j in range(2) for i in range(2)}
    values |= {"w_{3,5}": 1, "w_{4,5}": 1, "b_{3}": biases[0], "b_{4}": biases[1], "b_{5}": -1}
    columns = {"s_{3}": nets[:, 0], "o_{3}": outputs[:, 0], "s_{4}": nets[:, 1], "o_{4}": outputs[:, 1]}
    columns |= {"s_{5}": last, "y": (last >= 0).astype(int)}
    for name, column in columns.items():
        values |= {f"{name}^{{({row[0]}{row[1]})}}": value for row, value in zip(rows, column, strict=True)}
    return {name: str(int(value)) for name, value in values.items()}
