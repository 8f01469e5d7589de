"""Exercise 3 (ii): trained on the same data from the same weight, the two models learn different weights.

A neuron with one input and no bias sees three instances; two of them have the same input but different targets, so that
no weight fits all. With u = e^w, the outputs are rational functions of u, and so are the derivatives of the losses:
where they are 0 is found exactly.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache, partial
from typing import Any

import numpy as np
import sympy
import torch
from sympy import Rational, Symbol, log
from torch.nn.functional import binary_cross_entropy, mse_loss
from z3 import And, Implies

from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.numbers import show
from lemma.exercises.algebra.symbols import eta, i, x
from lemma.exercises.calculus.functions import logistic
from lemma.exercises.ex3.rules import CROSS_ENTROPY, LIKELIHOOD_RULE, LOG_LIKELIHOOD, SQUARED_ERROR, SQUARED_RULE, o, t
from lemma.exercises.outcome import Holds, Outcome, Refuted, Scope, first_failure
from lemma.exercises.proof.claim import Claim, Method, Mutant, Step
from lemma.exercises.proof.identity import derivation
from lemma.exercises.proof.mutants import mutate_numbers
from lemma.exercises.proof.solver import Reals, prove
from lemma.exercises.proof.space import Space

DATA = ((1, 0), (1, 1), (3, 1))  # input and target of each instance
RATE, STEPS, DRAWN = 0.25, 240, 30  # learning rate, steps of a run, steps in the figure
SQUARED, LIKELIHOOD, CROSS = "e^{w_{E}}", r"e^{w_{\ell}}", "e^{w_{C}}"  # names of the results, one for each loss
LEARNED = {SQUARED: Fraction("1.7472"), LIKELIHOOD: Fraction(2), CROSS: Fraction(2)}
ROUNDED = {SQUARED: Fraction(1, 20_000), LIKELIHOOD: Fraction(0), CROSS: Fraction(0)}  # half of the last decimal
LOSSES = {SQUARED: SQUARED_ERROR, LIKELIHOOD: -LOG_LIKELIHOOD, CROSS: CROSS_ENTROPY}
Numbers = Mapping[str, Fraction]
u = Symbol("u", positive=True)
SPACE = Space({}, scalars=(u,))


def learned_weights() -> Claim[Numbers]:
    """State the weights that the two models learn from the same data and the same start."""
    with unevaluated():
        likelihood = (2 - u) * (u**2 + 2) / (1 + u**3)
        squared = u * ((1 - u) * (1 - u + u**2) ** 3 + 3 * u**2) / (1 + u**3) ** 3
        at_two = -Rational(2, 3) * Rational(2, 9) + Rational(1, 3) * Rational(2, 9) + Rational(1, 3) * Rational(8, 81)
        outputs = (0 - u / (1 + u)) + (1 - u / (1 + u)) + 3 * (1 - u**3 / (1 + u**3))
    changes = r"\sum \left(t - o\right) x"
    smaller = r"\sum \left(t - o\right) o \left(1 - o\right) x"
    same = Mutant("the same weight for both", dict.fromkeys(LEARNED, Fraction(2)), f"{SQUARED} = {LIKELIHOOD} = 2")
    return Claim(
        id="3.ii.weights",
        title="The two models learn different weights from the same data and the same start",
        statement=r"w_{E} = \ln 1.7472\ldots = 0.5580\ldots,\quad w_{\ell} = w_{C} = \ln 2 = 0.6931\ldots",
        subject=LEARNED,
        equal=_equal,
        recheck=_recheck,
        methods=(
            Method("exact zeros of the derivatives", "sympy", partial(_compare, _find_zero, scope=Scope.ALL)),
            Method("z3: signs of the derivatives for every weight", "z3", _compare_signs),
            Method(f"{STEPS} steps of both rules", "numpy", partial(_compare, lambda name: _run(name)[-1])),
            Method(f"{STEPS} steps with torch.autograd", "torch", partial(_compare, _train)),
        ),
        mutants=(same, *mutate_numbers(LEARNED, list(LEARNED))),
        steps=(
            Step(
                "A neuron with one input and no bias starts with the weight $w = 0$ and is trained on the instances "
                r"$(x, t) = (1, 0), (1, 1), (3, 1)$; a step with $\eta = \frac{1}{4}$ adds the changes of all three. "
                "With $u = e^{w}$, the output is",
                r"o = \sigma(w x) = \frac{u^{x}}{1 + u^{x}}",
                (sum(logistic(at * log(u)) for at, _ in DATA), _total(o)),
            ),
            *derivation(
                changes,
                _total(LIKELIHOOD_RULE),
                (r"The rule of logistic regression changes the weight by $\eta$ times the following sum.", outputs),
                (
                    "It is positive for $u < 2$ and negative for $u > 2$: the log-likelihood has its maximum at "
                    r"$w_{\ell} = \ln 2$.",
                    likelihood,
                ),
            ),
            Step(
                r"At this weight the outputs are $\frac{2}{3}$, $\frac{2}{3}$ and $\frac{8}{9}$, and $(t - o) x$ is "
                r"$-\frac{2}{3}$, $\frac{1}{3}$ and $\frac{1}{3}$. The rule for the squared error still decreases the "
                r"weight, since its factor $o (1 - o)$ is smaller for the third instance.",
                rf"{smaller} = {latex(at_two)} = -\frac{{10}}{{243}}",
                (_total(SQUARED_RULE).subs(u, 2), at_two, Rational(-10, 243)),
            ),
            Step(
                r"For every weight, this sum is as follows. It is positive for $u < 1.7472\ldots$ and negative for "
                r"larger $u$: the squared error has its minimum at $w_{E} = \ln 1.7472\ldots$",
                rf"{smaller} = {latex(squared)}",
                (_total(SQUARED_RULE), squared, _descent(SQUARED)),
            ),
            Step(
                "With both rules, the new weight increases with the old one, so that no step passes the optimum, and "
                "the weight converges to it.",
                rf"\frac{{\partial}}{{\partial w}} \left(w + \eta {changes}\right) > 0,\quad "
                rf"\frac{{\partial}}{{\partial w}} \left(w + \eta {smaller}\right) > 0",
                proof=first_failure(_prove_monotonic(LIKELIHOOD), _prove_monotonic(SQUARED)),
            ),
            Step(
                "A neuron that minimises the cross-entropy changes its weight as logistic regression does, in every "
                r"step, and learns $w_{C} = w_{\ell}$.",
                rf"-\frac{{\partial C}}{{\partial w}} = {changes}",
                (_descent(CROSS), _descent(LIKELIHOOD), likelihood),
            ),
        ),
        values={
            name: " ".join(f"{weight:.6f}" for weight in _run(loss)[: DRAWN + 1])
            for name, loss in (("squared", SQUARED), ("likelihood", LIKELIHOOD))
        },
    )


def _equal(left: Any, right: Any) -> Outcome:
    """Decide whether stated results, or functions of u, are equal."""
    if isinstance(left, Mapping):
        return Holds(Scope.ALL) if left == right else Refuted(reason="the results differ")
    return SPACE.equal(left, right)


def _total(formula: Any) -> Any:
    """Return the sum of a loss or a rule over the data as a function of u, with the learning rate 1."""
    return sum(formula.subs({eta: 1, x[i]: at, t: y, o: u**at / (1 + u**at)}) for at, y in DATA)


@cache
def _descent(name: str) -> Any:
    """Return the negative derivative of a loss by w, which is -u dE/du, as a rational function of u."""
    return sympy.factor(-u * _total(LOSSES[name]).diff(u))


def _prove(formula: Any, statement: Callable[[Any, Any], Any]) -> Outcome:
    """Prove a statement about u and the numerator of a function of u for all u > 0; the denominator is positive."""
    reals = Reals(SPACE, {})
    above, below = (reals.evaluate(side).item() for side in sympy.fraction(sympy.factor(formula)))
    outcome = prove(And(below > 0, statement(reals.values[u].item(), above)), reals.assumptions(), reals.named)
    return Holds(Scope.ALL, "every weight") if isinstance(outcome, Holds) else outcome


def _prove_monotonic(name: str) -> Outcome:
    """Prove that the new weight increases with the old one."""
    return _prove(1 + Rational(RATE) * u * _descent(name).diff(u), lambda _, slope: slope > 0)


def _compare_signs(stated: Numbers) -> Outcome:
    """Prove that a step increases each smaller weight and decreases each larger one."""

    def signs(low: Fraction, high: Fraction, value: Any, step: Any) -> Any:
        return And(Implies(value < str(low), step > 0), Implies(value > str(high), step < 0))

    ends = {name: (result - ROUNDED[name], result + ROUNDED[name]) for name, result in stated.items()}
    return first_failure(*(_prove(_descent(name), partial(signs, *bounds)) for name, bounds in ends.items()))


def _compare(learn: Callable[[str], Any], stated: Numbers, scope: Scope = Scope.SAMPLES) -> Outcome:
    """Compare stated results with learned weights, with a tolerance for rounding if these are the ends of runs."""
    for name, result in stated.items():
        learned = sympy.exp(learn(name))
        if abs(learned - Rational(result)) > Rational(ROUNDED[name]) + (1e-9 if scope is Scope.SAMPLES else 0):
            return Refuted({name: show(result)}, f"{float(learned):.4f}", show(result))
    return Holds(scope, "each derivative has one zero" if scope is Scope.ALL else "one run from w = 0")


@cache
def _find_zero(name: str) -> Any:
    """Return the weight at which the derivative of a loss is 0; there is only one."""
    (zero,) = (root for root in sympy.real_roots(sympy.numer(_descent(name))) if root > 0)
    return log(zero)


@cache
def _run(name: str) -> list[float]:
    """Return the weights of a run with the rule for a loss, in numpy's words."""
    (inputs, targets), weights = np.transpose(DATA), [0.0]
    for _ in range(STEPS):
        outputs = 1 / (1 + np.exp(-weights[-1] * inputs))
        factors = outputs * (1 - outputs) if name == SQUARED else 1
        weights.append(weights[-1] + RATE * float((targets - outputs) * factors @ inputs))
    return weights


@cache
def _train(name: str) -> float:
    """Return the weight after training with torch's loss and gradients."""
    inputs, targets = torch.tensor(DATA).double().T
    losses: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        SQUARED: lambda net: mse_loss(net.sigmoid(), targets, reduction="sum") / 2,
        LIKELIHOOD: lambda net: -torch.where(targets == 1, net.sigmoid(), (-net).sigmoid()).prod().log(),
        CROSS: lambda net: binary_cross_entropy(net.sigmoid(), targets, reduction="sum"),
    }
    weight = torch.zeros((), dtype=torch.float64, requires_grad=True)
    for _ in range(STEPS):
        (slope,) = torch.autograd.grad(losses[name](weight * inputs), weight)
        with torch.no_grad():
            weight -= RATE * slope
    return weight.item()


def _recheck(mutant: Mutant[Numbers], example: Refuted) -> str:
    """Return why the printed results do not falsify a mutant, by the signs of the changes next to them."""
    ((name, stated),) = example.values.items()

    def change(value: float) -> float:
        outputs = [(at, y, value**at / (1 + value**at)) for at, y in DATA]
        return sum((y - p) * (p * (1 - p) if name == SQUARED else 1) * at for at, y, p in outputs)

    near = [change(float(value) - 6e-5) > 0 > change(float(value) + 6e-5) for value in (example.computed, stated)]
    return "" if near == [True, False] else f"{example.computed} is not the optimum, or {stated} is"
