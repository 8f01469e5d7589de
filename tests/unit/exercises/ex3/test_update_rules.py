"""Exercise 3: claims are proved, planted errors are found, and independent computations give the same answers."""

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pypdf import PdfReader
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from lemma.exercises import ex3
from lemma.exercises.algebra.evaluate import evaluate
from lemma.exercises.algebra.symbols import eta, i, n, w, x
from lemma.exercises.ex3 import rules, training
from lemma.exercises.ex3.rules import LIKELIHOOD_RULE, SQUARED_RULE, o, t
from lemma.exercises.ex3.training import CROSS, DATA, LEARNED, LIKELIHOOD, SQUARED
from lemma.exercises.outcome import Holds, Refuted, Scope
from lemma.exercises.proof.claim import Claim
from lemma.exercises.proof.verdict import Result, Verdict, verify_claim
from lemma.report import typeset

CLAIMS: dict[str, Claim[Any]] = {claim.id: claim for part in ex3.parts() for claim in part.claims}
ROOT = Path(__file__).parents[4]
INPUTS, TARGETS = np.transpose(DATA)


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
    assert len(mutants) >= 10
    assert all(mutant.refuted_by and mutant.counter_example for mutant in mutants)


def test_the_answer_says_which_student_is_right_and_when() -> None:
    function, learning = (part.answer for part in ex3.parts())
    assert "the first student is right" in function
    assert "squared error, the second student is right" in learning
    assert "cross-entropy" in learning
    assert "the first student is right" in learning


def compute_loss(outputs: Any, targets: Any, cross_entropy: bool) -> Any:
    if cross_entropy:
        return -(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs)).sum()
    return ((targets - outputs) ** 2).sum() / 2


@pytest.mark.parametrize(("rule", "cross_entropy"), [(SQUARED_RULE, False), (LIKELIHOOD_RULE, True)])
def test_the_rules_are_steps_against_central_differences(rule: Any, cross_entropy: bool) -> None:
    random = np.random.default_rng(3)
    for size in (1, 2, 5):
        weights, inputs, (target, rate) = random.normal(size=size), random.normal(size=size), random.random(2)
        output = 1 / (1 + np.exp(-weights @ inputs))
        arrays = {w: weights[None], x: inputs[None], o: [output], t: [target], eta: [rate]}
        stated = evaluate(rule, {n: size}, arrays, {i: n})[0]
        for place, moved in enumerate(1e-5 * np.eye(size)):
            up, down = (
                compute_loss(1 / (1 + np.exp(-(weights + sign * moved) @ inputs)), target, cross_entropy)
                for sign in (1, -1)
            )
            assert stated[place] == pytest.approx(-rate * (up - down) / 2e-5, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(("name", "cross_entropy"), [(SQUARED, False), (LIKELIHOOD, True), (CROSS, True)])
def test_the_learned_weights_minimise_the_losses(name: str, cross_entropy: bool) -> None:
    minimum = minimize_scalar(lambda weight: compute_loss(1 / (1 + np.exp(-weight * INPUTS)), TARGETS, cross_entropy))
    assert np.exp(minimum.x) == pytest.approx(float(LEARNED[name]), abs=6e-5)


def test_scikit_learns_the_stated_weight_of_logistic_regression() -> None:
    model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10).fit(INPUTS[:, None], TARGETS)
    assert model.coef_.item() == pytest.approx(np.log(2), abs=1e-6)


def test_the_data_cannot_be_separated() -> None:
    """Two instances have the same input and different targets."""
    assert len({target for value, target in DATA if value == INPUTS[0]}) == 2


def test_a_weight_that_is_wrong_in_its_last_decimal_is_refuted_by_every_method() -> None:
    claim = CLAIMS["3.ii.weights"]
    wrong = {**LEARNED, SQUARED: Fraction("1.7473")}
    assert [type(method.check(wrong)) for method in claim.methods] == [Refuted] * 4
    almost = {**LEARNED, LIKELIHOOD: Fraction("2.000001")}
    assert [type(method.check(almost)) for method in claim.methods] == [Refuted] * 4


def test_a_printed_result_that_is_no_optimum_is_no_counter_example() -> None:
    claim = CLAIMS["3.ii.weights"]
    assert claim.recheck is not None
    mutant = claim.mutants[0]
    assert claim.recheck(mutant, Refuted({SQUARED: "2"}, "1.7472", "2")) == ""
    assert claim.recheck(mutant, Refuted({SQUARED: "2"}, "1.9", "2")) != ""
    assert claim.recheck(mutant, Refuted({LIKELIHOOD: "2"}, "2", "2")) != ""


def test_the_runs_of_the_figure_start_at_0_and_approach_different_weights() -> None:
    runs = {name: [float(weight) for weight in text.split()] for name, text in CLAIMS["3.ii.weights"].values.items()}
    assert {weights[0] for weights in runs.values()} == {0}
    assert len(runs["squared"]) == len(runs["likelihood"])
    assert runs["likelihood"][-1] == pytest.approx(np.log(2), abs=1e-3)
    assert 0.5 < runs["squared"][-1] < 0.558


def test_a_learning_rate_that_is_too_large_is_found_not_to_be_monotonic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "RATE", 1.0)
    (step,) = (step for step in training.learned_weights().steps if step.proof)
    assert isinstance(step.proof, Refuted)


def test_a_method_finds_a_loss_that_is_twice_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """SymPy, z3 and the complex step use the wrong formula; torch and the steps of the derivation do not."""
    monkeypatch.setattr(rules, "SQUARED_ERROR", (t - o) ** 2)
    monkeypatch.setattr(rules, "SQUARED_RULE", 2 * SQUARED_RULE)
    result = verify_claim(rules.squared_error())
    assert result.verdict is Verdict.REFUTED
    assert [type(outcome) for outcome in result.outcomes] == [Holds, Holds, Holds, Refuted]
    assert result.problems[0].startswith("mse_loss of the sigmoid, and autograd: computed")


@pytest.mark.parametrize("planted", [eta * o * (o - 1) * (t - o) * x[i], eta * o * (t - o) * x[i]])
def test_an_error_planted_in_the_rule_refutes_every_method_and_a_step(
    monkeypatch: pytest.MonkeyPatch, planted: Any
) -> None:
    monkeypatch.setattr(rules, "SQUARED_RULE", planted)
    result = verify_claim(rules.squared_error())
    assert result.verdict is Verdict.REFUTED
    assert all(isinstance(outcome, Refuted) for outcome in result.outcomes)
    assert any(problem.startswith("step 2") for problem in result.problems)


def test_logistic_regression_with_other_odds_is_refuted() -> None:
    claim = CLAIMS["3.i.ratio"]
    result = verify_claim(replace(claim, subject=1 - claim.subject))
    assert result.verdict is Verdict.REFUTED
    assert all(isinstance(outcome, Refuted) for outcome in result.outcomes)


def test_the_figure_is_drawn_from_the_values_of_the_claim(tmp_path: Path) -> None:
    template, pdf = tmp_path / "page.typ", tmp_path / "page.pdf"
    shutil.copy(ROOT / "reports/style.typ", tmp_path)
    shutil.copytree(ROOT / "reports/solutions", tmp_path / "solutions")
    template.write_text('#import "solutions/ex03.typ": *\n#figure-ex03(json(bytes(sys.inputs.data)))', "utf-8")
    typeset.compile(template, {"3.ii.weights": dict(CLAIMS["3.ii.weights"].values)}, {}, pdf)
    assert "log-likelihood, to ln 2" in PdfReader(pdf).pages[0].extract_text().replace("\n", " ")
