"""Exercise 3: claims are proved, planted errors are refuted, and an independent NumPy computation agrees."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pypdf import PdfReader
from sympy import exp, log

from lemma.exercises import ex3
from lemma.exercises.claim import Claim, Holds, Refuted, Result, Verdict, verify_claim
from lemma.exercises.ex3 import digits, neuron, saturation, updates
from lemma.exercises.ex3.curves import Curve
from lemma.exercises.ex3.falling import Falling
from lemma.exercises.ex3.methods import Witness
from lemma.exercises.ex3.neuron import NET, ell, equal, eta, i, instances, n, phi, t, w, x
from lemma.exercises.notation import latex
from lemma.exercises.verify import to_record
from lemma.report import typeset

Typeset = Callable[[str, Mapping[str, Result]], bytes]
CLAIMS = {claim.id: claim for claim in ex3.claims()}
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
    assert len(result.mutant_results) >= 10
    assert all(trial.refuted_by and trial.counter_example for trial in result.mutant_results if not trial.equivalent)


def test_both_parts_have_claims_and_each_claim_has_methods_of_three_kinds() -> None:
    assert {".".join(name.split(".")[:2]) for name in CLAIMS} == {"3.i", "3.ii"}
    assert all(len({method.kind for method in claim.methods}) >= 3 for claim in CLAIMS.values())


def test_records_are_reproducible(results: dict[str, Result]) -> None:
    again = next(claim for claim in ex3.claims() if claim.id == "3.ii.peak")
    assert to_record(verify_claim(again)) == to_record(results["3.ii.peak"])


def test_every_formula_can_be_typeset(results: dict[str, Result], typeset_formulas: Typeset) -> None:
    assert typeset_formulas(ex3.TASK, results).startswith(b"%PDF")


def test_the_figure_is_drawn_from_the_values_of_the_claim(tmp_path: Path) -> None:
    template, pdf = tmp_path / "page.typ", tmp_path / "page.pdf"
    shutil.copy(ROOT / "reports/style.typ", tmp_path)
    shutil.copytree(ROOT / "reports/solutions", tmp_path / "solutions")
    template.write_text('#import "solutions/ex03.typ": *\n#figure-ex03(json(bytes(sys.inputs.data)))', "utf-8")
    typeset.compile(template, {"3.ii.peak": dict(CLAIMS["3.ii.peak"].values)}, {}, pdf)
    assert "log-likelihood" in PdfReader(pdf).pages[0].extract_text().replace("\n", " ")


def test_the_numbers_of_the_figure_are_what_numpy_computes() -> None:
    values = {name: np.array(text.split(), float) for name, text in saturation.figure().items()}
    output = 1 / (1 + np.exp(-values["net"]))
    np.testing.assert_allclose(values["squared"], output * (1 - output) ** 2, atol=6e-7)
    np.testing.assert_allclose(values["likelihood"], 1 - output, atol=6e-7)
    fine = np.linspace(-3, 3, 600001)
    sizes = 1 / (1 + np.exp(-fine)) * (1 - 1 / (1 + np.exp(-fine))) ** 2
    np.testing.assert_allclose(values["peak"], fine[sizes.argmax()], atol=1e-4)
    np.testing.assert_allclose(sizes.max(), 4 / 27, atol=1e-9)


def numpy_step(instance: Any, cross_entropy: bool) -> float:
    """Return a step of gradient descent by the complex-step method."""
    size, here = instance.integers[n], instance.integers[i] - 1
    weights = np.array([complex(instance.entries[w[place]]) for place in range(1, size + 1)])
    inputs = np.array([float(instance.entries[x[place]]) for place in range(1, size + 1)])
    weights[here] += 1e-30j
    output, target = 1 / (1 + np.exp(-weights @ inputs)), float(instance.entries[t])
    error = (
        -target * np.log(output) - (1 - target) * np.log(1 - output) if cross_entropy else (target - output) ** 2 / 2
    )
    return float(-float(instance.entries[eta]) * error.imag / 1e-30)


@pytest.mark.parametrize(("name", "cross_entropy"), [("3.ii.squared-error", False), ("3.ii.log-likelihood", True)])
def test_the_stated_rules_agree_with_numpy(name: str, cross_entropy: bool) -> None:
    for instance in instances(3, seed=11):
        stated = float(neuron.value(instance, CLAIMS[name].subject))
        assert stated == pytest.approx(numpy_step(instance, cross_entropy), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("planted", [eta * phi * (phi - 1) * (t - phi) * x[i], eta * phi * (t - phi) * x[i]])
def test_an_error_planted_in_the_rule_refutes_the_claim(monkeypatch: pytest.MonkeyPatch, planted: Any) -> None:
    monkeypatch.setattr(updates, "SQUARED_RULE", planted)
    result = verify_claim(next(claim for claim in updates.claims() if claim.id == "3.ii.squared-error"))
    assert result.verdict is Verdict.REFUTED
    assert result.problems[0].startswith("SymPy's derivative, any number of features: computed = ")
    assert any(problem.startswith("step 5") for problem in result.problems)


def test_an_error_planted_in_the_error_function_refutes_the_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "SQUARED", replace(updates.SQUARED, formula=(t - phi) ** 2))
    result = verify_claim(next(claim for claim in updates.claims() if claim.id == "3.ii.squared-error"))
    assert result.verdict is Verdict.REFUTED
    assert any(problem.startswith("SymPy's derivative") for problem in result.problems)


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("3.ii.ratio", {"r_{\\max}": Fraction(1, 3)}, "value at this point = 0.25 (stated 1/3)"),
        ("3.ii.peak", {"\\varphi_{\\max}": Fraction(1, 2), "q_{\\max}": Fraction(1, 8)}, "larger = "),
        ("3.ii.gap", {"g_{0}": Fraction(0)}, "g_{0} = 1 (stated 0)"),
    ],
)
def test_a_wrong_number_is_refuted_with_the_correct_value(name: str, changes: dict[str, Fraction], words: str) -> None:
    claim: Claim[Any] = CLAIMS[name]
    result = verify_claim(replace(claim, subject={**claim.subject, **changes}))
    assert result.verdict is Verdict.REFUTED
    assert len(result.problems) == len(claim.methods)
    assert words in result.problems[0]


def test_only_the_cross_entropy_gives_the_update_of_logistic_regression() -> None:
    claim = CLAIMS["3.ii.cross-entropy"]
    shifted = updates.Cost(claim.subject.formula + t**2)
    assert isinstance(claim.equal(claim.subject, shifted), Holds), "a term without phi moves no weight"
    assert all(isinstance(method.check(shifted), Holds) for method in claim.methods)
    squared = updates.Cost((t - phi) ** 2 / 2)
    assert isinstance(claim.equal(claim.subject, squared), Refuted)
    assert all(isinstance(method.check(squared), Refuted) for method in claim.methods)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (exp(NET) / (1 + exp(NET)), phi),
        (1 - phi, 1 / (1 + exp(NET))),
        (log(phi / (1 - phi)), NET),
        (phi * (1 - phi), exp(-NET) / (1 + exp(-NET)) ** 2),
    ],
)
def test_equal_expressions_are_proved_equal_for_any_number_of_features(left: Any, right: Any) -> None:
    outcome = equal(left, right)
    assert isinstance(outcome, Holds)
    assert "every" in outcome.detail


def test_a_difference_for_two_features_is_refuted_with_two_features() -> None:
    outcome = equal(phi * x[i], phi * x[ell])
    assert isinstance(outcome, Refuted)
    assert outcome.counter_example["n"] == "2"


def test_a_counter_example_contains_only_relevant_values() -> None:
    outcome = equal(phi, 1 - phi)
    assert isinstance(outcome, Refuted)
    assert set(outcome.counter_example) == {"left", "right", "n", "i", "w_{1}", "x_{1}"}


def test_a_formula_without_a_real_value_is_refuted() -> None:
    with pytest.raises(ValueError, match="no real value"):
        digits.value(instances(1)[0], log(-eta), {})
    assert isinstance(equal(log(-phi), phi), Refuted)
    assert isinstance(Witness(lambda _: 1.0)(log(-phi)), Refuted)


def test_a_wrong_maximum_is_refuted_with_a_larger_value() -> None:
    curve = Curve(phi**2 * (1 - phi), "f")
    stated = {curve.top: Fraction(4, 27), curve.at: Fraction(1, 3), "f_{0}": Fraction(0), "f_{1}": Fraction(0)}
    assert all(isinstance(method.check(stated), Refuted) for method in curve.methods())
    stated[curve.at] = Fraction(2, 3)
    assert all(isinstance(method.check(stated), Holds) for method in curve.methods())


def test_a_curve_with_an_extremum_is_not_monotonic() -> None:
    curve = Falling(phi * (1 - phi), "f")
    stated = {"f_{0}": Fraction(0), "f_{1}": Fraction(0), curve.sign: Fraction(-1)}
    outcomes = [method.check(stated) for method in curve.methods()]
    assert all(isinstance(outcome, Refuted) for outcome in outcomes)


def test_the_printed_formulas_are_the_checked_formulas() -> None:
    for name in ("3.ii.squared-error", "3.ii.log-likelihood"):
        assert CLAIMS[name].statement.endswith(latex(CLAIMS[name].subject))
