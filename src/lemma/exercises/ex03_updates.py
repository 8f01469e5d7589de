"""Exercise 3 (ii): how the neuron learns, how logistic regression learns, and the error that makes them one.

The errors are functions of the output phi; the chain rule goes through phi to the weights. The index of the weight is
i, that of the sum inside phi is k: the derivative with respect to w_i has the factor x_i, of the same i.
"""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy
import torch
from sympy import Rational, Symbol, exp, log

from lemma.exercises.claim import Claim, Holds, Kind, Method, Mutant, Outcome, Step
from lemma.exercises.ex03_methods import Error, ScikitStep
from lemma.exercises.ex03_neuron import NET, derivative, ell, equal, eta, i, phi, sigma, t, w, x
from lemma.exercises.indexed import differentiate
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated

SQUARED = Error(
    Rational(1, 2) * (t - phi) ** 2,
    lambda net, target: 0.5 * torch.nn.functional.mse_loss(torch.sigmoid(net), target),
    lambda output, target: (target - output) ** 2 / 2,
)
SURPRISE = Error(  # minus the logarithm of the likelihood
    -t * log(phi) - (1 - t) * log(1 - phi),
    torch.nn.functional.binary_cross_entropy_with_logits,
    lambda output, target: -mpmath.log(output**target * (1 - output) ** (1 - target)),
)
STEP = ("its step", "wanted")  # in a counter-example to a cost
with unevaluated():
    SQUARED_RULE = eta * phi * (1 - phi) * (t - phi) * x[i]
    LIKELIHOOD_RULE = eta * (t - phi) * x[i]
CHANGE = r"\Delta w_i"
S = Symbol("s", real=True)


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims on the update rules."""
    return (_squared_error(), _log_likelihood(), _cross_entropy())


def _inner() -> tuple[Step, ...]:
    """Explain the derivative of the output, which both rules need."""
    with unevaluated():
        slope = phi * (1 - phi)
        fraction = exp(-S) / (1 + exp(-S)) ** 2
        first, second = 1 / (1 + exp(-S)), 1 - 1 / (1 + exp(-S))
    net, output = differentiate(NET, w[i]), derivative(phi)
    return (
        Step(
            r"The weight $w_i$ acts through the net input, in which it is the factor of $x_i$ alone,",
            rf"\frac{{\partial s}}{{\partial w_i}} = \frac{{\partial}}{{\partial w_i}} {latex(NET)} = {latex(x[i])}",
            (net, x[i]),
        ),
        Step(
            r"and through the sigmoid, whose derivative can be written with the output itself:",
            rf"\varphi'(s) = {latex(fraction)} = {latex(first)} \left({latex(second)}\right) = {latex(slope)}",
            (sigma(S).diff(S).subs(S, NET), fraction.subs(S, NET), (first * second).subs(S, NET), slope),
        ),
        Step(
            "Together:", rf"\frac{{\partial \varphi}}{{\partial w_i}} = {latex(slope * x[i])}", (output, slope * x[i])
        ),
    )


def _squared_error() -> Claim[Any]:
    """State the neuron's rule: with the squared error it has the factor phi (1 - phi)."""
    with unevaluated():
        error = Rational(1, 2) * (t - phi) ** 2
        chain = -eta * ((phi - t) * (phi * (1 - phi) * x[i]))
        subject = SQUARED_RULE
    return Claim(
        id="3.ii.squared-error",
        title="The neuron learns from the squared error",
        statement=(
            rf"E = {latex(error)} \implies {CHANGE} = -\eta \frac{{\partial E}}{{\partial w_i}} = "
            rf"{latex(subject)}"
        ),
        subject=subject,
        indices=(i, ell),
        equal=equal,
        mutants=(
            Mutant("logistic regression's rule", LIKELIHOOD_RULE, latex(LIKELIHOOD_RULE)),
            *mutate(subject, arrays=(w, x), indices=(i, ell)),
        ),
        steps=(
            *_inner(),
            Step(
                r"The error has the derivative $\varphi - t$ with respect to the output, and a step down it is",
                rf"{CHANGE} = {latex(chain)}",
                (-eta * derivative(SQUARED.formula), chain),
            ),
            Step("The minus turns the difference around.", rf"= {latex(subject)}", (chain, subject)),
        ),
        methods=SQUARED.methods(),
    )


def _log_likelihood() -> Claim[Any]:
    """State logistic regression's rule: without that factor."""
    with unevaluated():
        likelihood = phi**t * (1 - phi) ** (1 - t)
        logarithm = t * log(phi) + (1 - t) * log(1 - phi)
        chain = eta * (t / phi - (1 - t) / (1 - phi)) * (phi * (1 - phi) * x[i])
        apart = eta * (t * (1 - phi) - (1 - t) * phi) * x[i]
        subject = LIKELIHOOD_RULE
        slope = phi * (1 - phi) * x[i]
    return Claim(
        id="3.ii.log-likelihood",
        title="Logistic regression learns from the log-likelihood",
        statement=(
            rf"\ell = {latex(logarithm)} \implies {CHANGE} = "
            rf"\eta \frac{{\partial \ell}}{{\partial w_i}} = {latex(subject)}"
        ),
        subject=subject,
        indices=(i, ell),
        equal=equal,
        mutants=(
            Mutant("the squared error's rule", SQUARED_RULE, latex(SQUARED_RULE)),
            *mutate(subject, arrays=(w, x), indices=(i, ell)),
        ),
        steps=(
            Step(
                "An instance of the class $c_+$ has $t = 1$ and the likelihood $\\varphi$, one of $c_-$ has $t = 0$ "
                "and the likelihood $1 - \\varphi$; one formula says both. Independent instances have the product of "
                "their likelihoods, whose logarithm is a sum: its gradient is the sum of theirs, and what follows is "
                "the step of one instance. Its logarithm:",
                rf"\ell = \ln \left({latex(likelihood)}\right) = {latex(logarithm)}",
                (log(likelihood.doit()).expand(force=True), logarithm),
            ),
            Step(
                "The output's derivative is the same as before,",
                rf"\frac{{\partial \varphi}}{{\partial w_i}} = {latex(slope)}",
                (derivative(phi), slope),
            ),
            Step(
                "and a step up the gradient of the logarithm, for more likelihood, is",
                rf"{CHANGE} = {latex(chain)}",
                (eta * derivative(-SURPRISE.formula), chain),
            ),
            Step(
                r"The logarithm's derivatives bring the denominators that the sigmoid's derivative takes away,",
                rf"= {latex(apart)}",
                (chain, apart),
            ),
            Step(r"and the terms with $t \varphi$ cancel.", rf"= {latex(subject)}", (apart, subject)),
        ),
        methods=(*SURPRISE.methods(), Method("scikit-learn's own step", Kind.NUMERIC, ScikitStep())),
    )


@dataclass(frozen=True)
class Cost:
    """An error as a function of phi and t; two are the same for learning if they differ by what has no phi."""

    formula: Any


def _alike(left: Any, right: Any) -> Outcome:
    """Compare two costs by their derivatives, and the sides of a step as they are."""
    if not isinstance(left, Cost):
        return equal(left, right)
    outcome = equal(left.formula.diff(phi), right.formula.diff(phi))
    return Holds("it differs by nothing that depends on the output") if isinstance(outcome, Holds) else outcome


def _cross_entropy() -> Claim[Any]:
    """State that the cross-entropy, and no other error, makes the neuron learn as logistic regression does."""
    with unevaluated():
        cost = -t * log(phi) - (1 - t) * log(1 - phi)
        rule = LIKELIHOOD_RULE
        demand = (t - phi) / (phi * (1 - phi))
        parts = t / phi - (1 - t) / (1 - phi)
    chain = -eta * Symbol("D") * phi * (1 - phi) * x[i]
    (wanted,) = sympy.solve(sympy.Eq(chain, eta * (t - phi) * x[i]), Symbol("D"))
    return Claim(
        id="3.ii.cross-entropy",
        title="With the cross-entropy the two rules coincide, and with no other error",
        statement=(
            rf"-\eta \frac{{\partial C}}{{\partial w_i}} = {latex(rule)}\ \forall \varphi \in (0, 1) \iff "
            rf"C = {latex(cost)} + \text{{const}}(t)"
        ),
        subject=Cost(cost),
        indices=(i,),
        equal=_alike,
        mutants=tuple(
            Mutant(each.mutation, Cost(each.subject), f"C = {each.formula}") for each in mutate(cost, indices=(i,))
        ),
        steps=(
            Step(
                "Which error $C$ would lead the neuron to logistic regression's rule? The chain rule has the factors "
                r"$\varphi (1 - \varphi) x_i$ in any case, so for every $x$, and for every $\varphi$ in $(0, 1)$, "
                "since each is the output for some weights, the error must have the derivative",
                rf"-\frac{{\partial C}}{{\partial \varphi}} = {latex(demand)}",
                (-wanted, demand),
            ),
            Step("In partial fractions:", rf"= {latex(parts)}", (demand, parts)),
            Step(
                "Its integral is the cross-entropy, and two functions with the same derivative on the interval "
                "$(0, 1)$ differ by a constant. That constant may depend on $t$; the weights do not feel it.",
                rf"C = {latex(cost)} + \text{{const}}(t)",
                (Cost(-sympy.integrate(sympy.expand(parts.doit()), phi)), Cost(cost)),
            ),
            Step(
                r"It is minus the log-likelihood: to descend the one is to climb the other.",
                rf"-\eta \frac{{\partial C}}{{\partial w_i}} = {latex(rule)}",
                (-eta * derivative(SURPRISE.formula), rule),
            ),
        ),
        methods=tuple(
            Method(method.name, method.kind, partial(_train, place, rule))
            for place, method in enumerate(SURPRISE.methods())
        ),
    )


def _train(place: int, rule: Any, stated: Cost) -> Outcome:
    """Compare the steps down a stated cost with a rule, by one of the methods."""
    return _error(stated).methods()[place].check(rule)


@cache
def _error(stated: Cost) -> Error:
    """Return a stated cost as an error that torch and mpmath can compute."""

    def logarithm(value: Any) -> torch.Tensor:
        return torch.log(torch.as_tensor(value, dtype=torch.float64))

    in_torch = sympy.lambdify([phi, t], stated.formula, [{"log": logarithm}])
    in_digits = sympy.lambdify([phi, t], stated.formula, "mpmath")
    return Error(stated.formula, lambda net, target: in_torch(torch.sigmoid(net), target), in_digits, STEP)
