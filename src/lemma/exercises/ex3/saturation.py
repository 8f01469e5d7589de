"""Exercise 3 (ii): comparison of the two update rules, and the values of its figure.

Both updates have the factors eta and x_i; the remaining factor is a polynomial in the output. For the target t = 1 it
is phi (1 - phi)^2 for the squared error and 1 - phi for the log-likelihood; t = 0 is symmetric.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy
from sympy import Rational, exp, log

from lemma.exercises.claim import Claim, Holds, Outcome, Refuted, Step
from lemma.exercises.ex3.curves import Curve
from lemma.exercises.ex3.falling import Falling
from lemma.exercises.ex3.neuron import NET, equal, eta, i, phi, t, x
from lemma.exercises.ex3.updates import LIKELIHOOD_RULE, SQUARED_RULE
from lemma.exercises.exact import parse_number, show
from lemma.exercises.mutants import mutate_numbers
from lemma.exercises.notation import latex, unevaluated

with unevaluated():
    RATIO = phi * (1 - phi)
    SQUARED = phi * (1 - phi) ** 2
    LIKELIHOOD = 1 - phi
    GAP = (1 - phi) - phi * (1 - phi) ** 2
FROM, TO, STEP = -8, 8, Fraction(1, 4)  # the figure's net inputs


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims on the magnitudes of the updates."""
    return (_ratio(), _peak(), _gap())


def same(left: Any, right: Any) -> Outcome:
    """Compare the values of two subjects, or two sides of a step."""
    if not isinstance(left, Mapping):
        return equal(left, right)
    return Holds("the same numbers") if left == right else Refuted({"left": str(left), "right": str(right)})


def _numbers(curve: Curve, top: str, at: str, left: str, right: str) -> dict[str, Fraction]:
    names = (curve.top, curve.at, *curve.ends)
    return {name: parse_number(value) for name, value in zip(names, (top, at, left, right), strict=True)}


def _ratio() -> Claim[Any]:
    """State that the update for the squared error is at most a quarter of the other, and vanishes in saturation."""
    curve = Curve(RATIO, "r")
    subject = _numbers(curve, "1/4", "1/2", "0", "0")
    with unevaluated():
        square = Rational(1, 4) - (phi - Rational(1, 2)) ** 2
    return Claim(
        id="3.ii.ratio",
        title="The update for the squared error is at most a quarter of the other",
        statement=(
            rf"r(\varphi) = {latex(RATIO)} \le \frac{{1}}{{4}},\quad r(\varphi) = \frac{{1}}{{4}} \iff \varphi = "
            rf"\frac{{1}}{{2}},\quad \lim_{{\varphi \to 0}} r(\varphi) = \lim_{{\varphi \to 1}} r(\varphi) = 0"
        ),
        subject=subject,
        equal=same,
        mutants=mutate_numbers(subject, list(subject)),
        steps=(
            Step(
                "The rules differ by one factor, the derivative of the sigmoid:",
                rf"{latex(SQUARED_RULE)} = r(\varphi) \cdot {latex(LIKELIHOOD_RULE)}",
                (SQUARED_RULE, RATIO * LIKELIHOOD_RULE),
            ),
            Step(
                "Complete the square. The subtracted term is 0 only for $\\varphi = \\frac{1}{2}$, at net input 0.",
                rf"r(\varphi) = {latex(square)}",
                (RATIO, square),
            ),
            Step(
                "For large $|s|$ the neuron is saturated: the factor decays like $e^{-s}$ for $s \\to \\infty$ and "
                "like $e^{s}$ for $s \\to -\\infty$, so the updates nearly vanish, whether the output is right or "
                "wrong.",
                r"r(\varphi) = e^{-s} \varphi^{2} = e^{s} \left(1 - \varphi\right)^{2}",
                (RATIO, exp(-NET) * phi**2, exp(NET) * (1 - phi) ** 2),
            ),
        ),
        methods=curve.methods(),
        values={name: show(value) for name, value in subject.items()},
    )


def _peak() -> Claim[Any]:
    """State the output at which the update for the squared error is largest for t = 1."""
    curve = Curve(SQUARED, "q")
    subject = _numbers(curve, "4/27", "1/3", "0", "0")
    with unevaluated():
        derivative = (1 - phi) * (1 + sympy.Mul(-1, 3 * phi))
        rest = Rational(4, 27) - (phi - Rational(1, 3)) ** 2 * (Rational(4, 3) - phi)
    third = Rational(1, 3)
    return Claim(
        id="3.ii.peak",
        title="Below an output of one third, a larger squared error gives a smaller update",
        statement=(
            rf"t = 1: \; q(\varphi) = {latex(SQUARED)} \le \frac{{4}}{{27}},\quad q(\varphi) = \frac{{4}}{{27}} \iff "
            rf"\varphi = \frac{{1}}{{3}},\quad "
            r"\lim_{\varphi \to 0} q(\varphi) = \lim_{\varphi \to 1} q(\varphi) = 0"
        ),
        subject=subject,
        equal=same,
        mutants=mutate_numbers(subject, list(subject)),
        steps=(
            Step(
                r"For $t = 1$ the update for the squared error, without the common factors $\eta x_i$, is",
                rf"q(\varphi) = \varphi \left(1 - \varphi\right) \left(1 - \varphi\right) = {latex(SQUARED)}",
                (SQUARED_RULE.subs(t, 1), SQUARED * eta * x[i]),
            ),
            Step(
                r"Its derivative on $(0, 1)$ is 0 only at $\varphi = \frac{1}{3}$, positive before and negative after.",
                rf"q'(\varphi) = {latex(derivative)}",
                (SQUARED.doit().diff(phi), derivative),
            ),
            Step(
                "That this is the maximum also follows without calculus: on $(0, 1)$ the square is 0 only at "
                r"$\frac{1}{3}$, and the other factor is positive.",
                rf"q(\varphi) = {latex(rest)}",
                (SQUARED, rest),
            ),
            Step(
                "The output is one third at the net input",
                rf"s = \ln \left(\frac{{\varphi}}{{1 - \varphi}}\right) = {latex(-log(2))}",
                (log(third / (1 - third)), -log(2)),
            ),
            Step(
                r"and an output below one third has a larger error but a smaller update: for $\varphi \to 0$ the error "
                r"tends to its supremum $\frac{1}{2}$, and the update vanishes. The case $t = 0$ is symmetric.",
                rf"\left| {latex(RATIO)} \left(0 - \varphi\right) \right| = {latex(phi**2)} \left(1 - \varphi\right) = "
                r"q(1 - \varphi)",
                (-RATIO * (0 - phi), SQUARED.subs(phi, 1 - phi)),
            ),
        ),
        methods=curve.methods(),
        values={name: show(value) for name, value in subject.items()} | figure(),
    )


def _gap() -> Claim[Any]:
    """State that the difference of the updates increases with the error."""
    curve = Falling(GAP, "g")
    subject = {curve.ends[0]: Fraction(1), curve.ends[1]: Fraction(0), curve.sign: Fraction(-1)}
    with unevaluated():
        derivative = Rational(-2, 3) + sympy.Mul(-1, 3 * (phi - Rational(2, 3)) ** 2)
    return Claim(
        id="3.ii.gap",
        title="The rules differ most where the error is largest",
        statement=(
            rf"t = 1: \; g(\varphi) = {latex(GAP)},\quad g'(\varphi) < 0,\quad \lim_{{\varphi \to 0}} g(\varphi) = 1,"
            r"\quad \lim_{\varphi \to 1} g(\varphi) = 0"
        ),
        subject=subject,
        equal=same,
        mutants=mutate_numbers(subject, list(subject)),
        steps=(
            Step(
                r"The difference of the two updates, again without the factors $\eta x_i$:",
                rf"g(\varphi) = {latex(GAP)}",
                ((LIKELIHOOD_RULE - SQUARED_RULE).subs(t, 1), GAP * eta * x[i]),
            ),
            Step(
                "Its derivative is negative everywhere, so the difference decreases from $\\varphi = 0$, where the "
                "error is largest, to $\\varphi = 1$, where the output equals the target.",
                rf"g'(\varphi) = {latex(derivative)} < 0",
                (GAP.doit().diff(phi), derivative),
            ),
            Step(
                "At $\\varphi = 0$ the update of logistic regression is largest and that of the squared error is 0, so "
                "the difference is 1.",
                r"g(0) = 1 - 0 = 1",
                (GAP.subs(phi, 0), LIKELIHOOD.subs(phi, 0) - SQUARED.subs(phi, 0), Rational(1)),
            ),
            Step(
                "At $\\varphi = 1$ both are 0.",
                r"g(1) = 0 - 0 = 0",
                (GAP.subs(phi, 1), LIKELIHOOD.subs(phi, 1) - SQUARED.subs(phi, 1), Rational(0)),
            ),
        ),
        methods=curve.methods(),
        values={name: show(value) for name, value in subject.items()},
    )


def figure() -> dict[str, str]:
    """Return the two updates for t = 1 as functions of the net input, as lists of decimals."""
    nets = [FROM + STEP * count for count in range(int((TO - FROM) / STEP) + 1)]
    outputs = [1 / (1 + exp(-Rational(net))) for net in nets]

    def decimals(values: list[Any]) -> str:
        return " ".join(f"{float(sympy.N(value, 20)):.6f}" for value in values)

    return {
        "net": " ".join(map(show, nets)),
        "squared": decimals([SQUARED.subs(phi, output) for output in outputs]),
        "likelihood": decimals([LIKELIHOOD.subs(phi, output) for output in outputs]),
        "peak": decimals([-log(2)]),
    }
