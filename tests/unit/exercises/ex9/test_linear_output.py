"""Exercise 9: the updates with linear outputs are proved on the graph, and torch trains networks in the same way."""

import ast
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lemma.exercises import ex8, ex9
from lemma.exercises.algebra.evaluate import evaluate
from lemma.exercises.algebra.symbols import O1, O2, W1, W2, eta, h, i, j, k, m, n, t, x
from lemma.exercises.outcome import Scope
from lemma.exercises.proof.claim import Claim
from lemma.exercises.proof.recheck import evaluate_printed
from lemma.exercises.proof.verdict import Result, Verdict, verify_claim
from lemma.report import typeset

Typeset = Callable[[str, Mapping[str, Result]], bytes]
CLAIMS: dict[str, Claim[Any]] = {claim.id: claim for part in ex9.parts() for claim in part.claims}
ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {name: verify_claim(claim) for name, claim in CLAIMS.items()}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_claim_is_proved_for_every_size_and_value(results: dict[str, Result], name: str) -> None:
    result = results[name]
    assert (result.verdict, result.scope, result.problems) == (Verdict.PROVED, Scope.ALL, ())


def test_exercise_6_is_not_used() -> None:
    tree = ast.parse(Path(ex9.__file__).read_text("utf-8"))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not any(module and ".ex6" in module for module in modules)
    assert not any("6." in step.text for claim in CLAIMS.values() for step in claim.steps)


def test_outputs_in_counter_examples_are_those_of_the_network(results: dict[str, Result]) -> None:
    """Printed outputs of the second layer are W o, up to the printed digits."""
    examples = [mutant.counter_example for mutant in results["9.update-output"].mutant_results]
    checked = 0
    for example in filter(None, examples):
        for output in range(1, example.sizes["m"] + 1):
            printed = float(example.values[f"o^{{(2)}}_{{{output}}}"])
            total = r"\sum_{j=1}^{h} w^{(2)}_{j,k} o^{(1)}_{j}"
            assert float(evaluate_printed(total, {**example.values, "k": str(output)})) == pytest.approx(printed)
            checked += 1
    assert checked > 20


@pytest.mark.parametrize(
    ("activation", "first"), [(torch.nn.Sigmoid(), "9.update-hidden"), (torch.nn.Tanh(), "9.update-tanh")]
)
def test_the_updates_give_the_step_of_torch_sgd(activation: torch.nn.Module, first: str) -> None:
    torch.manual_seed(9)
    layers = torch.nn.Linear(3, 4, bias=False), torch.nn.Linear(4, 2, bias=False)
    network = torch.nn.Sequential(layers[0], activation, layers[1]).double()
    inputs, targets = torch.randn(3, dtype=torch.float64), torch.randn(2, dtype=torch.float64)
    hidden = activation(layers[0](inputs))
    values = {x: inputs, O1: hidden, O2: layers[1](hidden), t: targets}
    values |= {W1: layers[0].weight.T, W2: layers[1].weight.T}
    arrays: dict[Any, Any] = {array: value.detach().numpy().copy()[None] for array, value in values.items()}
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    (torch.nn.functional.mse_loss(network(inputs), targets, reduction="sum") / 2).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    for name, layer, indices in ((first, layers[0], {i: n, j: h}), ("9.update-output", layers[1], {j: h, k: m})):
        stated = evaluate(CLAIMS[name].subject, {n: 3, h: 4, m: 2}, arrays | {eta: np.array([0.1])}, indices)[0]
        np.testing.assert_allclose(stated, layer.weight.detach().numpy().T, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("9.update-output", W2[j, k] + eta * (t[k] - O2[k]) * O2[k] * (1 - O2[k]) * O1[j]),
        ("9.update-output", W2[j, k] - eta * (t[k] - O2[k]) * O1[j]),
        ("9.update-hidden", CLAIMS["9.update-tanh"].subject),
        ("9.update-tanh", CLAIMS["9.update-hidden"].subject),
    ],
)
def test_a_planted_error_is_found_by_every_method(name: str, planted: Any) -> None:
    result = verify_claim(replace(CLAIMS[name], subject=planted, mutants=CLAIMS[name].mutants[:1]))
    assert result.verdict is Verdict.REFUTED
    assert {problem.split(":")[0] for problem in result.problems} >= {method.name for method in result.claim.methods}


def test_the_delta_lacks_the_derivative_of_the_output_sigmoid_of_exercise_8() -> None:
    (with_sigmoid,) = [claim.subject for part in ex8.parts() for claim in part.claims if claim.id == "8.v.output"]
    linear = CLAIMS["9.update-output"].subject
    factor = O2[k] * (1 - O2[k])
    assert ((with_sigmoid - W2[j, k]) - factor * (linear - W2[j, k])).expand() == 0


def test_every_formula_can_be_typeset(results: dict[str, Result], typeset_formulas: Typeset) -> None:
    (part,) = ex9.parts()
    assert typeset_formulas(part.question + part.answer, results).startswith(b"%PDF")


def test_the_figure_is_drawn_from_the_nodes_of_the_claim(tmp_path: Path) -> None:
    template, pdf = tmp_path / "page.typ", tmp_path / "page.pdf"
    shutil.copy(ROOT / "reports/style.typ", tmp_path)
    shutil.copytree(ROOT / "reports/solutions", tmp_path / "solutions")
    template.write_text('#import "solutions/ex09.typ": *\n#figure-ex09(json(bytes(sys.inputs.data)))', "utf-8")
    values = dict(CLAIMS["9.update-output"].values)
    typeset.compile(template, {"9.update-output": values}, {}, pdf)
    assert pdf.stat().st_size > 5000
