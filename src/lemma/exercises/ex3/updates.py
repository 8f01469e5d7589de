"""Exercise 3 (ii): the update rules of the neuron and of logistic regression, and the error for which they coincide.

The errors are functions of the output phi; the chain rule leads from phi to the weights. The weight has the index i,
the sum inside phi the index k: the derivative with respect to w_i has the factor x_i.
"""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy
import torch
from sympy import Rational, Symbol, exp, log

from lemma.exercises.claim import Claim, Holds, Kind, Method, Mutant, Outcome, Step
from lemma.exercises.ex3.methods import Error, ScikitStep
from lemma.exercises.ex3.neuron import NET, derivative, ell, equal, eta, i, phi, sigma, t, w, x
from lemma.exercises.indexed import differentiate
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated

SQUARED = Error(
    Rational(1, 2) * (t - phi) ** 2,
    lambda net, target: 0.5 * torch.nn.functional.mse_loss(torch.sigmoid(net), target),
    lambda output, target: (target - output) ** 2 / 2,
)
CROSS_ENTROPY = Error(  # negative log-likelihood
    -t * log(phi) - (1 - t) * log(1 - phi),
    torch.nn.functional.binary_cross_entropy_with_logits,
    lambda output, target: -mpmath.log(output**target * (1 - output) ** (1 - target)),
)
STEP = ("gradient step", "wanted step")  # names in a counter-example to an error function
with unevaluated():
    SQUARED_RULE = eta * phi * (1 - phi) * (t - phi) * x[i]
    LIKELIHOOD_RULE = eta * (t - phi) * x[i]
CHANGE = r"\Delta w_i"
S = Symbol("s", real=True)


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims on the update rules."""
    return (_squared_error(), _log_likelihood(), _cross_entropy())


def _inner() -> tuple[Step, ...]:
    """Return the derivation of the derivative of the output, which both rules use."""
    with unevaluated():
        output_derivative = phi * (1 - phi)
        fraction = exp(-S) / (1 + exp(-S)) ** 2
        first, second = 1 / (1 + exp(-S)), 1 - 1 / (1 + exp(-S))
    net, output = differentiate(NET, w[i]), derivative(phi)
    return (
        Step(
            r"The error depends on $w_i$ through the net input, in which $w_i$ is the coefficient of $x_i$,",
            rf"\frac{{\partial s}}{{\partial w_i}} = \frac{{\partial}}{{\partial w_i}} {latex(NET)} = {latex(x[i])}",
            (net, x[i]),
        ),
        Step(
            r"and through the sigmoid, whose derivative can be expressed by its output:",
            rf"\varphi'(s) = {latex(fraction)} = {latex(first)} \left({latex(second)}\right) = "
            f"{latex(output_derivative)}",
            (sigma(S).diff(S).subs(S, NET), fraction.subs(S, NET), (first * second).subs(S, NET), output_derivative),
        ),
        Step(
            "By the chain rule:",
            rf"\frac{{\partial \varphi}}{{\partial w_i}} = {latex(output_derivative * x[i])}",
            (output, output_derivative * x[i]),
        ),
    )


def _squared_error() -> Claim[Any]:
    """State the update rule of the neuron for the squared error, with the factor phi (1 - phi)."""
    with unevaluated():
        error = Rational(1, 2) * (t - phi) ** 2
        chain = -eta * ((phi - t) * (phi * (1 - phi) * x[i]))
        subject = SQUARED_RULE
    return Claim(
        id="3.ii.squared-error",
        title="Update rule for the squared error",
        statement=(
            rf"E = {latex(error)} \implies {CHANGE} = -\eta \frac{{\partial E}}{{\partial w_i}} = "
            rf"{latex(subject)}"
        ),
        subject=subject,
        indices=(i, ell),
        equal=equal,
        mutants=(
            Mutant("the rule of logistic regression", LIKELIHOOD_RULE, latex(LIKELIHOOD_RULE)),
            *mutate(subject, arrays=(w, x), indices=(i, ell)),
        ),
        steps=(
            *_inner(),
            Step(
                r"The derivative of the error with respect to the output is $\varphi - t$. A step of gradient descent "
                r"is",
                rf"{CHANGE} = {latex(chain)}",
                (-eta * derivative(SQUARED.formula), chain),
            ),
            Step("The sign reverses the difference.", rf"= {latex(subject)}", (chain, subject)),
        ),
        methods=SQUARED.methods(),
    )


def _log_likelihood() -> Claim[Any]:
    """State the update rule of logistic regression, without the factor phi (1 - phi)."""
    with unevaluated():
        likelihood = phi**t * (1 - phi) ** (1 - t)
        logarithm = t * log(phi) + (1 - t) * log(1 - phi)
        chain = eta * (t / phi - (1 - t) / (1 - phi)) * (phi * (1 - phi) * x[i])
        apart = eta * (t * (1 - phi) - (1 - t) * phi) * x[i]
        subject = LIKELIHOOD_RULE
        output_derivative = phi * (1 - phi) * x[i]
    return Claim(
        id="3.ii.log-likelihood",
        title="Update rule for the log-likelihood",
        statement=(
            rf"\ell = {latex(logarithm)} \implies {CHANGE} = "
            rf"\eta \frac{{\partial \ell}}{{\partial w_i}} = {latex(subject)}"
        ),
        subject=subject,
        indices=(i, ell),
        equal=equal,
        mutants=(
            Mutant("the rule for the squared error", SQUARED_RULE, latex(SQUARED_RULE)),
            *mutate(subject, arrays=(w, x), indices=(i, ell)),
        ),
        steps=(
            Step(
                "An instance of class $c_+$ has $t = 1$ and the likelihood $\\varphi$, an instance of $c_-$ has $t = "
                "0$ and the likelihood $1 - \\varphi$; both are covered by one formula. The likelihood of independent "
                "instances is a product, so its logarithm is a sum, and the gradient is the sum of the gradients of "
                "single instances. The log-likelihood of one instance is",
                rf"\ell = \ln \left({latex(likelihood)}\right) = {latex(logarithm)}",
                (log(likelihood.doit()).expand(force=True), logarithm),
            ),
            Step(
                "The derivative of the output is as before,",
                rf"\frac{{\partial \varphi}}{{\partial w_i}} = {latex(output_derivative)}",
                (derivative(phi), output_derivative),
            ),
            Step(
                "and a step of gradient ascent on the log-likelihood is",
                rf"{CHANGE} = {latex(chain)}",
                (eta * derivative(-CROSS_ENTROPY.formula), chain),
            ),
            Step(
                r"The denominators from the logarithms cancel with the derivative of the sigmoid,",
                rf"= {latex(apart)}",
                (chain, apart),
            ),
            Step(r"and the terms with $t \varphi$ cancel.", rf"= {latex(subject)}", (apart, subject)),
        ),
        methods=(*CROSS_ENTROPY.methods(), Method("step of scikit-learn's SGDClassifier", Kind.NUMERIC, ScikitStep())),
    )


@dataclass(frozen=True)
class Cost:
    """An error as a function of phi and t; two are equivalent if their difference does not depend on phi."""

    formula: Any


def _alike(left: Any, right: Any) -> Outcome:
    """Compare two errors by their derivatives with respect to phi, and other expressions directly."""
    if not isinstance(left, Cost):
        return equal(left, right)
    outcome = equal(left.formula.diff(phi), right.formula.diff(phi))
    return Holds("the difference does not depend on the output") if isinstance(outcome, Holds) else outcome


def _cross_entropy() -> Claim[Any]:
    """State that the cross-entropy, and no other error, gives the update rule of logistic regression."""
    with unevaluated():
        cost = -t * log(phi) - (1 - t) * log(1 - phi)
        rule = LIKELIHOOD_RULE
        demand = (t - phi) / (phi * (1 - phi))
        parts = t / phi - (1 - t) / (1 - phi)
    chain = -eta * Symbol("D") * phi * (1 - phi) * x[i]
    (wanted,) = sympy.solve(sympy.Eq(chain, eta * (t - phi) * x[i]), Symbol("D"))
    return Claim(
        id="3.ii.cross-entropy",
        title="The two rules coincide if and only if the error is the cross-entropy",
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
                "Which error $C$ gives the rule of logistic regression? By the chain rule its gradient has the factors "
                r"$\varphi (1 - \varphi) x_i$. Every $\varphi$ in $(0, 1)$ is the output for some weights, so for "
                r"every $x$ and every such $\varphi$ the derivative of the error must be",
                rf"-\frac{{\partial C}}{{\partial \varphi}} = {latex(demand)}",
                (-wanted, demand),
            ),
            Step("In partial fractions:", rf"= {latex(parts)}", (demand, parts)),
            Step(
                "Its integral is the cross-entropy, and two functions with the same derivative on the interval "
                "$(0, 1)$ differ by a constant. The constant may depend on $t$ and does not affect the gradient.",
                rf"C = {latex(cost)} + \text{{const}}(t)",
                (Cost(-sympy.integrate(sympy.expand(parts.doit()), phi)), Cost(cost)),
            ),
            Step(
                r"It is the negative log-likelihood: descent on one is ascent on the other.",
                rf"-\eta \frac{{\partial C}}{{\partial w_i}} = {latex(rule)}",
                (-eta * derivative(CROSS_ENTROPY.formula), rule),
            ),
        ),
        methods=tuple(
            Method(method.name, method.kind, partial(_train, place, rule))
            for place, method in enumerate(CROSS_ENTROPY.methods())
        ),
    )


def _train(place: int, rule: Any, stated: Cost) -> Outcome:
    """Compare gradient steps on a stated error with a rule, by one of the methods."""
    return _error(stated).methods()[place].check(rule)


@cache
def _error(stated: Cost) -> Error:
    """Return a stated error in a form that torch and mpmath can evaluate."""

    def logarithm(value: Any) -> torch.Tensor:
        return torch.log(torch.as_tensor(value, dtype=torch.float64))

    in_torch = sympy.lambdify([phi, t], stated.formula, [{"log": logarithm}])
    in_digits = sympy.lambdify([phi, t], stated.formula, "mpmath")
    return Error(stated.formula, lambda net, target: in_torch(torch.sigmoid(net), target), in_digits, STEP)
