"""Exercise 1 (ii): a neuron with the sigmoid activation accepts a half-space for every threshold between 0 and 1."""

from typing import Any

import sympy
import torch
import z3
from sympy import Rational

from lemma.exercises.claim import Claim, Kind, Method, Step
from lemma.exercises.ex1 import logistic as logistic
from lemma.exercises.ex1.decision import NET, WEIGHTED, HalfSpace, Neuron, b
from lemma.exercises.ex1.logistic import SIGMA, ln, logit, o, s, theta
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.shown import accept_proofs


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims about the neuron with the sigmoid activation."""
    return _monotone(), _logit(), _decision()


def _monotone() -> Claim[Any]:
    """State the derivative of the logistic function, which is positive."""
    with unevaluated():
        subject = o * (1 - o)
        split = (1 / (1 + sympy.exp(-s))) * (sympy.exp(-s) / (1 + sympy.exp(-s)))
    derivative = sympy.diff(SIGMA, s)
    return Claim(
        id="1.ii.monotone",
        title="The logistic function is strictly increasing",
        statement=rf"\sigma'(s) = {latex(subject)} > 0,\quad \sigma(s) = {latex(SIGMA)}",
        subject=subject,
        equal=accept_proofs(logistic.same),
        mutants=mutate(subject),
        methods=(
            Method("SymPy's derivative", Kind.SYMBOLIC, lambda subject: logistic.same(derivative, subject)),
            Method("z3 on the defining equations", Kind.SOLVER, logistic.implicit),
            Method("torch.autograd in float64", Kind.AUTOGRAD, logistic.autograd),
            Method("central differences with 60 digits", Kind.FINITE_DIFFERENCES, logistic.central),
        ),
        steps=(
            Step(
                "Differentiate the quotient and split the result into two factors.",
                rf"\sigma'(s) = {latex(derivative)} = {latex(split)}",
                (derivative, split),
            ),
            Step("The second factor equals 1 minus the first.", rf"= {latex(subject)}", (split, subject)),
            Step(
                r"Since $e^{-s} > 0$, the denominator is greater than 1. Therefore $\sigma(s)$ lies between 0 and 1, "
                r"both factors are positive, and $\sigma$ is strictly increasing.",
                r"0 < \sigma(s) < 1, \quad \sigma'(s) > 0",
                ("by z3", logistic.implicit(subject)),
            ),
        ),
    )


def _logit() -> Claim[Any]:
    """State the net input at which the logistic function reaches a threshold between 0 and 1."""
    with unevaluated():
        subject = ln(theta) - ln(1 - theta)
    return Claim(
        id="1.ii.logit",
        title="Net input at which the sigmoid reaches a threshold",
        statement=rf"\sigma(s) \ge \theta \iff s \ge {latex(subject)} \qquad \forall \theta \in (0, 1)",
        subject=subject,
        equal=accept_proofs(logistic.same),
        mutants=mutate(subject),
        methods=(
            Method("value at the threshold and sign of the derivative", Kind.SYMBOLIC, logistic.threshold),
            Method("z3, with exp increasing", Kind.SOLVER, logistic.exponentials),
            Method("values on both sides of the threshold, 60 digits", Kind.NUMERIC, logistic.both_sides),
        ),
        steps=(
            Step(
                r"The denominator is positive: multiply both sides by it and solve for $e^{-s}$.",
                r"\sigma(s) \ge \theta \iff 1 \ge \theta \left(1 + e^{-s}\right) "
                r"\iff e^{-s} \le \frac{1 - \theta}{\theta}",
                ("by z3", logistic.solved()),
            ),
            Step(
                "The exponential function is increasing: take logarithms of both sides.",
                rf"\iff s \ge \ln \frac{{\theta}}{{1 - \theta}} = {latex(subject)}",
                (sympy.log(theta / (1 - theta)), subject),
            ),
            Step(
                r"The sigmoid reaches $\theta = \frac{1}{2}$ at $s = 0$, where the sign activation changes its value.",
                r"\sigma(0) = \frac{1}{2}, \quad \ln \frac{1}{2} - \ln \left(1 - \frac{1}{2}\right) = 0",
                (sympy.Integer(0), subject.xreplace({theta: Rational(1, 2)}), SIGMA.subs(s, 0) - Rational(1, 2)),
            ),
        ),
    )


def _decision() -> Claim[Any]:
    """State which inputs the neuron accepts."""
    with unevaluated():
        net = WEIGHTED + b - logit
    stated, at_half = HalfSpace(net), HalfSpace(net.xreplace({logit: sympy.Integer(0)}))
    neuron = Neuron(
        stated,
        accepts=lambda net, scalars: torch.sigmoid(net) >= torch.sigmoid(scalars[logit.name]),
        rules=_rules,
        scalars={logit: (-3.0, -1.0, 0.0, 0.5, 2.0)},
    )
    return Claim(
        id="1.ii.half-space",
        title="Decision region of a neuron with the sigmoid activation",
        statement=rf"\sigma\left({latex(NET)}\right) \ge \theta \iff {stated} \qquad \forall \theta \in (0, 1)",
        subject=stated,
        equal=neuron.same,
        mutants=stated.mutants(),
        methods=(
            Method("net input minus logit, any size", Kind.SYMBOLIC, neuron.prove),
            Method("z3 over the reals, with exp increasing", Kind.SOLVER, neuron.solve),
            Method("torch neuron", Kind.NUMERIC, neuron.compare),
        ),
        steps=(
            Step(
                r"The net input must be at least the logit of $\theta$. This is equivalent to subtracting the logit "
                r"from the bias: the boundary is translated, and for $w \ne 0$ the set is a half-space as before.",
                rf"\sigma(s) \ge \theta \iff s - {logit.name} \ge 0",
                (HalfSpace(NET - logit), stated),
            ),
            Step(
                r"For $\theta = \frac{1}{2}$ the logit is 0, and the neuron accepts the same inputs as with the sign "
                r"activation. (For $\theta \ge 1$ it accepts no input, and for $\theta \le 0$ all inputs.)",
                rf"\theta = \frac{{1}}{{2}}: \quad {HalfSpace(NET)}",
                (at_half, HalfSpace(NET)),
            ),
        ),
    )


def _rules(net: Any, scalars: Any) -> tuple[list[Any], Any]:
    """Return z3 assumptions on exp at the net input and at the logit, and the decision of the neuron."""
    at_net, at_logit = z3.Reals("e^-s e^-l")
    output, threshold = z3.Reals("o theta")
    rising = (net >= scalars[logit.name]) == (at_net <= at_logit)
    values = [output * (1 + at_net) == 1, threshold * (1 + at_logit) == 1]
    return [at_net > 0, at_logit > 0, rising, *values], output >= threshold
