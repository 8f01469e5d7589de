"""The slope of the sigmoid, on which the rules of backpropagation rest."""

from typing import Any

import sympy
from sympy import Symbol

from lemma.exercises.chain import logistic, sigma
from lemma.exercises.claim import Claim, Kind, Method, Outcome, Step
from lemma.exercises.ex06_machines import derivative_samples
from lemma.exercises.indexed import Space
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.witness import differentiation_methods


def sigmoid_slope() -> Claim[Any]:
    """State that the slope of a sigmoid is its output times one minus its output."""
    net = Symbol("s", real=True)
    space = Space({}, {}, (net,))
    with unevaluated():
        subject = sigma(net) * (1 - sigma(net))
        quotient = sympy.exp(-net) / (1 + sympy.exp(-net)) ** 2
        split = logistic(net) * (1 - logistic(net))

    def equal(left: Any, right: Any) -> Outcome:
        return space.equal(*(side.replace(sigma, logistic) for side in (left, right)))

    derivative = logistic(net).diff(net)
    return Claim(
        id="6.sigmoid",
        title="The slope of a sigmoid",
        statement=rf"\frac{{d \sigma(s)}}{{d s}} = {latex(subject)}",
        subject=subject,
        equal=equal,
        mutants=mutate(subject, split, quotient),
        steps=(
            Step(
                r"$\sigma(s)$ is $\frac{1}{1 + e^{-s}}$; differentiate the reciprocal.",
                r"\frac{d \sigma(s)}{d s} = \frac{e^{-s}}{(1 + e^{-s})^2}",
                (derivative, quotient),
            ),
            Step(
                r"Split it: $1 - \sigma(s)$ is $\frac{e^{-s}}{1 + e^{-s}}$.",
                r"= \frac{1}{1 + e^{-s}} \left(1 - \frac{1}{1 + e^{-s}}\right) = \sigma(s) (1 - \sigma(s))",
                (quotient, split, subject),
            ),
        ),
        methods=(
            Method("SymPy's derivative", Kind.SYMBOLIC, lambda subject: equal(derivative, subject)),
            *differentiation_methods(lambda gradient_of: derivative_samples(net, gradient_of), {}),
        ),
    )
