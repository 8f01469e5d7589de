"""Exercise 4: the numbers of a training step are proved and are those of NumPy; an error in any program is found."""

from fractions import Fraction

import numpy as np
import pytest

from lemma.exercises import ex4
from lemma.exercises.outcome import Holds, Refuted, Scope
from lemma.exercises.proof import computation
from lemma.exercises.proof.verdict import Result, Verdict, verify_claim
from lemma.exercises.tracing import backpropagation

CLAIMS = {claim.id: claim for part in ex4.parts() for claim in part.claims}
ENGINE, TORCH, SOLVER = range(3)


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {name: verify_claim(claim) for name, claim in CLAIMS.items()}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_numbers_are_proved_and_every_false_number_is_refuted(results: dict[str, Result], name: str) -> None:
    result = results[name]
    assert (result.verdict, result.scope, result.problems) == (Verdict.PROVED, Scope.ALL, ())
    false = [mutant for mutant in result.mutant_results if not (mutant.equivalent or mutant.ill_formed)]
    assert len(false) > 60
    assert all(len(mutant.refuted_by) == len(CLAIMS[name].methods) for mutant in false)


def test_a_changed_number_is_equivalent_only_if_it_changes_no_answer(results: dict[str, Result]) -> None:
    """Neurons 3 and 4 have the same output, so their weights may be exchanged; an input of 2 has the output of 1."""
    equivalent = {mutant.mutant.formula for mutant in results["4.forward"].mutant_results if mutant.equivalent}
    assert equivalent == {
        r"w_{3,6} = 1,\quad w_{4,6} = -1",
        *(f"x_{{{i}}} = {value}" for i in (1, 2) for value in (0, 2)),
    }


def test_a_learning_rate_that_is_not_positive_has_no_meaning(results: dict[str, Result]) -> None:
    ill_formed = {mutant.mutant.formula for mutant in results["4.update"].mutant_results if mutant.ill_formed}
    assert ill_formed == {r"\eta = -0.1", r"\eta = -0.9", r"t = 0.1,\quad \eta = -1"}


def test_output_deltas_and_weights_are_those_of_matrices_in_numpy() -> None:
    first, second = np.array([[1, -2, 1], [-2, 1, 1]]), np.array([-1, 1, 2])  # row i, column j
    x, t, eta = np.array([1, 1]), -1, 0.1
    hidden = np.where(x @ first >= 0, 1, -1)
    y = 1 if hidden @ second >= 0 else -1
    hidden_deltas = second * (t - y)
    updated = [*(first + eta * np.outer(x, hidden_deltas)).ravel(), *(second + eta * (t - y) * hidden)]
    assert ex4.FORWARD["y"] == y
    assert [ex4.DELTAS[rf"\delta_{{{j}}}"] for j in range(1, 7)] == [*(first @ hidden_deltas), *hidden_deltas, t - y]
    np.testing.assert_allclose([float(ex4.UPDATE[f"w'_{{{i},{j}}}"]) for i, j in ex4.EDGES], updated)
    nets = x @ np.reshape(updated[:6], (2, 3))
    net = np.where(nets >= 0, 1, -1) @ updated[6:]
    np.testing.assert_allclose([float(ex4.AFTER[f"s'_{{{j}}}"]) for j in range(3, 7)], [*nets, net])
    assert ex4.AFTER["y'"] == (1 if net >= 0 else -1)


@pytest.mark.parametrize("method", [ENGINE, TORCH, SOLVER])
def test_each_method_refutes_a_wrong_answer(method: int) -> None:
    claim = CLAIMS["4.forward"]
    assert isinstance(claim.methods[method].check(claim.subject), Holds)
    outcome = claim.methods[method].check({**claim.subject, "s_{6}": Fraction(1)})
    assert isinstance(outcome, Refuted)
    assert (outcome.reason, outcome.computed, outcome.stated) == ("the value of $s_{6}$", "2", "1")


def test_a_wrong_weight_is_refuted_with_the_numbers_that_follow_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ex4.GIVEN, "w_{1,3}", Fraction(2))
    first, second, _ = ex4.parts()
    problems = [verify_claim(claim).problems[0] for claim in (first.claims[0], second.claims[1])]
    assert "the value of $s_{3}$, computed 0, stated -1, w_{1,3} = 2" in problems[0]
    assert "the value of $w'_{1,3}$, computed 2.2, stated 1.2" in problems[1]


def check_with_each_method(name: str) -> list[bool]:
    (claim,) = (claim for part in ex4.parts() for claim in part.claims if claim.id == name)
    return [isinstance(method.check(claim.subject), Holds) for method in claim.methods]


def test_an_error_in_the_activation_of_the_rules_is_found_by_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(computation.STEP_FUNCTIONS, "varphi", 0)
    assert check_with_each_method("4.forward") == [True, True, False]


def test_an_error_in_the_engine_is_found_by_torch_and_z3(monkeypatch: pytest.MonkeyPatch) -> None:
    original = backpropagation._propagate_back
    monkeypatch.setattr(
        backpropagation,
        "_propagate_back",
        lambda *arguments: {name: -delta for name, delta in original(*arguments).items()},
    )
    assert check_with_each_method("4.deltas") == [False, True, True]


def test_an_error_in_torch_is_found_by_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ex4, "_sign", lambda net: net)
    assert check_with_each_method("4.update") == [True, False, True]
