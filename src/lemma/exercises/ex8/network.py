"""Exercise 8 (i): the computation graph of the network with one hidden layer, and an example with numbers."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from sympy import Rational, Sum
from torch.nn.functional import mse_loss

from lemma.exercises.algebra.equality import differentiate
from lemma.exercises.algebra.evaluate import Arithmetic, evaluate
from lemma.exercises.algebra.notation import latex
from lemma.exercises.algebra.numbers import show
from lemma.exercises.algebra.symbols import O1, O2, W1, W2, eta, h, i, j, k, m, n, t, x
from lemma.exercises.calculus import graph as graphs
from lemma.exercises.calculus.functions import sigma
from lemma.exercises.calculus.graph import ERROR, PRODUCT, SIGMOID, Graph
from lemma.exercises.ex8.rules import RULES
from lemma.exercises.outcome import Holds, IllFormed, Outcome, Refuted, Scope
from lemma.exercises.proof.claim import Claim, Method, Mutant, Step
from lemma.exercises.proof.methods import Draw, Program, Tensor, Values, by_algebra, by_program
from lemma.exercises.proof.space import Space

GRAPH: Graph = {
    "s^{(1)}": (PRODUCT, ("W^{(1)}", "x")),
    "o^{(1)}": (SIGMOID, ("s^{(1)}",)),
    "s^{(2)}": (PRODUCT, ("W^{(2)}", "o^{(1)}")),
    "o^{(2)}": (SIGMOID, ("s^{(2)}",)),
    "E": (ERROR, ("t", "o^{(2)}")),
}
TEXTS = {
    "s^{(1)}": "The net inputs of the first layer are the product of a matrix and a vector.",
    "o^{(1)}": "The sigmoid is applied to each entry.",
    "s^{(2)}": "The inputs of the second layer are the outputs of the first.",
    "o^{(2)}": "The outputs of the network are sigmoids of the net inputs of the second layer.",
    "E": "The error compares the outputs with the targets.",
}
BY_OUTPUT = graphs.backpropagate(GRAPH, RULES)["o^{(2)}"](k)
SPACE = Space({x: (n,), W1: (n, h), W2: (h, m), t: (m,)})
HIDDEN = sigma(Sum(W1[i, j] * x[i], (i, 1, n)))
OUTPUT = sigma(Sum(W2[j, k] * HIDDEN, (j, 1, h)))
NETWORK = Rational(1, 2) * Sum((t[k] - OUTPUT) ** 2, (k, 1, m))
# Every net input is 0, where the sigmoid is exactly 1/2. Row i, column j is w_{i,j}.
EXAMPLE = {"x": [1, 1], "W^{(1)}": [[1, 2], [-1, -2]], "W^{(2)}": [[2], [-2]], "t": [1]}


def network(hidden: Callable[[Tensor], Tensor], last: Callable[[Tensor], Tensor]) -> Program:
    """Return the program of the error of a random network with these activation functions."""

    def program(draw: Draw, n: int, h: int, m: int) -> Values:
        inputs, first, second, targets = draw(n), draw(n, h), draw(h, m), draw(m)
        between = hidden(first.T @ inputs)
        outputs = last(second.T @ between)
        arrays = {x: inputs, W1: first, O1: between, W2: second, O2: outputs, t: targets, eta: draw().exp()}
        return mse_loss(outputs, targets, reduction="sum") / 2, arrays

    return program


def graph() -> Claim[Graph]:
    """State the computation graph of the network, and the gradient by its outputs."""
    program = network(torch.sigmoid, torch.sigmoid)
    formulas = (
        by_algebra(SPACE, NETWORK, "formula of the network, every size"),
        by_program(SPACE, program, "torch.nn.functional"),
    )

    def on_graphs(method: Method[Any]) -> Method[Graph]:
        return Method(
            method.name, method.library, lambda graph: method.check(graphs.write_formula(graph, graphs.INDICES))
        )

    def check_form(graph: Graph) -> IllFormed | None:
        try:
            graphs.write_formula(graph, graphs.INDICES)
        except graphs.GraphError as error:
            return IllFormed(str(error))
        return None

    def write(graph: Graph) -> str:
        return "" if check_form(graph) else latex(graphs.write_formula(graph, graphs.INDICES))

    slope = differentiate(graphs.write_formula({"E": GRAPH["E"]}, graphs.BOUND), O2[k])
    return Claim(
        id="8.i.graph",
        title="The computation graph",
        statement=r",\quad ".join(graphs.write_equation(name, node) for name, node in GRAPH.items()),
        subject=GRAPH,
        formula=write(GRAPH),
        equal=lambda left, right: SPACE.equal(
            graphs.write_formula(left, graphs.INDICES), graphs.write_formula(right, graphs.INDICES)
        ),
        check_form=check_form,
        methods=(
            *map(on_graphs, formulas),
            Method("graph recorded by torch.autograd", "torch", compare_recorded),
        ),
        mutants=tuple(Mutant(words, mutant, write(mutant)) for words, mutant in graphs.mutate_graph(GRAPH)),
        steps=(
            *(Step(TEXTS[name], graphs.write_equation(name, node), defines=True) for name, node in GRAPH.items()),
            Step(
                "By exercise 7, the gradient by the outputs is",
                rf"\frac{{\partial E}}{{\partial o^{{(2)}}_k}} = {latex(BY_OUTPUT)}",
                proof=Space({O2: (m,), t: (m,)}, {k: m}).equal(slope, BY_OUTPUT),
            ),
        ),
        values={name: ", ".join(sources) for name, (_, sources) in GRAPH.items()} | compute_example(),
    )


def compare_recorded(graph: Graph) -> Outcome:
    """Compare a graph with the one that torch.autograd records when the network runs."""
    error, arrays = network(torch.sigmoid, torch.sigmoid)(
        lambda *shape: torch.ones(shape, requires_grad=True), n=2, h=3, m=2
    )
    names = {array: name for name, array in graphs.ARRAYS.items()}
    recorded = graphs.describe_recorded(
        error, {names[array]: tensor for array, tensor in arrays.items() if array in names}
    )
    stated = graphs.describe(graph)
    if recorded == stated:
        return Holds(Scope.SAMPLES, "the same operations with the same inputs")
    return Refuted(computed=recorded, stated=stated)


def compute_example() -> dict[str, str]:
    """Return the value and the gradient of each node in the example, under `value of NODE` and `gradient of NODE`."""
    leaves = {name: torch.tensor(entries, dtype=torch.float64) for name, entries in EXAMPLE.items()}
    values = {name: np.vectorize(Fraction)(value.numpy()) for name, value in graphs.run(GRAPH, leaves).items()}
    arrays = {graphs.ARRAYS[name]: value[None] for name, value in values.items() if name in graphs.ARRAYS}
    gradients = {}
    for name, entry in graphs.backpropagate(GRAPH, RULES).items():
        places = {graphs.INDICES[size]: size for size in graphs.SIZES[name]}
        gradients[name] = evaluate(entry(*places), {n: 2, h: 2, m: 1}, arrays, places, Arithmetic(Fraction))[0]
    texts = {f"value of {name}": write_rows(value) for name, value in values.items()}
    return texts | {f"gradient of {name}": write_rows(value) for name, value in gradients.items() if name != "x"}


def write_rows(entries: Any) -> str:
    """Return numbers as text: entries separated by commas, and the rows of a matrix W by semicolons."""
    rows = np.atleast_2d(entries.T)
    return "; ".join(", ".join(show(Fraction(entry)) for entry in row) for row in rows)
