"""Exercise 2: claims are proved, planted errors are found, and other programs agree on points and mistakes."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import z3
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from scipy.spatial import ConvexHull

from lemma.exercises import ex2
from lemma.exercises.algebra.symbols import b
from lemma.exercises.ex2.circle import d, radius
from lemma.exercises.ex2.convergence import BOUND, VARIABLES, count_mistakes, recheck_run
from lemma.exercises.ex2.inseparable import ACCEPTED, REJECTED, RELATIONS, SPACE, Relations, recheck_solution
from lemma.exercises.ex2.picture import COEFFICIENTS, recheck_combination
from lemma.exercises.ex2.points import INNER_DISTANCES, INSIDE, OUTER_DISTANCES, OUTSIDE
from lemma.exercises.outcome import Holds, Refuted, Scope
from lemma.exercises.proof.claim import Mutant
from lemma.exercises.proof.verdict import Result, Verdict, verify_claim
from lemma.report import typeset

Typeset = Callable[[str, Mapping[str, Result]], bytes]
CLAIMS = {claim.id: claim for part in ex2.parts() for claim in part.claims}
ROOT = Path(__file__).parents[4]
INTEGER = st.integers(-5, 5)


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {name: verify_claim(claim) for name, claim in CLAIMS.items()}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_claim_is_proved_for_every_size_and_value(results: dict[str, Result], name: str) -> None:
    result = results[name]
    assert (result.verdict, result.scope, result.problems) == (Verdict.PROVED, Scope.ALL, ())


@pytest.mark.parametrize("name", CLAIMS)
def test_every_mutant_with_a_meaning_is_refuted_with_a_counter_example(results: dict[str, Result], name: str) -> None:
    mutants = [mutant for mutant in results[name].mutant_results if not (mutant.equivalent or mutant.ill_formed)]
    assert len(mutants) >= 8
    assert all(mutant.refuted_by and mutant.counter_example for mutant in mutants)


def test_what_the_sheet_does_not_ask_for_has_a_reason_and_the_points_are_said_to_be_illustrative() -> None:
    first, second, further = ex2.parts()
    assert "illustrative" in first.question
    assert (first.number, second.number, further.number) == ("i", "ii", "")
    assert further.beyond
    assert (first.beyond, second.beyond) == ("", "")


def test_every_formula_can_be_typeset(results: dict[str, Result], typeset_formulas: Typeset) -> None:
    texts = " ".join(part.question + part.answer for part in ex2.parts())
    assert typeset_formulas(texts, results).startswith(b"%PDF")


def test_the_figures_are_drawn_from_the_values_of_the_claims(tmp_path: Path) -> None:
    template, pdf = tmp_path / "page.typ", tmp_path / "page.pdf"
    shutil.copy(ROOT / "reports/style.typ", tmp_path)
    shutil.copytree(ROOT / "reports/solutions", tmp_path / "solutions")
    drawn = "#for (id, draw) in after-ex02 { draw(json(bytes(sys.inputs.data))) }"
    template.write_text(f'#import "solutions/ex02.typ": *\n{drawn}', "utf-8")
    typeset.compile(template, {name: dict(claim.values) for name, claim in CLAIMS.items()}, {}, pdf)
    text = " ".join(page.extract_text() for page in PdfReader(pdf).pages).replace("\n", " ")
    assert "5/18" in text
    assert "radius" in text


# ---- (i) No line


@settings(max_examples=30)
@given(st.data(), st.integers(1, 3), st.integers(1, 4), st.integers(1, 4))
def test_no_hyperplane_separates_sets_with_a_common_convex_combination(
    data: Any, dimension: int, inner: int, outer: int
) -> None:
    shares = [data.draw(st.lists(st.integers(1, 4), min_size=count, max_size=count)) for count in (inner, outer)]
    point = st.tuples(*[INTEGER.map(Fraction)] * dimension)
    sets = [data.draw(st.lists(point, min_size=count, max_size=count)) for count in (inner, outer)]
    means = [
        [Fraction(sum(part * x for part, x in zip(parts, along, strict=True)), sum(parts)) for along in zip(*points)]
        for parts, points in zip(shares, sets, strict=True)
    ]
    sets[1] = [tuple(z + here - there for z, here, there in zip(outside, *means)) for outside in sets[1]]
    weights = [z3.Real(f"w_{axis}") for axis in range(dimension + 1)]
    nets = [
        [z3.Sum([w * z3.RealVal(str(x)) for w, x in zip(weights, [*point, 1], strict=True)]) for point in points]
        for points in sets
    ]
    solver = z3.Solver()
    solver.add(*(net >= 0 for net in nets[0]), *(net < 0 for net in nets[1]))
    assert solver.check() == z3.unsat


@pytest.mark.parametrize("dropped", [relation for relation in RELATIONS if relation not in (ACCEPTED, REJECTED)])
def test_each_condition_on_the_convex_combinations_is_needed(dropped: Any) -> None:
    """Both methods find a line that separates points for which one condition fails."""
    weaker = tuple(relation for relation in RELATIONS if relation != dropped)
    for method in CLAIMS["2.i.certificate"].methods:
        outcome = method.check(weaker)
        assert isinstance(outcome, Refuted)
        assert dropped.fails_at(outcome.values)
        assert nets(outcome.values, "x").min() >= -1e-9 > nets(outcome.values, "z").max()


def nets(values: Mapping[str, str], letter: str) -> Any:
    sizes = [int(values[name]) for name in ("m" if letter == "x" else "p", "n")]
    numbers = {name: float(Fraction(value)) for name, value in values.items()}
    points = [[numbers[f"{letter}_{{{i},{k}}}"] for k in range(1, sizes[1] + 1)] for i in range(1, sizes[0] + 1)]
    return np.array(points) @ [numbers[f"w_{{{k}}}"] for k in range(1, sizes[1] + 1)] + numbers["b"]


def test_a_printed_solution_that_violates_a_relation_is_rejected_by_its_name() -> None:
    values = dict.fromkeys([r"\lambda_{1}", r"\mu_{1}", "m", "p", "n"], "1") | {
        "x_{1,1}": "1",
        "z_{1,1}": "1",
        "b": "0",
    }
    mutant: Mutant[Relations] = Mutant("", RELATIONS)
    assert recheck_solution(mutant, Refuted({**values, "w_{1}": "1"})) == f"{REJECTED.latex} fails"
    assert recheck_solution(mutant, Refuted({**values, "w_{1}": "-1"})) == f"{ACCEPTED.latex} fails"


def test_the_inner_point_lies_in_the_convex_hull_of_the_outer_points() -> None:
    sides = ConvexHull(np.array(OUTSIDE, float)).equations
    assert (sides @ [*map(float, INSIDE[0]), 1]).max() < 0


def test_points_lie_on_their_sides_of_the_circle_at_the_stated_distances() -> None:
    for points, distances in ((INSIDE, INNER_DISTANCES), (OUTSIDE, OUTER_DISTANCES)):
        np.testing.assert_allclose(np.hypot(*np.array(points, float).T), np.array(distances, float), rtol=1e-15)
    assert max(INNER_DISTANCES) < 1 < min(OUTER_DISTANCES)
    assert len({*INNER_DISTANCES, *OUTER_DISTANCES}) == len(INSIDE) + len(OUTSIDE)


def test_right_coefficients_are_no_counter_example() -> None:
    values = {**{name: str(value) for name, value in COEFFICIENTS.items()}, **CLAIMS["2.i.picture"].values}
    values[r"\mu_{1}"] = "0.5"
    assert recheck_combination(Mutant("", COEFFICIENTS), Refuted(values)) == "the coefficients are right"


# ---- (ii) The distance, and the perceptron rule


def test_a_neuron_for_the_unit_circle_is_wrong_for_other_circles() -> None:
    for method in CLAIMS["2.ii.distance"].methods:
        outcome = method.check(1 - d)
        assert isinstance(outcome, Refuted)
        values = {name: float(Fraction(value)) for name, value in outcome.values.items()}
        axes = range(1, int(values["n"]) + 1)
        square = sum((values[f"x_{{{k}}}"] - values[f"c_{{{k}}}"]) ** 2 for k in axes)
        assert (1 - values["d"] >= 0) != (square <= values["r"] ** 2)


@settings(max_examples=40)
@given(st.tuples(*[st.integers(-3, 3)] * 3), st.lists(st.tuples(*[INTEGER] * 3), min_size=1, max_size=8))
def test_the_number_of_mistakes_is_within_the_bound(separator: tuple[int, ...], drawn: list[tuple[int, ...]]) -> None:
    instances = np.array([instance for instance in drawn if np.dot(separator, instance)])
    assume(len(instances))
    products = instances @ separator
    count = count_mistakes([[*map(Fraction, map(int, row))] for row in instances], np.sign(products).tolist())
    longest = int((instances**2).sum(axis=1).max())
    assert count * int(abs(products).min()) ** 2 <= longest * np.dot(separator, separator)
    assert count == mistakes_in_floats(instances, np.sign(products))


def mistakes_in_floats(instances: Any, targets: Any) -> int:
    weights, count, clean = np.zeros(instances.shape[1]), 0, False
    while not clean:
        clean = True
        for instance, target in zip(instances, targets, strict=True):
            if np.where(weights @ instance >= 0, 1, -1) != target:
                weights, count, clean = weights + target * instance, count + 1, False
    return count


def test_counter_examples_of_the_bound_are_runs_that_falsify_the_printed_inequality(results: dict[str, Result]) -> None:
    for mutant in results["2.ii.bound"].mutant_results:
        assert mutant.counter_example
        count, margin, norm, square = (Fraction(value) for value in mutant.counter_example.values.values())
        assert square == count * (margin / norm) ** 2
        assert mistakes_in_floats(float(norm) * np.eye(int(count)), -np.ones(int(count))) == count
        assert mutant.mutant.subject.subs(dict(zip(VARIABLES, (count, margin, norm, square), strict=True))) < count


def test_a_weaker_bound_is_true_and_has_no_counter_example() -> None:
    assert all(isinstance(method.check(2 * BOUND), Holds) for method in CLAIMS["2.ii.bound"].methods)
    values = {"M": "1", r"\gamma": "1", "R": "1", "U": "1"}
    doubled = Mutant("", 2 * BOUND, r"M \le \frac{2 R^{2} U}{\gamma^{2}}")
    assert recheck_run(doubled, Refuted(values)) == "the bound holds"
    assert recheck_run(doubled, Refuted({**values, "U": "2"})) == "the run on perpendicular instances has other numbers"


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("2.i.opposite", 2 * b),
        ("2.i.picture", {**COEFFICIENTS, r"\mu_{1}": Fraction(1, 3)}),
        ("2.ii.distance", radius - 2 * d),
        ("2.ii.bound", BOUND / 2),
    ],
)
def test_a_planted_error_is_found_by_every_method(name: str, planted: Any) -> None:
    result = verify_claim(replace(CLAIMS[name], subject=planted))
    assert result.verdict is Verdict.REFUTED
    assert len(result.problems) == len(result.claim.methods)


def test_the_theorem_is_about_every_number_of_points_in_every_dimension() -> None:
    assert {size.name for size in SPACE.sizes} == {"m", "p", "n"}
    outcome = CLAIMS["2.i.certificate"].methods[0].check(RELATIONS)
    assert outcome == Holds(Scope.ALL, "any number of points in any dimension")
