"""Exercise 6: the rules are proved, planted errors are found, and the rules train networks as torch does."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pypdf import PdfReader
from sympy import Integer

from lemma.exercises import ex6
from lemma.exercises.algebra.evaluate import evaluate
from lemma.exercises.algebra.symbols import delta, eta, i, j, m, n, o, t, w, x
from lemma.exercises.ex6 import update_rules
from lemma.exercises.ex6.graph import DELTA, GRAPH, LATER, all_graphs, c
from lemma.exercises.ex6.update_rules import ARRIVING, HIDDEN_DELTA, OUTPUT_DELTA, SLOPE, UPDATE
from lemma.exercises.outcome import Holds, Scope
from lemma.exercises.proof.claim import Claim
from lemma.exercises.proof.verdict import Result, Verdict, verify_claim
from lemma.report import typeset

Typeset = Callable[[str, Mapping[str, Result]], bytes]
CLAIMS: dict[str, Claim[Any]] = {claim.id: claim for part in ex6.parts() for claim in part.claims}
ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {name: verify_claim(claim) for name, claim in CLAIMS.items()}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_claim_is_proved_for_every_size_and_value(results: dict[str, Result], name: str) -> None:
    result = results[name]
    assert (result.verdict, result.scope, result.problems) == (Verdict.PROVED, Scope.ALL, ())


@pytest.mark.parametrize(
    ("name", "mutation"),
    [
        ("6.sigmoid", "$1 - o_{j}$ instead of $o_{j}$"),
        ("6.output", "the factor $o_{j}$ dropped"),
        ("6.output", "the sign of $t_{j}$ flipped"),
        ("6.hidden", "the factor $1 - o_{j}$ dropped"),
        ("6.hidden", r"the factor $\delta_{k}$ dropped"),
        ("6.hidden", "the sum starting at $2$"),
        ("6.update", r"the sign of $\eta \delta_{j} x_{i,j}$ flipped"),
        ("6.update", r"the factor $\eta$ dropped"),
        ("6.graph", "the factor $c_{j}$ dropped"),
        ("6.graph", "the sum starting at $j + 2$"),
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
        ("6.sigmoid", o[j] * (1 + o[j])),
        ("6.output", (t[j] - o[j]) * o[j]),
        ("6.output", (o[j] - t[j]) * o[j] * (1 - o[j])),
        ("6.hidden", ARRIVING),
        ("6.hidden", HIDDEN_DELTA / (1 - o[j])),
        ("6.update", w[i, j] - eta * delta[j] * x[i, j]),
        ("6.graph", SLOPE * (t[j] - o[j] + LATER)),
        ("6.graph", SLOPE * c[j] * (t[j] - o[j])),
    ],
)
def test_an_error_planted_in_a_rule_is_found_by_every_method(name: str, planted: Any) -> None:
    result = verify_claim(replace(CLAIMS[name], subject=planted, mutants=CLAIMS[name].mutants[:1]))
    assert result.verdict is Verdict.REFUTED
    assert {problem.split(":")[0] for problem in result.problems} >= {method.name for method in result.claim.methods}


def test_an_error_in_the_derivative_of_the_sigmoid_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """SymPy and the formula would agree on it, but not programs with sigmoids of their own."""
    monkeypatch.setattr("lemma.exercises.calculus.functions.sigma.fdiff", lambda net, argindex=1: net)
    monkeypatch.setattr(update_rules, "OUTPUT_DELTA", (t[j] - o[j]) * o[j])
    result = verify_claim(update_rules.output_delta())
    assert result.verdict is Verdict.REFUTED
    assert any(problem.startswith("torch.autograd") for problem in result.problems)


def test_the_slope_of_the_sigmoid_is_that_of_finite_differences() -> None:
    nets, width = np.linspace(-6, 6, 25), 1e-6
    outputs, above, below = (1 / (1 + np.exp(-nets - shift)) for shift in (0, width, -width))
    stated = evaluate(SLOPE, {n: 25}, {o: outputs[None]}, {j: n})[0]
    np.testing.assert_allclose(stated, (above - below) / (2 * width), atol=1e-9)


@pytest.mark.parametrize("widths", [(3, 2), (2, 4, 3), (3, 2, 4, 1), (4, 3, 3, 2, 2)])
def test_the_rules_applied_backwards_give_the_step_of_torch_sgd(widths: tuple[int, ...]) -> None:
    """Networks with 0 to 3 hidden layers, trained for one step by the rules and by torch.optim."""
    torch.manual_seed(len(widths))
    layers = [torch.nn.Linear(*shape, bias=False).double() for shape in zip(widths, widths[1:], strict=False)]
    before = [layer.weight.detach().numpy().T.copy() for layer in layers]
    values, targets = [torch.randn(widths[0]).double()], torch.randn(widths[-1]).double()
    for layer in layers:
        values.append(torch.sigmoid(layer(values[-1])))
    optimizer = torch.optim.SGD([layer.weight for layer in layers], lr=0.5)
    (torch.nn.functional.mse_loss(values[-1], targets, reduction="sum") / 2).backward()  # type: ignore[no-untyped-call]
    optimizer.step()

    outputs = [value.detach().numpy() for value in values]
    sizes = {m: widths[-1]}
    deltas = evaluate(OUTPUT_DELTA, sizes, {o: outputs[-1][None], t: targets.numpy()[None]}, {j: m})
    for place in reversed(range(len(layers))):
        sizes, given = {n: widths[place], m: widths[place + 1]}, outputs[place]
        arrays = {w: before[place][None], delta: deltas, eta: np.array([0.5]), o: given[None]}
        arrays[x] = np.tile(given[:, None], widths[place + 1])[None]
        stated = evaluate(UPDATE, sizes, arrays, {i: n, j: m})[0]
        np.testing.assert_allclose(stated, layers[place].weight.detach().numpy().T, atol=1e-12)
        deltas = evaluate(HIDDEN_DELTA, sizes, arrays, {j: n})


def test_every_graph_with_every_choice_of_outputs_is_tried() -> None:
    for sample, _ in all_graphs():
        size = sample.sizes[n]
        graphs = {
            (tuple(edges.ravel() != 0), *flags) for edges, flags in zip(sample.arrays[w], sample.arrays[c], strict=True)
        }
        assert len(graphs) == 2 ** (size * (size - 1) // 2 + size)


def test_the_deltas_of_the_graphs_are_those_of_finite_differences() -> None:
    width = 1e-5
    for sample, deltas in all_graphs():
        outputs, weights = sample.arrays[o], sample.arrays[w]
        external = np.log(outputs / (1 - outputs)) - np.einsum("gq,gqk->gk", outputs, weights)

        def errors(shift: Any, external: Any = external, sample: Any = sample) -> Any:
            values = np.zeros_like(external)
            for _ in range(sample.sizes[n]):
                net = external + shift + np.einsum("gq,gqk->gk", values, sample.arrays[w])
                values = 1 / (1 + np.exp(-net))
            return (sample.arrays[c] * (sample.arrays[t] - values) ** 2).sum(1) / 2

        for place, unit in enumerate(np.eye(sample.sizes[n])):
            slope = (errors(width * unit) - errors(-width * unit)) / (2 * width)
            np.testing.assert_allclose(deltas[:, place], -slope, atol=1e-8)


def test_the_rule_for_graphs_contains_the_rules_for_outputs_and_for_hidden_neurons() -> None:
    output, hidden = DELTA.xreplace({c[j]: Integer(1), LATER: Integer(0)}), DELTA.xreplace({c[j]: Integer(0)})
    for general, rule in ((output, OUTPUT_DELTA), (hidden, HIDDEN_DELTA.xreplace({ARRIVING: LATER}))):
        outcome = GRAPH.equal(general, rule)
        assert isinstance(outcome, Holds)
        assert outcome.scope is Scope.ALL


def test_the_question_and_every_formula_can_be_typeset(results: dict[str, Result], typeset_formulas: Typeset) -> None:
    (part,) = ex6.parts()
    assert typeset_formulas(part.question + part.answer, results).startswith(b"%PDF")


def test_the_figure_is_drawn_from_the_values_of_the_claim(tmp_path: Path) -> None:
    template, pdf = tmp_path / "page.typ", tmp_path / "page.pdf"
    shutil.copy(ROOT / "reports/style.typ", tmp_path)
    shutil.copytree(ROOT / "reports/solutions", tmp_path / "solutions")
    template.write_text('#import "solutions/ex06.typ": *\n#figure-ex06(json(bytes(sys.inputs.data)))', "utf-8")
    values = dict(CLAIMS["6.hidden"].values)
    assert values[r"\delta_{j}"] == "-0.1"  # 1/2 (1 - 1/2) (0.2 - 0.2 - 0.4)
    typeset.compile(template, {"6.hidden": values | {r"\delta_{j}": "-0.125"}}, {}, pdf)
    assert "−0.125" in PdfReader(pdf).pages[0].extract_text()
