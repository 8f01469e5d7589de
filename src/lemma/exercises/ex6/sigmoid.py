"""The derivative of the sigmoid, which the rules of backpropagation use."""

from typing import Any

import sympy
from sympy import Symbol

from lemma.exercises.chain import logistic, sigma
from lemma.exercises.claim import Claim, Kind, Method, Outcome, Step
from lemma.exercises.ex6.machines import derivative_samples
from lemma.exercises.indexed import Space
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.witness import differentiation_methods


def sigmoid_derivative() -> Claim[Any]:
    """State that the derivative of the sigmoid is its output times one minus its output."""
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
        title="The derivative of the sigmoid",
        statement=rf"\frac{{d \sigma(s)}}{{d s}} = {latex(subject)}",
        subject=subject,
        equal=equal,
        mutants=mutate(subject, split, quotient),
        steps=(
            Step(
                r"Differentiate the reciprocal in $\sigma(s) = \frac{1}{1 + e^{-s}}$.",
                r"\frac{d \sigma(s)}{d s} = \frac{e^{-s}}{(1 + e^{-s})^2}",
                (derivative, quotient),
            ),
            Step(
                r"Factorise with $1 - \sigma(s) = \frac{e^{-s}}{1 + e^{-s}}$.",
                r"= \frac{1}{1 + e^{-s}} \left(1 - \frac{1}{1 + e^{-s}}\right) = \sigma(s) (1 - \sigma(s))",
                (quotient, split, subject),
            ),
        ),
        methods=(
            Method("SymPy's derivative", Kind.SYMBOLIC, lambda subject: equal(derivative, subject)),
            *differentiation_methods(lambda gradient_of: derivative_samples(net, gradient_of), {}),
        ),
    )
