"""Computation graphs: torch records the same graph, and a node that does not take its inputs is refused."""

from typing import Any

import pytest
import torch

from lemma.exercises.calculus.graph import (
    ERROR,
    IDENTITY,
    INDICES,
    PRODUCT,
    SIGMOID,
    TANH,
    Graph,
    GraphError,
    backpropagate,
    describe,
    describe_recorded,
    run,
    write_formula,
)
from lemma.exercises.ex8.network import GRAPH
from lemma.exercises.ex8.rules import RULES

SHAPES = {"x": (2,), "W^{(1)}": (2, 3), "W^{(2)}": (3, 2), "t": (2,)}


@pytest.mark.parametrize("activation", [SIGMOID, TANH])
@pytest.mark.parametrize("last", [SIGMOID, TANH, IDENTITY])
def test_torch_records_the_graph_of_the_network_and_no_other(activation: str, last: str) -> None:
    graph: Graph = {**GRAPH, "o^{(1)}": (activation, ("s^{(1)}",)), "o^{(2)}": (last, ("s^{(2)}",))}
    leaves = {name: torch.ones(shape, requires_grad=True) for name, shape in SHAPES.items()}
    functions: Any = {SIGMOID: torch.sigmoid, TANH: torch.tanh, IDENTITY: torch.nn.Identity()}
    hidden = functions[activation](leaves["W^{(1)}"].T @ leaves["x"])
    outputs = functions[last](leaves["W^{(2)}"].T @ hidden)
    error = torch.nn.functional.mse_loss(outputs, leaves["t"], reduction="sum") / 2
    recorded = describe_recorded(error, leaves)
    assert recorded == describe(graph)
    assert recorded != describe({**graph, "s^{(2)}": (PRODUCT, ("W^{(2)}", "s^{(1)}"))})
    torch.testing.assert_close(run(graph, leaves)["E"], error)


@pytest.mark.parametrize(
    ("node", "wrong", "message"),
    [
        ("s^{(2)}", (PRODUCT, ("W^{(2)}", "x")), "takes $h$ entries and $x$ has $n$"),
        ("s^{(1)}", (PRODUCT, ("x", "W^{(1)}")), "product does not take $x, W^{(1)}$"),
        ("o^{(1)}", (SIGMOID, ("W^{(1)}",)), "sigmoid does not take"),
        ("E", (ERROR, ("t", "o^{(1)}")), "$t$ takes $m$ entries and $o^{(1)}$ has $h$"),
    ],
)
def test_a_node_that_does_not_take_its_inputs_is_refused(node: str, wrong: Any, message: str) -> None:
    with pytest.raises(GraphError) as error:
        write_formula({**GRAPH, node: wrong}, INDICES)
    assert message in str(error.value)


def test_gradients_are_composed_from_the_error_backwards() -> None:
    path = ["o^{(2)}", "s^{(2)}", "W^{(2)}", "o^{(1)}", "s^{(1)}", "W^{(1)}", "x"]
    assert [*backpropagate(GRAPH, RULES)] == path
