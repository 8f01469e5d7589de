"""Exercise 8: the gradients are proved, planted errors are refuted, and independent NumPy matrices agree."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pypdf import PdfReader

from lemma.exercises import computation, ex8
from lemma.exercises.claim import Holds, Refuted, Result, Verdict, verify_claim
from lemma.exercises.computation import PRODUCT, SIGMOID
from lemma.exercises.ex8 import example, update
from lemma.exercises.ex8.graph import GRAPH, recorded_tree
from lemma.exercises.ex8.machines import J, g, i, j, m, n, o, s, t, w
from lemma.exercises.ex8.softmax import LOSS
from lemma.exercises.tensors import Floats, Tensors, logistic
from lemma.report import typeset

Typeset = Callable[[str, Mapping[str, Result]], bytes]
CLAIMS = {claim.id: claim for claim in ex8.claims()}
FORMULAS = {name: claim.subject for name, claim in CLAIMS.items()}
ROOT = Path(__file__).parents[4]
RANDOM = np.random.default_rng(8)


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


def test_each_part_of_the_exercise_has_a_claim() -> None:
    assert {name.split(".")[1] for name in CLAIMS} == {"i", "ii", "iii", "iv", "v"}


def test_each_claim_has_methods_of_three_kinds() -> None:
    assert all(len({method.kind for method in claim.methods}) >= 3 for claim in CLAIMS.values())


@pytest.mark.parametrize(
    ("name", "mutation"),
    [
        ("8.i.error", "the sign of the expression flipped"),
        ("8.ii.jacobian", "$J_{j,j}$ instead of $J_{j,i}$"),
        ("8.ii.sigmoid", r"$1 - \sigma(s_{i})$ instead of $\sigma(s_{i})$"),
        ("8.ii.cross-entropy", "$t_{i}$ instead of $o_{i}$"),
        ("8.ii.branches", "the sum starting at $2$"),
        ("8.iii", "the sign of the expression flipped"),
        ("8.iii", "$w_{j,j}$ instead of $w_{i,j}$"),
        ("8.iv", "$o_{j}$ instead of $o_{i}$"),
        ("8.v.output", r"the factor $\eta$ dropped"),
    ],
)
def test_common_errors_are_mutants_and_refuted_by_every_method(
    results: dict[str, Result], name: str, mutation: str
) -> None:
    mutant_results = [trial for trial in results[name].mutant_results if trial.mutation == mutation]
    assert mutant_results
    assert any(len(trial.refuted_by) == len(CLAIMS[name].methods) for trial in mutant_results)


def test_every_formula_can_be_typeset(results: dict[str, Result], typeset_formulas: Typeset) -> None:
    assert typeset_formulas(ex8.TASK, results).startswith(b"%PDF")


def test_the_figure_is_drawn_from_the_values_of_the_claim(tmp_path: Path) -> None:
    template, pdf = tmp_path / "page.typ", tmp_path / "page.pdf"
    shutil.copy(ROOT / "reports/style.typ", tmp_path)
    shutil.copytree(ROOT / "reports/solutions", tmp_path / "solutions")
    template.write_text('#import "solutions/ex08.typ": *\n#figure-ex08(json(bytes(sys.inputs.data)))', "utf-8")
    values = dict(CLAIMS["8.i.graph"].values) | {"gradient of s^{(2)}": "-0.4711"}
    typeset.compile(template, {"8.i.graph": values}, {}, pdf)
    assert "−0.4711" in PdfReader(pdf).pages[0].extract_text()


def test_the_values_of_the_figure_agree_with_torch() -> None:
    values = CLAIMS["8.i.graph"].values

    def read(name: str) -> torch.Tensor:
        rows = [[float(one) for one in row.split(", ")] for row in values[f"value of {name}"].split("; ")]
        return torch.tensor(rows, dtype=torch.float64, requires_grad=True)

    nodes = {name: read(name) for name in ("x", "W^{(1)}", "W^{(2)}", "t")}
    nodes["s^{(1)}"] = nodes["x"] @ nodes["W^{(1)}"].T
    nodes["o^{(1)}"] = torch.sigmoid(nodes["s^{(1)}"])
    nodes["s^{(2)}"] = nodes["o^{(1)}"] @ nodes["W^{(2)}"].T
    nodes["o^{(2)}"] = torch.sigmoid(nodes["s^{(2)}"])
    nodes["E"] = ((nodes["t"] - nodes["o^{(2)}"]) ** 2).sum()[None, None] / 2
    gradients = [name.removeprefix("gradient of ") for name in values if name.startswith("gradient of ")]
    assert len(gradients) == 6
    for name, computed in zip(
        gradients, torch.autograd.grad(nodes["E"], [nodes[one] for one in gradients]), strict=True
    ):
        named = "; ".join(", ".join(f"{one:g}" for one in row) for row in computed.tolist())
        assert values[f"gradient of {name}"] == named
    for name in ("s^{(1)}", "o^{(1)}", "s^{(2)}", "o^{(2)}", "E"):
        assert torch.equal(read(name), nodes[name])


def test_an_inexact_example_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "INPUT", (1, 2))
    with pytest.raises(ValueError, match="must be 0"):
        example.values(FORMULAS)


def test_the_formulas_agree_with_numpy() -> None:
    """W has w_{i,j} at row j, column i, as in the course."""
    matrix, given, arrived = RANDOM.normal(size=(4, 3)), RANDOM.normal(size=3), RANDOM.normal(size=4)
    numbers = Tensors({n: 3, m: 4}, {w: matrix.T[None], o: given[None], g: arrived[None], J: matrix[None]})
    np.testing.assert_allclose(numbers.evaluate(FORMULAS["8.iii"], {i: n})[0], matrix.T @ arrived)
    np.testing.assert_allclose(numbers.evaluate(FORMULAS["8.ii.jacobian"], {i: n})[0], matrix.T @ arrived)
    np.testing.assert_allclose(numbers.evaluate(FORMULAS["8.iv"], {j: m, i: n})[0], np.outer(arrived, given))


def test_the_jacobians_agree_with_numpy() -> None:
    nets = RANDOM.normal(size=3)
    sigmoids: Floats = logistic(nets)
    classes = np.exp(nets) / np.exp(nets).sum()
    diagonal = Tensors({n: 3}, {s: nets[None]}).evaluate(FORMULAS["8.ii.diagonal"], {j: n, i: n})[0]
    softmax = Tensors({n: 3}, {o: classes[None]}).evaluate(FORMULAS["8.ii.softmax"], {j: n, i: n})[0]
    np.testing.assert_allclose(diagonal, np.diag(sigmoids * (1 - sigmoids)), atol=1e-15)
    np.testing.assert_allclose(softmax, np.diag(classes) - np.outer(classes, classes), atol=1e-15)


def test_the_gradient_of_cross_entropy_requires_targets_that_sum_to_one() -> None:
    assert isinstance(LOSS.equal(o[i] - t[i], FORMULAS["8.ii.cross-entropy"]), Holds)
    half = {o: [[0.5, 0.5]], t: [[0.25, 0.25]]}
    stated = Tensors({n: 2}, half).evaluate(FORMULAS["8.ii.cross-entropy"], {i: n})[0]
    nets = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    (computed,) = torch.autograd.grad(-(0.25 * torch.log_softmax(nets, 0)).sum(), nets)
    assert not np.allclose(stated, computed.numpy())


def test_torch_records_the_same_graph() -> None:
    assert recorded_tree((torch.nn.Sigmoid(),)) == computation.tree(GRAPH)
    assert recorded_tree(()) != computation.tree(GRAPH)


@pytest.mark.parametrize(
    ("node", "wrong", "message"),
    [
        ("s^{(2)}", (PRODUCT, ("W^{(2)}", "x")), "takes $h$ entries and $x$ has $n$"),
        ("s^{(1)}", (PRODUCT, ("x", "W^{(1)}")), "a product takes a matrix and a vector"),
        ("o^{(1)}", (SIGMOID, ("W^{(1)}",)), "sigmoid takes vectors"),
        ("E", ("squared error", ("t", "o^{(1)}")), "$t$ has $m$ entries and $o^{(1)}$ has $h$"),
    ],
)
def test_an_invalid_graph_is_refused_with_the_node(node: str, wrong: Any, message: str) -> None:
    with pytest.raises(computation.GraphError) as error:
        computation.formula({**GRAPH, node: wrong})
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("name", "planted", "seen"),
    [
        ("8.iii", lambda: -FORMULAS["8.iii"], "chain rule by induction, any size: computed = "),
        ("8.iii", lambda: FORMULAS["8.iii"].xreplace({w[i, j]: w[j, i]}), "does not exist"),
        ("8.iv", lambda: g[i] * o[j], "torch.autograd in float64: "),
        ("8.ii.sigmoid", lambda: FORMULAS["8.ii.sigmoid"] * g[i], "complex-step method: computed = "),
        ("8.ii.jacobian", lambda: FORMULAS["8.ii.jacobian"].xreplace({J[j, i]: J[i, j]}), "undefined function E"),
        (
            "8.i.graph",
            lambda: {**GRAPH, "o^{(1)}": ("identity", ("s^{(1)}",))},
            "torch.nn on random networks: computed",
        ),
    ],
)
def test_an_error_planted_in_a_formula_refutes_its_claim(name: str, planted: Any, seen: str) -> None:
    claim = CLAIMS[name]
    result = verify_claim(replace(claim, subject=planted(), mutants=claim.mutants[:1]))
    assert result.verdict is Verdict.REFUTED
    methods = {problem.split(":")[0] for problem in result.problems}
    assert methods >= {method.name for method in claim.methods}, "every method sees it"
    assert any(seen in problem for problem in result.problems)


def test_an_error_in_a_node_is_an_error_in_the_update() -> None:
    """The updates of (v) are composed of the formulas of (i) to (iv)."""
    wrong = {**FORMULAS, "8.iii": -FORMULAS["8.iii"]}
    output, hidden = (claim.methods[0].check(claim.subject) for claim in update.claims(wrong))
    assert isinstance(output, Holds)
    assert isinstance(hidden, Refuted)
