"""Predicates that accept the same inputs: neurons with other activations than those of exercise 1."""

from collections.abc import Callable
from typing import Any

import pytest
import sympy
import torch
from sympy import Ge, Gt, Le, Sum

from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import b, i, n, theta, w, x
from lemma.exercises.calculus.functions import sigma, varphi
from lemma.exercises.outcome import Holds, IllFormed, Refuted, Scope, Unknown
from lemma.exercises.proof.claim import Claim
from lemma.exercises.proof.equivalence import NET, Predicates, equivalence, solve_for_net
from lemma.exercises.proof.recheck import evaluate_printed
from lemma.exercises.proof.space import Space
from lemma.exercises.proof.verdict import Verdict, verify_claim

SUM = Sum(w[i] * x[i], (i, 1, n))
with unevaluated():
    AFFINE = SUM + b
SPACE = Space({w: (n,), x: (n,)}, scalars=(b,))
STATED = Ge(SUM, -b, evaluate=False)
PREDICATES = Predicates(SPACE, STATED, b)
Decide = Callable[..., torch.Tensor]


def relu_neuron(w: torch.Tensor, x: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.relu(w @ x + b + 1) >= 1


def strict_neuron(w: torch.Tensor, x: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return w @ x + b > 0


def claim(stated: Any, program: Decide = relu_neuron) -> Claim[Any]:
    return equivalence(
        claim_id="1.toy",
        title="A neuron",
        space=SPACE,
        given=sympy.Eq(varphi(AFFINE), 1, evaluate=False),
        net=AFFINE,
        stated=stated,
        program=program,
        words="torch",
        boundary=b,
    )


@pytest.mark.parametrize("stated", [STATED, Ge(3 * SUM, -3 * b, evaluate=False), Le(-SUM, b, evaluate=False)])
def test_positive_multiples_of_a_half_space_are_proved_for_every_size(stated: Any) -> None:
    result = verify_claim(claim(stated))
    assert (result.verdict, result.scope, result.problems) == (Verdict.PROVED, Scope.ALL, ())


@pytest.mark.parametrize(
    "stated", [Gt(SUM, -b, evaluate=False), Ge(-SUM, b, evaluate=False), Ge(SUM, 1 - b, evaluate=False)]
)
def test_each_method_refutes_another_set(stated: Any) -> None:
    for method in claim(STATED).methods:
        assert isinstance(method.check(stated), Refuted), method.name


def test_a_program_that_decides_otherwise_on_the_boundary_refutes_the_claim() -> None:
    result = verify_claim(claim(STATED, strict_neuron))
    assert result.verdict is Verdict.REFUTED
    assert "torch: computed no, stated yes" in result.problems[0]


@pytest.mark.parametrize("activation", [NET**2, NET**3 - NET, -sigma(NET), varphi(NET), varphi(-NET)])
def test_an_activation_that_does_not_increase_is_not_solved(activation: Any) -> None:
    assert isinstance(solve_for_net(Ge(activation, theta, evaluate=False)), Unknown)


def test_an_increasing_activation_is_solved_by_its_inverse() -> None:
    solved = solve_for_net(Ge(sigma(NET), theta, evaluate=False))
    assert float(solved.rhs.subs(theta, 0.75)) == pytest.approx(float(sympy.log(3)))


def test_counter_examples_of_z3_hold_for_the_exponential_function() -> None:
    space = Space({w: (n,), x: (n,)}, scalars=(b, theta), sigmoids=(theta,))
    with unevaluated():
        bound = sympy.log(theta / (1 - theta)) - b
    given, stated = Ge(sigma(AFFINE), theta, evaluate=False), Ge(SUM, bound, evaluate=False)
    predicates = Predicates(space, stated, b)
    assert isinstance(predicates.solve(given, stated, 2), Holds)
    refuted = 0
    for wrong in (Ge(-SUM, bound, evaluate=False), Ge(b, bound, evaluate=False), Ge(SUM, 2 * bound, evaluate=False)):
        outcome = predicates.solve(given, wrong, 2)
        assert not isinstance(outcome, Holds)
        if isinstance(outcome, Refuted):
            refuted += 1
            assert evaluate_printed(latex(given), outcome.values) != evaluate_printed(latex(wrong), outcome.values)
    assert refuted


def test_a_relation_without_a_value_is_ill_formed() -> None:
    sample = PREDICATES.samples()[0]
    with unevaluated():
        wrong = Ge(SUM, sympy.log(-(b**2)), evaluate=False)
    assert isinstance(PREDICATES.compare(sample, [True], wrong), IllFormed)
    assert isinstance(PREDICATES.compare(sample, [True], Ge(w[n + 1], b, evaluate=False)), IllFormed)


def test_a_third_of_the_instances_lies_on_the_boundary() -> None:
    for sample in PREDICATES.samples():
        on_boundary = PREDICATES.truth(sympy.Eq(SUM, -b, evaluate=False), sample)
        assert on_boundary.mean() >= 1 / 3
