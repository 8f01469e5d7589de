"""Exercise 3: logistic regression and the sigmoid neuron are the same function, with different update rules.

Part (i) is in this module; the update rules of part (ii) are in `updates`, their comparison in `saturation`.
"""

from functools import cache
from typing import Any

import sympy
from sympy import Symbol, exp, log

from lemma.exercises.claim import Claim, Kind, Method, Mutant, Step
from lemma.exercises.ex3.machines import LogitGradient, Odds, scikit_probability, torch_softmax
from lemma.exercises.ex3.methods import Witness
from lemma.exercises.ex3.neuron import NAMES, NET, equal, minus, phi, plus, sigma, w, x
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated

P = r"P(c_{+} \mid x)"


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of part (i)."""
    return (_ratio(), _log_odds())


@cache
def _solved(odds: Any) -> Any:
    """Return the unique probability with the given odds, the solution of p = (1 - p) odds."""
    p, unknown = Symbol("p"), Symbol("odds", positive=True)
    (solution,) = sympy.solve(sympy.Eq(p, (1 - p) * unknown), p)
    return solution.subs(unknown, odds)


def _ratio() -> Claim[Any]:
    """State that a probability with linear log-odds is the sigmoid of the net input."""
    with unevaluated():
        ratio = exp(NET) / (1 + exp(NET))
        subject = 1 / (1 + exp(-NET))
        flipped = 1 / (1 + exp(NET))
    odds = Odds(lambda stated: stated)
    return Claim(
        id="3.i.ratio",
        title="Logistic regression is a sigmoid of the net input",
        statement=rf"{P} = {latex(ratio)} = {latex(subject)} = \varphi",
        subject=subject,
        equal=equal,
        mutants=(
            Mutant("the odds instead of the probability", exp(NET), latex(exp(NET))),
            Mutant("the sign of the exponent omitted", flipped, latex(flipped)),
            *mutate(subject, arrays=(w, x)),
        ),
        steps=(
            Step(
                "The probabilities of the two classes sum to 1, and the logarithm of their ratio is the net input. "
                "Exponentiate both sides.",
                rf"\frac{{{P}}}{{1 - {P}}} = {latex(exp(NET))}",
                (ratio / (1 - ratio), exp(NET)),
            ),
            Step(
                "This is a linear equation in the probability with a non-zero coefficient, so the solution is unique.",
                rf"{P} = {latex(ratio)}",
                (_solved(exp(NET)), ratio),
            ),
            Step(
                r"Divide numerator and denominator by the numerator: the result is the output of the neuron.",
                rf"= {latex(subject)} = \varphi",
                (ratio, subject, phi),
            ),
        ),
        methods=(
            Method(
                "solution for the probability, any number of features",
                Kind.SYMBOLIC,
                lambda stated: equal(_solved(exp(NET)), stated, NAMES),
            ),
            Method("z3: uniqueness of the probability with these odds", Kind.SOLVER, odds.only),
            Method("LogisticRegression of scikit-learn", Kind.NUMERIC, Witness(scikit_probability)),
            Method("torch softmax of the scores s and 0", Kind.NUMERIC, Witness(torch_softmax)),
        ),
    )


def _log_odds() -> Claim[Any]:
    """State that the output of the neuron has linear log-odds, starting from Bayes' rule."""
    with unevaluated():
        bayes = plus / (plus + minus)
        sigmoid = 1 / (1 + exp(-log(plus / minus)))
        odds = phi / (1 - phi)
        answer = log(odds)
    odds_of_output = Odds(sigma)
    return Claim(
        id="3.i.log-odds",
        title="The output of the neuron has linear log-odds",
        statement=rf"\ln {latex(odds)} = {latex(NET)}",
        subject=NET,
        equal=equal,
        mutants=mutate(NET, arrays=(w, x)),
        steps=(
            Step(
                r"Conversely, by Bayes' rule, with $a_+ = P(x \mid c_+) P(c_+)$ and "
                r"$a_- = P(x \mid c_-) P(c_-)$,",
                rf"{P} = {latex(bayes)}",
                (bayes, 1 - minus / (plus + minus)),
            ),
            Step(
                "This is the sigmoid of the log-odds, for any two distributions.",
                rf"= {latex(sigmoid)}",
                (bayes, sigmoid),
            ),
            Step(
                "Therefore the only assumption of logistic regression is that the log-odds are linear in $x$. The odds "
                "of the output of the neuron are",
                rf"{latex(odds)} = {latex(exp(NET))}",
                (odds, exp(NET)),
            ),
            Step(
                "and their logarithm is linear in $x$. As a probability, the output is that of logistic regression.",
                rf"\ln {latex(odds)} = {latex(NET)}",
                (answer, NET),
            ),
        ),
        methods=(
            Method(
                "logarithm of the odds, any number of features",
                Kind.SYMBOLIC,
                lambda stated: equal(log(phi / (1 - phi)), stated, NAMES),
            ),
            Method("z3: uniqueness of the log-odds of the output", Kind.SOLVER, odds_of_output.only),
            Method("torch.autograd: gradient of the log-odds", Kind.AUTOGRAD, LogitGradient()),
        ),
    )
