"""Exercise 2: claims are proved, planted errors are refuted, and a perceptron in plain Python agrees."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from lemma.errors import CheckError
from lemma.exercises import ex2
from lemma.exercises import verify as stage
from lemma.exercises.claim import Claim, Refuted, Result, Verdict, verify_claim
from lemma.exercises.ex2 import inseparable, novikoff, perceptron
from lemma.exercises.ex2 import run as ex2_run
from lemma.exercises.ex2.certificate import bias
from lemma.exercises.ex2.distance import d
from lemma.exercises.ex2.laws import gamma, k, radius, squared, value_at
from lemma.exercises.ex2.perceptron import dot, perpendicular_runs, train
from lemma.exercises.ex2.picture import INNER, INSIDE, OUTER, OUTSIDE
from lemma.exercises.ex2.separate import Point
from lemma.exercises.verify import to_record
from lemma.report import typeset

Typeset = Callable[[str, Mapping[str, Result]], bytes]
CLAIMS = {claim.id: claim for claim in ex2.claims()}
ROOT = Path(__file__).parents[4]


def exact(*written: tuple[int, ...]) -> list[Point]:
    return [tuple(map(Fraction, point)) for point in written]


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {name: verify_claim(claim) for name, claim in CLAIMS.items()}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_claim_is_proved_and_every_mutant_is_refuted_with_a_counter_example(
    results: dict[str, Result], name: str
) -> None:
    result = results[name]
    assert (result.verdict, result.problems) == (Verdict.PROVED, ())
    assert len(result.mutant_results) >= 6
    assert all(trial.refuted_by and trial.counter_example for trial in result.mutant_results if not trial.equivalent)


def test_both_parts_have_claims_and_each_claim_has_methods_of_three_kinds() -> None:
    assert {".".join(name.split(".")[:2]) for name in CLAIMS} == {"2.i", "2.ii"}
    assert all(len({method.kind for method in claim.methods}) >= 3 for claim in CLAIMS.values())


def test_records_are_reproducible(results: dict[str, Result]) -> None:
    again = {claim.id: claim for part in (inseparable, novikoff, ex2_run) for claim in part.claims()}
    for name in ("2.i.picture", "2.ii.bound", "2.ii.run"):
        assert to_record(verify_claim(again[name])) == to_record(results[name])


def test_every_formula_can_be_typeset(results: dict[str, Result], typeset_formulas: Typeset) -> None:
    assert typeset_formulas(ex2.TASK, results).startswith(b"%PDF")


def test_formulas_are_printed_in_conventional_form() -> None:
    bound = CLAIMS["2.ii.bound"]
    assert bound.statement.startswith(r"k \le \frac{R^{2} U}{\gamma^{2}}")
    assert r"\frac{R^{2} U}{\left(\gamma^{2}\right)^{2}}" in [mutant.formula for mutant in bound.mutants]


def test_figures_and_table_are_drawn_from_the_values_of_the_claims(tmp_path: Path) -> None:
    template, pdf = tmp_path / "page.typ", tmp_path / "page.pdf"
    shutil.copy(ROOT / "reports/style.typ", tmp_path)
    shutil.copytree(ROOT / "reports/solutions", tmp_path / "solutions")
    drawn = "#for (id, draw) in after-ex02 { draw(json(bytes(sys.inputs.data))) }"
    template.write_text(f'#import "solutions/ex02.typ": *\n{drawn}', "utf-8")
    typeset.compile(template, {name: dict(claim.values) for name, claim in CLAIMS.items()}, {}, pdf)
    text = " ".join(page.extract_text() for page in PdfReader(pdf).pages).replace("\n", " ")
    assert "5/18" in text
    assert "radius" in text
    assert "1.026" in text


# ---- The picture and the perceptron


def test_the_points_of_the_figure_are_on_their_sides_with_distinct_distances() -> None:
    for sets, distances in ((INSIDE, INNER), (OUTSIDE, OUTER)):
        np.testing.assert_allclose(
            np.linalg.norm(np.array(sets, float), axis=1), np.array(distances, float), rtol=1e-15
        )
    assert max(INNER) < 1 < min(OUTER)
    assert len({*INNER, *OUTER}) == len(INNER) + len(OUTER)


def test_the_perceptron_rule_agrees_with_a_loop_in_float64() -> None:
    weights, mistakes, clean = np.zeros(2), 0, False
    while not clean:
        clean = True
        for distance, target in zip([*INNER, *OUTER], [1] * len(INNER) + [-1] * len(OUTER)):
            instance = np.array([1.0, float(distance)])
            if (1 if weights @ instance >= -1e-12 else -1) != target:
                weights, mistakes, clean = weights + target * instance, mistakes + 1, False
    subject = CLAIMS["2.ii.run"].subject
    assert mistakes == subject["k"]
    assert -weights[0] / weights[1] == pytest.approx(float(subject[r"\theta"]))


@settings(max_examples=40)
@given(st.tuples(*[st.integers(-3, 3)] * 3), st.lists(st.tuples(*[st.integers(-6, 6)] * 3), min_size=1, max_size=8))
def test_the_number_of_mistakes_respects_the_bound(direction: tuple[int, ...], drawn: list[tuple[int, ...]]) -> None:
    (u,) = exact(direction)
    instances = [instance for instance in exact(*drawn) if dot(u, instance)]
    assume(instances)
    course = train(instances, [1 if dot(u, instance) > 0 else -1 for instance in instances])
    margin = min(abs(dot(u, instance)) for instance in instances)
    longest = max(dot(instance, instance) for instance in instances)
    values = {gamma: margin, radius**2: longest, squared: dot(u, u)}
    assert course.mistakes <= Fraction(str(CLAIMS["2.ii.bound"].subject.doit().subs(values)))


def test_the_bound_is_reached_by_perpendicular_instances() -> None:
    for run in perpendicular_runs():
        assert run.course.mistakes == len(run.u) == value_at(CLAIMS["2.ii.bound"].subject, run, 0)


def test_the_perceptron_rule_raises_for_inseparable_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perceptron, "PASSES", 50)
    with pytest.raises(ValueError, match="mistakes in each of 50 epochs"):
        train(exact((1, 0, 0), (1, 1, 1), (1, 0, 1), (1, 1, 0)), [-1, -1, 1, 1])


# ---- Errors


def test_a_wrong_coefficient_is_refuted_with_a_reason() -> None:
    claim: Claim[Any] = CLAIMS["2.i.picture"]
    result = verify_claim(replace(claim, subject={**claim.subject, r"\mu_{1}": Fraction(1, 3)}))
    assert result.verdict is Verdict.REFUTED
    assert "are not the coefficients of a convex combination" in result.problems[0]
    assert "left minus right" in result.problems[1]


def test_linearly_separable_points_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inseparable, "OUTSIDE", OUTSIDE[:1])
    with pytest.raises(ValueError, match="linearly separable"):
        inseparable.claims()


@pytest.mark.parametrize(
    ("name", "planted", "words"),
    [
        ("2.ii.bound", radius**2 * squared / (2 * gamma**2), "computed = 1, stated = 0.5, k = 1"),
        ("2.ii.bound", 2 * radius**2 * squared / gamma**2, "computed = 1, stated = 2, k = 1"),
        ("2.ii.length", k * radius, "computed = 4, stated = 2"),
        ("2.i.opposite", 2 * bias, "computed = "),
        ("2.ii.distance", 2 - d, "computed = rejected, stated = accepted, d = 11/10"),
    ],
)
def test_a_planted_error_is_refuted_with_a_counter_example(name: str, planted: Any, words: str) -> None:
    result = verify_claim(replace(CLAIMS[name], subject=planted))
    assert result.verdict is Verdict.REFUTED
    assert words in result.problems[0]


def test_a_bound_that_is_too_large_is_not_sharp() -> None:
    twice = 2 * radius**2 * squared / gamma**2
    outcomes = {method.name: method.check(twice) for method in CLAIMS["2.ii.bound"].methods}
    assert isinstance(outcomes["runs on perpendicular instances, which attain it"], Refuted)
    assert not isinstance(outcomes["random runs in fractions"], Refuted)
    assert not isinstance(outcomes["z3 over the reals"], Refuted)


def test_a_wrong_number_of_mistakes_fails_the_verification(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ex2_run, "ANSWERS", {**ex2_run.ANSWERS, "k": "11"})
    monkeypatch.setattr(ex2, "claims", ex2_run.claims)
    with pytest.raises(CheckError, match=r"2\.ii\.run is refuted") as error:
        stage.write_records(2, tmp_path / "claims.json")
    assert "k = 10 (stated 11)" in str(error.value)


def test_a_function_that_drops_the_bias_is_refuted_with_the_points() -> None:
    wrong = next(mutant for mutant in CLAIMS["2.i.any-points"].mutants if "bias" in mutant.mutation)
    for method in CLAIMS["2.i.any-points"].methods:
        outcome = method.check(wrong.subject)
        assert isinstance(outcome, Refuted)
        assert {"reason", "inside", "outside"} == set(outcome.counter_example)
