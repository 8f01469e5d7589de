"""Exercise 1: claims are proved, planted errors are refuted, and plain Python agrees with gates and accuracies."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from scipy.special import expit
from scipy.special import logit as scipy_logit
from sympy import IndexedBase, Rational, Sum, log

from lemma.errors import CheckError
from lemma.exercises import ex1
from lemma.exercises import verify as stage
from lemma.exercises.batch import Batch
from lemma.exercises.claim import Claim, Holds, Refuted, Result, Unknown, Verdict, verify_claim
from lemma.exercises.ex1 import accuracy, gates, simulation, xor
from lemma.exercises.ex1.cube import Cube, functions, rows
from lemma.exercises.ex1.decision import NET, HalfSpace
from lemma.exercises.ex1.gates import a, and_net, m, n, or_net, r, x
from lemma.exercises.ex1.logistic import both_sides, exponentials, ln, theta, threshold
from lemma.exercises.indexed import Space, index
from lemma.exercises.verify import to_record
from lemma.report import typeset

Typeset = Callable[[str, Mapping[str, Result]], bytes]
CLAIMS = {claim.id: claim for claim in ex1.claims()}
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
    assert len(result.mutant_results) >= 14
    assert all(trial.refuted_by and trial.counter_example for trial in result.mutant_results if not trial.equivalent)


def test_every_part_has_claims_and_each_claim_has_methods_of_three_kinds() -> None:
    assert {".".join(name.split(".")[:2]) for name in CLAIMS} == {"1.i", "1.ii", "1.iii", "1.iv"}
    assert all(len({method.kind for method in claim.methods}) >= 3 for claim in CLAIMS.values())


def test_equivalent_mutants_are_proved_equivalent(results: dict[str, Result]) -> None:
    same = {name: [one.formula for one in result.mutant_results if one.equivalent] for name, result in results.items()}
    assert r"\sum_{j=1}^{m} a_{j} + m - 1" in same["1.iii.or-gate-signs"]
    assert r"\sum_{j=1}^{N} f_{l} [j = l] - 1" in same["1.iii.any-function"]
    assert sum(map(len, same.values())) == 8


def test_records_are_reproducible(results: dict[str, Result]) -> None:
    again = {claim.id: claim for claim in (*gates.claims(), *accuracy.claims())}
    for name in ("1.iii.or-gate", "1.iv.unseen"):
        assert to_record(verify_claim(again[name])) == to_record(results[name])


def test_every_formula_can_be_typeset(results: dict[str, Result], typeset_formulas: Typeset) -> None:
    assert typeset_formulas(ex1.TASK, results).startswith(b"%PDF")


def test_network_and_tables_are_drawn_from_the_values_of_the_claims(tmp_path: Path) -> None:
    template, pdf = tmp_path / "page.typ", tmp_path / "page.pdf"
    shutil.copy(ROOT / "reports/style.typ", tmp_path)
    shutil.copytree(ROOT / "reports/solutions", tmp_path / "solutions")
    drawn = "#for (id, draw) in after-ex01 { draw(json(bytes(sys.inputs.data))) }"
    template.write_text(f'#import "solutions/ex01.typ": *\n{drawn}', "utf-8")
    typeset.compile(template, {name: dict(claim.values) for name, claim in CLAIMS.items()}, {}, pdf)
    text = " ".join(page.extract_text() for page in PdfReader(pdf).pages).replace("\n", " ")
    assert "row 01" in text
    assert CLAIMS["1.iv.accuracy"].values["expected, parity, 2839"] == "0.7500"
    assert text.count("0.7500") == 2  # with random and with distinct instances


# ---- Independent answers


@settings(max_examples=25)
@given(st.data())
def test_a_network_of_the_stated_gates_computes_any_function(data: st.DataObject) -> None:
    features, low = data.draw(st.integers(1, 4)), data.draw(st.sampled_from((0, -1)))
    inputs = [*product((low, 1), repeat=features)]
    truth = data.draw(st.lists(st.booleans(), min_size=len(inputs), max_size=len(inputs)))
    true = np.array([row for row, value in zip(inputs, truth) if value]).reshape(-1, features)
    pairs = {r: np.tile(true, (len(inputs), 1)), x: np.repeat(np.array(inputs), len(true), axis=0)}
    fires = Batch({n: features}, pairs, {}).values(and_net(low)) >= 0
    signals = np.where(fires, 1, low).reshape(len(inputs), len(true))
    net = Batch({m: len(true)}, {a: signals}, {}).values(or_net(low))
    assert np.broadcast_to(net >= 0, len(inputs)).tolist() == truth


def test_rows_and_functions_are_complete() -> None:
    assert [tuple(row) for row in rows(3)] == [*product((0, 1), repeat=3)]
    for features in (1, 2, 3):
        tables = np.concatenate([*functions(features)])
        assert tables.shape == (2**2**features, 2**features)
        assert len(np.unique(tables, axis=0)) == len(tables)
    assert sum(map(len, functions(4))) == 65536


def test_the_threshold_of_the_sigmoid_is_the_logit_of_scipy() -> None:
    for share in (0.01, 0.3, 0.5, 0.9):
        place = float(CLAIMS["1.ii.logit"].subject.replace(ln, log).subs(theta, share))
        assert place == pytest.approx(scipy_logit(share), abs=1e-12)
        assert expit(place) == pytest.approx(share)


def test_a_set_of_tokens_has_the_stated_accuracy() -> None:
    random, features, draws = Random(5), 6, 40
    target = {number for number in range(2**features) if number % 3 == 0}
    right, mutant_results = 0, 4000
    for _ in range(mutant_results):
        known = {random.randrange(2**features) for _ in range(draws)} & target
        fresh = random.randrange(2**features)
        right += (fresh in known) == (fresh in target)
    share = Fraction(len(target), 2**features)
    expected = accuracy._value(accuracy.ACCURACY, n=features, m=draws, p=share)
    assert expected is not None
    assert abs(right / mutant_results - expected) < 4 * (0.25 / mutant_results) ** 0.5


# ---- Errors


@pytest.mark.parametrize(
    ("name", "planted", "words"),
    [
        ("1.iii.and-gate", and_net(-1), "computed = 0, stated = -1"),
        ("1.iii.or-gate", or_net(0) - 1, "output = no, wanted = yes, m = 1, a_{1} = 1"),
        ("1.iii.or-gate", or_net(0) + 1, "output = yes, wanted = no, m = 0"),
        ("1.i.decision", HalfSpace(NET, ">"), "accepted = yes, stated = no"),
        ("1.ii.logit", ln(1 - theta) - ln(theta), r"reached = 0.666667, \theta = 1/3"),
        ("1.iv.unseen", 1 - 2 ** (-n) * m, "n = 1"),
    ],
)
def test_a_planted_error_is_refuted_with_a_counter_example(name: str, planted: Any, words: str) -> None:
    if name.startswith("1.iv"):
        planted = planted.subs({n: accuracy.n, m: accuracy.m})
    result = verify_claim(replace(CLAIMS[name], subject=planted))
    assert result.verdict is Verdict.REFUTED
    assert words in result.problems[0]


def test_a_wrong_weight_fails_the_verification_with_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(xor, "GIVEN", {**xor.GIVEN, "w_{2,3}": Fraction(2)})
    monkeypatch.setattr(ex1, "claims", xor.claims)
    with pytest.raises(CheckError, match=r"1\.iii\.xor is refuted") as error:
        stage.write_records(1, tmp_path / "claims.json")
    assert r"s_{3}^{(01)} = 1 (stated 0)" in str(error.value)
    assert not (tmp_path / "claims.json").exists()


def test_a_wrong_bias_of_a_gate_refutes_the_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lemma.exercises.ex1.levels.and_net", lambda low: and_net(low) + 1)
    claim: Claim[Any] = CLAIMS["1.iii.any-function"]
    outcome = next(method for method in claim.methods if "all functions" in method.name).check(claim.subject)
    assert isinstance(outcome, Refuted)
    assert outcome.counter_example["N"] == "2"


def test_a_wrong_formula_lies_outside_the_confidence_intervals() -> None:
    slightly = accuracy.ACCURACY + Rational(1, 10)
    outcome = accuracy._meet(slightly, False, True)
    assert isinstance(outcome, Refuted)
    assert outcome.counter_example["function"] == "parity"
    assert isinstance(accuracy._meet(accuracy.ACCURACY, False, True), Holds)
    assert {case.m for case in simulation.simulated(True)} == set(simulation.DISTINCT)


def test_a_gate_that_fails_only_for_many_inputs_is_not_proved() -> None:
    gate, i = gates._matching(0), gates.i
    slack = Rational(1, 100) * Sum(r[i] * x[i], (i, 1, n))  # a hundred ones outweigh one entry that differs
    assert isinstance(gate.induct(and_net(0)), Holds)
    assert isinstance(gate.exhaust(and_net(0) + slack), Holds)
    assert isinstance(gate.induct(and_net(0) + slack), Unknown)


def test_identities_on_the_corners_of_the_cube_are_proved() -> None:
    k, size, v = index("k"), index("N"), IndexedBase("v")
    squares, plain = Sum(v[k] ** 2, (k, 1, size)), Sum(v[k], (k, 1, size))
    space = Space({v: (size,)}, {})
    assert isinstance(Cube(space, 0).equal(squares, plain), Holds)
    assert isinstance(Cube(space, -1).equal(squares, size), Holds)
    assert isinstance(Cube(space, -1).equal(squares, plain), Refuted)
    assert isinstance(space.equal(squares, plain), Refuted)


def test_a_logarithm_without_a_value_is_refuted() -> None:
    for check in (threshold, exponentials, both_sides):
        assert isinstance(check(ln(theta) - ln(1 - 1 + 0 * theta)), Refuted)
