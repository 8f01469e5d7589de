"""Exercise 8: the gradients are proved, planted errors are found, and NumPy's matrix products agree."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pypdf import PdfReader

from lemma.exercises import ex8
from lemma.exercises.algebra.evaluate import evaluate
from lemma.exercises.algebra.matrices import as_matrix
from lemma.exercises.algebra.symbols import J, g, i, j, m, n, o, s, w
from lemma.exercises.calculus.graph import IDENTITY
from lemma.exercises.ex8 import activations, rules, update, weights
from lemma.exercises.ex8.network import GRAPH
from lemma.exercises.outcome import Scope
from lemma.exercises.proof.claim import Claim
from lemma.exercises.proof.verdict import MutantResult, Result, Verdict, verify_claim
from lemma.report import typeset

Typeset = Callable[[str, Mapping[str, Result]], bytes]
CLAIMS: dict[str, Claim[Any]] = {claim.id: claim for part in ex8.parts() for claim in part.claims}
ROOT = Path(__file__).parents[4]
RANDOM = np.random.default_rng(8)


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {name: verify_claim(claim) for name, claim in CLAIMS.items()}


def find_mutants(result: Result, formula: str) -> list[MutantResult]:
    return [mutant for mutant in result.mutant_results if mutant.mutant.formula == formula]


@pytest.mark.parametrize("name", CLAIMS)
def test_the_claim_is_proved_for_every_size_and_value(results: dict[str, Result], name: str) -> None:
    result = results[name]
    assert (result.verdict, result.scope, result.problems) == (Verdict.PROVED, Scope.ALL, ())


def test_every_part_is_answered_and_the_squared_error_is_not_differentiated_again() -> None:
    assert [part.number for part in ex8.parts()] == ["i", "ii", "iii", "iv", "v"]
    assert "8.i.error" not in CLAIMS
    assert "By exercise 7" in CLAIMS["8.i.graph"].steps[-1].text


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("8.iii.matrix", "W g"),
        ("8.iv.matrix", r"o g^{\top}"),
        ("8.ii.matrix", "J g"),
    ],
)
def test_a_lost_transpose_or_a_swapped_outer_product_is_refuted_by_every_method_with_numbers(
    results: dict[str, Result], name: str, formula: str
) -> None:
    (mutant,) = find_mutants(results[name], formula)
    assert mutant.refuted_by == tuple(method.name for method in CLAIMS[name].methods)
    assert mutant.counter_example
    assert mutant.counter_example.sizes["n"] == mutant.counter_example.sizes["m"] > 1, "else its shapes do not fit"


def test_factors_whose_shapes_do_not_fit_are_ill_formed(results: dict[str, Result]) -> None:
    (mutant,) = find_mutants(results["8.iii.matrix"], r"W^{\top} g^{\top}")
    assert "have no product" in mutant.ill_formed


def test_a_counter_example_that_was_tampered_with_does_not_pass_the_check(results: dict[str, Result]) -> None:
    claim = CLAIMS["8.iii.matrix"]
    (mutant,) = find_mutants(results[claim.id], "W g")
    assert claim.recheck
    assert mutant.counter_example
    assert claim.recheck(mutant.mutant, mutant.counter_example) == ""
    assert claim.recheck(mutant.mutant, replace(mutant.counter_example, stated="77"))
    assert claim.recheck(mutant.mutant, replace(mutant.counter_example, computed="77"))


@pytest.mark.parametrize(
    ("name", "mutation"),
    [
        ("8.ii.error", "the sign of $o_{i}$ flipped"),
        ("8.ii.sigmoid", r"the factor $\sigma(s_{i})$ dropped"),
        ("8.ii.branches", "the sum starting at $2$"),
        ("8.iii", "the sign of the expression flipped"),
        ("8.iv", "the factor $o_{i}$ dropped"),
        ("8.v.output", r"the factor $\eta$ dropped"),
        ("8.v.hidden", "the factor $1 - o^{(1)}_{j}$ dropped"),
    ],
)
def test_common_errors_are_mutants_that_every_method_refutes(
    results: dict[str, Result], name: str, mutation: str
) -> None:
    mutants = [mutant for mutant in results[name].mutant_results if mutant.mutant.mutation == mutation]
    assert any(len(mutant.refuted_by) == len(CLAIMS[name].methods) for mutant in mutants)


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("8.iii", -weights.BY_INPUT),
        ("8.iii.matrix", as_matrix(w, n, m) * as_matrix(g, m)),
        ("8.iv", weights.BY_WEIGHT * g[j]),
        ("8.iv.matrix", as_matrix(o, n) * as_matrix(g, m).T),
        ("8.ii.sigmoid", activations.BY_SIGMOID / g[i]),
        ("8.ii.jacobian", activations.BY_NET_INPUT * 2),
        ("8.i.graph", {**GRAPH, "o^{(1)}": (IDENTITY, ("s^{(1)}",))}),
        ("8.v.hidden", CLAIMS["8.v.hidden"].subject.xreplace({-1: 1})),
    ],
)
def test_a_planted_error_is_found_by_every_method(name: str, planted: Any) -> None:
    result = verify_claim(replace(CLAIMS[name], subject=planted, mutants=CLAIMS[name].mutants[:1]))
    assert result.verdict is Verdict.REFUTED
    assert {problem.split(":")[0] for problem in result.problems} >= {method.name for method in result.claim.methods}


def test_an_error_in_the_rule_of_a_node_is_an_error_in_the_update(monkeypatch: pytest.MonkeyPatch) -> None:
    """The updates of (v) are composed of the rules that (i) to (iv) prove."""
    right = rules.RULES["product"]
    monkeypatch.setitem(rules.RULES, "product", (right[0], lambda node, place: -rules.to_inputs(node, place)))
    assert verify_claim(update.second_layer()).verdict is Verdict.PROVED
    assert verify_claim(update.first_layer()).verdict is Verdict.REFUTED


def test_the_formulas_agree_with_numpy() -> None:
    """W has w_{i,j} at row j, column i, as in the course."""
    matrix, inputs, arriving = RANDOM.normal(size=(4, 3)), RANDOM.normal(size=3), RANDOM.normal(size=4)
    arrays = {w: matrix.T[None], o: inputs[None], g: arriving[None], J: matrix[None], s: inputs[None]}

    def compute(formula: Any, indices: Any) -> Any:
        return evaluate(formula, {n: 3, m: 4}, arrays, indices)[0]

    np.testing.assert_allclose(compute(weights.BY_INPUT, {i: n}), matrix.T @ arriving)
    np.testing.assert_allclose(compute(activations.BY_NET_INPUT, {i: n}), matrix.T @ arriving)
    np.testing.assert_allclose(compute(weights.BY_WEIGHT, {j: m, i: n}), np.outer(arriving, inputs))
    sigmoids = 1 / (1 + np.exp(-inputs))
    arrays[g] = RANDOM.normal(size=(1, 3))
    expected = np.diag(sigmoids * (1 - sigmoids)) @ arrays[g][0]
    np.testing.assert_allclose(compute(activations.BY_SIGMOID, {i: n}), expected)


def test_the_values_of_the_figure_agree_with_torch() -> None:
    values = CLAIMS["8.i.graph"].values

    def read(name: str) -> torch.Tensor:
        rows = [[float(entry) for entry in row.split(", ")] for row in values[f"value of {name}"].split("; ")]
        return torch.tensor(rows, dtype=torch.float64, requires_grad=True)

    nodes = {name: read(name) for name in ("x", "W^{(1)}", "W^{(2)}", "t")}
    nodes["s^{(1)}"] = nodes["x"] @ nodes["W^{(1)}"].T
    nodes["o^{(1)}"] = torch.sigmoid(nodes["s^{(1)}"])
    nodes["s^{(2)}"] = nodes["o^{(1)}"] @ nodes["W^{(2)}"].T
    nodes["o^{(2)}"] = torch.sigmoid(nodes["s^{(2)}"])
    nodes["E"] = ((nodes["t"] - nodes["o^{(2)}"]) ** 2).sum()[None, None] / 2
    gradients = [name.removeprefix("gradient of ") for name in values if name.startswith("gradient of ")]
    assert len(gradients) == 6
    computed = torch.autograd.grad(nodes["E"], [nodes[name] for name in gradients])
    for name, gradient in zip(gradients, computed, strict=True):
        expected = "; ".join(", ".join(f"{entry:g}" for entry in row) for row in gradient.tolist())
        assert values[f"gradient of {name}"] == expected
    for name in ("s^{(1)}", "o^{(1)}", "s^{(2)}", "o^{(2)}", "E"):
        assert torch.equal(read(name), nodes[name])


def test_every_formula_can_be_typeset(results: dict[str, Result], typeset_formulas: Typeset) -> None:
    texts = " ".join(part.question + part.answer for part in ex8.parts())
    assert typeset_formulas(texts, results).startswith(b"%PDF")


def test_the_figure_is_drawn_from_the_values_of_the_claim(tmp_path: Path) -> None:
    template, pdf = tmp_path / "page.typ", tmp_path / "page.pdf"
    shutil.copy(ROOT / "reports/style.typ", tmp_path)
    shutil.copytree(ROOT / "reports/solutions", tmp_path / "solutions")
    template.write_text('#import "solutions/ex08.typ": *\n#figure-ex08(json(bytes(sys.inputs.data)))', "utf-8")
    values = dict(CLAIMS["8.i.graph"].values) | {"gradient of s^{(2)}": "-0.4711"}
    typeset.compile(template, {"8.i.graph": values}, {}, pdf)
    assert "−0.4711" in PdfReader(pdf).pages[0].extract_text()
