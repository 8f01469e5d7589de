"""Exercise 9: the claims on linear outputs are proved, planted errors are refuted, and a torch network agrees."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lemma.exercises import ex9
from lemma.exercises.claim import Result, Verdict, verify_claim
from lemma.exercises.ex6 import machines, rules
from lemma.exercises.ex9 import linear_output
from lemma.exercises.tensors import Tensors
from lemma.exercises.two_layers import eta, h, hidden, high, i, j, k, low, m, n, outputs, t, x
from lemma.report import typeset

Typeset = Callable[[str, Mapping[str, Result]], bytes]
CLAIMS = {claim.id: claim for claim in ex9.claims()}
ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {name: verify_claim(claim) for name, claim in CLAIMS.items()}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_claim_is_proved_and_every_mutant_is_refuted_with_a_counter_example(
    results: dict[str, Result], name: str
) -> None:
    result = results[name]
    assert (result.verdict, result.problems) == (Verdict.PROVED, ())
    assert len(result.mutant_results) > 30
    assert all(trial.refuted_by and trial.counter_example for trial in result.mutant_results if not trial.equivalent)


def test_every_formula_can_be_typeset(results: dict[str, Result], typeset_formulas: Typeset) -> None:
    assert typeset_formulas(ex9.TASK, results).startswith(b"%PDF")


def test_the_figure_is_drawn_from_the_nodes_of_the_claim(tmp_path: Path) -> None:
    template, pdf = tmp_path / "page.typ", tmp_path / "page.pdf"
    shutil.copy(ROOT / "reports/style.typ", tmp_path)
    shutil.copytree(ROOT / "reports/solutions", tmp_path / "solutions")
    template.write_text('#import "solutions/ex09.typ": *\n#figure-ex09(json(bytes(sys.inputs.data)))', "utf-8")
    typeset.compile(template, {"9.graph": dict(CLAIMS["9.graph"].values)}, {}, pdf)
    assert pdf.stat().st_size > 5000


def test_the_updates_give_the_step_of_torch_sgd() -> None:
    """Compare with torch modules with a linear output layer after one step of gradient descent."""
    torch.manual_seed(9)
    network = torch.nn.Sequential(
        torch.nn.Linear(3, 4, bias=False), torch.nn.Sigmoid(), torch.nn.Linear(4, 2, bias=False)
    ).double()
    given, targets = torch.randn(3, dtype=torch.float64), torch.randn(2, dtype=torch.float64)
    between = network[1](network[0](given))
    values: dict[Any, Any] = {x: given, hidden: between, outputs: network[2](between), t: targets}
    values |= {low: network[0].weight.T, high: network[2].weight.T}
    arrays = {name: value.detach().numpy().copy()[None] for name, value in values.items()} | {eta: 0.1}
    numbers = Tensors({n: 3, h: 4, m: 2}, arrays)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    (torch.nn.functional.mse_loss(network(given), targets, reduction="sum") / 2).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    for name, layer, indices in (
        ("9.update-hidden", network[0], {i: n, j: h}),
        ("9.update-output", network[2], {j: h, k: m}),
    ):
        stated = numbers.evaluate(CLAIMS[name].subject, indices)[0]
        weight: Any = layer.weight
        np.testing.assert_allclose(stated, weight.detach().numpy().T, rtol=1e-12, atol=1e-12)


def test_the_delta_is_that_of_a_sigmoid_without_its_derivative() -> None:
    arrays = {outputs: np.array([[0.999, 0.5]]), t: np.array([[0.0, 0.0]])}
    linear = Tensors({m: 2}, arrays).evaluate(CLAIMS["9.output"].subject, {k: m})[0]
    six = {machines.o: arrays[outputs], machines.t: arrays[t]}
    sigmoid = Tensors({machines.m: 2}, six).evaluate(rules.output().subject, {machines.j: machines.m})[0]
    np.testing.assert_allclose(sigmoid, linear * [0.999 * 0.001, 0.25])


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("9.output", lambda: outputs[k] - t[k]),
        ("9.output", lambda: (t[k] - outputs[k]) * outputs[k] * (1 - outputs[k])),
        ("9.hidden", lambda: CLAIMS["9.hidden"].subject / hidden[j]),
        ("9.graph", lambda: {**linear_output.GRAPH, "o^{(1)}": ("identity", ("s^{(1)}",))}),
    ],
)
def test_an_error_planted_in_an_answer_refutes_its_claim(name: str, planted: Any) -> None:
    claim = CLAIMS[name]
    result = verify_claim(replace(claim, subject=planted(), mutants=claim.mutants[:1]))
    assert result.verdict is Verdict.REFUTED
    methods = {problem.split(":")[0] for problem in result.problems}
    assert methods >= {method.name for method in claim.methods}, "every method sees it"
