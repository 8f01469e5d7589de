"""Exercise 1: claims are proved, planted errors are refuted, and plain Python gives the same answers."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from scipy.optimize import linprog
from scipy.special import logit
from sympy import Ge, Gt, IndexedBase, Integer, Rational, Sum

from lemma.exercises import ex1
from lemma.exercises.algebra.evaluate import FLOAT
from lemma.exercises.algebra.symbols import b, i, j, l, m, n, theta
from lemma.exercises.calculus.functions import H
from lemma.exercises.ex1 import networks
from lemma.exercises.ex1.memory import ACCURACY, p, y, z
from lemma.exercises.ex1.networks import AND_NET, N, Network, network_outputs, r
from lemma.exercises.ex1.separators import LOGIT, WEIGHTED
from lemma.exercises.outcome import Holds, Refuted, Scope, Unknown
from lemma.exercises.proof.claim import Claim
from lemma.exercises.proof.recheck import evaluate_printed
from lemma.exercises.proof.verdict import Result, Verdict, verify_claim
from lemma.report import typeset

Typeset = Callable[[str, Mapping[str, Result]], bytes]
CLAIMS: dict[str, Claim[Any]] = {claim.id: claim for part in ex1.parts() for claim in part.claims}
ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {name: verify_claim(claim) for name, claim in CLAIMS.items()}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_claim_is_proved_for_every_size(results: dict[str, Result], name: str) -> None:
    result = results[name]
    assert (result.verdict, result.scope, result.problems) == (Verdict.PROVED, Scope.ALL, ())
    assert sum(bool(mutant.refuted_by and mutant.counter_example) for mutant in result.mutant_results) >= 15


def test_each_part_of_the_sheet_is_answered() -> None:
    assert [part.number for part in ex1.parts() if not part.beyond] == ["i", "ii", "iii", "iv"]
    assert all(part.question and part.answer and part.claims for part in ex1.parts())


def test_equivalent_mutants_are_proved_equivalent(results: dict[str, Result]) -> None:
    """Where the gate of row j outputs 1 for the input l, the rows are the same, so an index l instead of j is right."""
    equivalent = {
        name: [one.mutant.mutation for one in result.mutant_results if one.equivalent]
        for name, result in results.items()
    }
    assert equivalent.pop("1.iii.any-function") == ["$f_{l}$ instead of $f_{j}$"]
    assert sorted(equivalent.pop("1.iv.lookup")) == ["$y_{l}$ instead of $y_{j}$", "$z_{l}$ instead of $z_{j}$"]
    assert not any(equivalent.values())


def test_printed_points_satisfy_the_conditions_of_the_half_space(results: dict[str, Result]) -> None:
    for mutant in results["1.i.half-space"].mutant_results:
        if mutant.counter_example:
            values = {name: Fraction(value) for name, value in mutant.counter_example.values.items()}
            weights = [values[f"w_{{{at}}}"] for at in range(1, int(values["n"]) + 1)]
            assert values["b"] == -values["c"] * sum(weight**2 for weight in weights)


def test_every_formula_can_be_typeset(results: dict[str, Result], typeset_formulas: Typeset) -> None:
    questions = " ".join(part.question + part.answer for part in ex1.parts())
    assert typeset_formulas(questions, results).startswith(b"%PDF")


def test_network_and_table_are_drawn_from_the_values_of_the_claims(tmp_path: Path) -> None:
    template, pdf = tmp_path / "page.typ", tmp_path / "page.pdf"
    shutil.copy(ROOT / "reports/style.typ", tmp_path)
    shutil.copytree(ROOT / "reports/solutions", tmp_path / "solutions")
    drawn = "#for (id, draw) in after-ex01 { draw(json(bytes(sys.inputs.data))) }"
    template.write_text(f'#import "solutions/ex01.typ": *\n{drawn}', "utf-8")
    typeset.compile(template, {name: dict(claim.values) for name, claim in CLAIMS.items()}, {}, pdf)
    text = " ".join(page.extract_text() for page in PdfReader(pdf).pages).replace("\n", " ")
    assert "row 01" in text
    assert text.index("0.5575") < text.index("0.7500") < text.index("0.8845") < text.index("0.2865")


# ---- Independent answers


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_printed_network_computes_any_function(data: st.DataObject) -> None:
    features = data.draw(st.integers(1, 3))
    rows = [*product((0, 1), repeat=features)]
    truth = data.draw(st.lists(st.integers(0, 1), min_size=len(rows), max_size=len(rows)))
    values = {f"r_{{{row},{bit}}}": str(value) for row, bits in enumerate(rows, 1) for bit, value in enumerate(bits, 1)}
    values |= {f"f_{{{row}}}": str(value) for row, value in enumerate(truth, 1)}
    values |= {"n": str(features), "N": str(len(rows))}
    formula = CLAIMS["1.iii.any-function"].formula
    assert [evaluate_printed(formula, {**values, "l": str(row)}) for row in range(1, len(rows) + 1)] == truth


def test_the_gates_of_the_figure_compute_exclusive_or() -> None:
    values = {name: int(value) for name, value in CLAIMS["1.iii.any-function"].values.items()}
    for first, second in product((0, 1), repeat=2):
        row = f"^{{({first}{second})}}"
        for gate in ("3", "4"):
            net = values[f"w_{{1,{gate}}}"] * first + values[f"w_{{2,{gate}}}"] * second + values[f"b_{{{gate}}}"]
            assert values[f"s_{{{gate}}}{row}"] == net
            assert values[f"o_{{{gate}}}{row}"] == (net >= 0)
        outputs = values[f"o_{{3}}{row}"] * values["w_{3,5}"] + values[f"o_{{4}}{row}"] * values["w_{4,5}"]
        assert values[f"s_{{5}}{row}"] == outputs + values["b_{5}"]
        assert values[f"y{row}"] == first ^ second


def test_the_threshold_of_the_sigmoid_is_the_logit_of_scipy() -> None:
    for fraction in (0.01, 0.3, 0.5, 0.9):
        assert float(LOGIT.xreplace({theta: sympy.Float(fraction)})) == pytest.approx(logit(fraction), abs=1e-12)


@pytest.mark.parametrize(("features", "draws"), [(1, 3), (2, 1), (2, 4)])
def test_a_set_of_training_inputs_has_the_stated_accuracy(features: int, draws: int) -> None:
    inputs, target = range(2**features), {0}
    right = [
        sum((fresh in set(drawn) & target) == (fresh in target) for fresh in inputs)
        for drawn in product(inputs, repeat=draws)
    ]
    expected = ACCURACY.subs({n: features, m: draws, p: Rational(1, len(inputs))})
    assert Rational(sum(right), len(right) * len(inputs)) == expected


# ---- Errors

WRONG_GATE = Sum(r[j, i] * r[l, i], (i, 1, n)) - Sum(r[j, i], (i, 1, n))  # accepts every row with the ones of row j


@pytest.mark.parametrize(
    ("name", "planted", "words"),
    [
        ("1.i.decision", Gt(WEIGHTED, -b, evaluate=False), "computed yes, stated no"),
        ("1.ii.half-space", Ge(WEIGHTED, -LOGIT - b, evaluate=False), r"\theta = "),
        ("1.iii.any-function", H(Sum(H(AND_NET), (j, 1, N)) - 1), "computed 0, stated 1"),
        ("1.iv.lookup", H(Sum(z[j] * y[j] * H(WRONG_GATE), (j, 1, N)) - 1), "computed 0, stated 1"),
        ("1.iv.accuracy", 1 - p * (1 - m * Integer(2) ** -n), "m = 2, n = 1"),
    ],
)
def test_a_planted_error_is_refuted_with_a_counter_example(name: str, planted: Any, words: str) -> None:
    result = verify_claim(replace(CLAIMS[name], subject=planted))
    assert result.verdict is Verdict.REFUTED
    assert words in result.problems[0]


def test_a_wrong_bias_of_the_gates_in_torch_contradicts_the_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(inputs: torch.Tensor, gates: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        hidden = (torch.where(gates == 1, 1.0, -1.0) @ inputs.T >= gates.sum(dim=1, keepdim=True) - 1).float()
        return torch.heaviside(weights.float() @ hidden - 1, torch.ones(()))

    monkeypatch.setattr(networks, "run_network", run)
    network_outputs.cache_clear()
    outcome = CLAIMS["1.iii.any-function"].methods[2].check(CLAIMS["1.iii.any-function"].subject)
    network_outputs.cache_clear()
    assert isinstance(outcome, Refuted)


def test_a_wrong_step_function_of_the_kernel_is_refuted_by_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FLOAT.functions, "H", lambda net: np.where(np.greater(net, 0), 1, 0))
    result = verify_claim(CLAIMS["1.iii.any-function"])
    assert result.verdict is Verdict.REFUTED
    assert any(problem.startswith("networks of torch") for problem in result.problems)


def test_no_neuron_computes_exclusive_or() -> None:
    """Linear programming finds no weights w_1, w_2 and b with a margin; for the function AND it finds them."""
    corners = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
    for labels, feasible in (([-1, 1, 1, -1], False), ([-1, -1, -1, 1], True)):
        program = linprog(np.zeros(3), -np.array(labels)[:, None] * corners, -np.ones(4), bounds=(None, None))
        assert program.success is feasible


def test_a_gate_that_fails_only_for_many_features_is_not_proved() -> None:
    f = IndexedBase("f")
    network = Network(f)
    both = Sum(r[j, i] * r[l, i], (i, 1, n))  # a hundred common ones outweigh one bit that differs
    slack = H(Sum(f[j] * H(AND_NET + Rational(1, 100) * both), (j, 1, N)) - 1)
    assert isinstance(network.equal(network.expected, network.output), Holds)
    assert isinstance(network.equal(network.expected, slack), Unknown)
