"""Exercise 3: logistic regression and the sigmoid neuron are one function, and differ in how they learn.

Part (i) is here; the update rules of part (ii) are in `ex03_updates`, and how far apart they are in `ex03_saturation`.
"""

from functools import cache
from typing import Any

import sympy
from sympy import Symbol, exp, log

from lemma.exercises import ex03_saturation, ex03_updates
from lemma.exercises.claim import Claim, Kind, Method, Mutant, Step
from lemma.exercises.ex03_machines import LogitSlopes, Odds, scikit_probability, torch_softmax
from lemma.exercises.ex03_methods import Witness
from lemma.exercises.ex03_neuron import NAMES, NET, equal, minus, phi, plus, sigma, w, x
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated

TITLE = "Logistic regression and the sigmoid neuron"
TASK = (
    r"Logistic regression takes the log-odds of the class $c_+$ against $c_-$ to be $\sum_{k=1}^{n} w_k x_k$ and "
    r"chooses the weights that make the training data most likely. A neuron with the sigmoid activation "
    r"$\varphi = \frac{1}{1 + e^{-s}}$, where $s = \sum_{k=1}^{n} w_k x_k$, is trained to make the squared error "
    r"$\frac{1}{2} (t - \varphi)^2$ small. (i) Show that $P(c_+ \mid x)$ and the neuron's output are the same "
    r"function. (ii) Do they learn by the same update rule? A threshold is the weight of an input that is always 1, "
    r"here and there."
)
P = r"P(c_{+} \mid x)"


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 3."""
    return (_ratio(), _log_odds(), *ex03_updates.claims(), *ex03_saturation.claims())


@cache
def _solved(odds: Any) -> Any:
    """Return the probability with these odds, the only one: p = (1 - p) odds is linear in p."""
    p, unknown = Symbol("p"), Symbol("odds", positive=True)
    (solution,) = sympy.solve(sympy.Eq(p, (1 - p) * unknown), p)
    return solution.subs(unknown, odds)


def _ratio() -> Claim[Any]:
    """State that a probability with linear log-odds is the sigmoid of the net input, for any number of features."""
    with unevaluated():
        ratio = exp(NET) / (1 + exp(NET))
        subject = 1 / (1 + exp(-NET))
        flipped = 1 / (1 + exp(NET))
    odds = Odds(lambda stated: stated)
    return Claim(
        id="3.i.ratio",
        title="The same function",
        statement=rf"{P} = {latex(ratio)} = {latex(subject)} = \varphi",
        subject=subject,
        equal=equal,
        mutants=(
            Mutant("the odds for the probability", exp(NET), latex(exp(NET))),
            Mutant("the sign forgotten", flipped, latex(flipped)),
            *mutate(subject, arrays=(w, x)),
        ),
        steps=(
            Step(
                "The two classes share the probability 1, and the logarithm of their ratio is the sum. Raise $e$ to "
                "both sides.",
                rf"\frac{{{P}}}{{1 - {P}}} = {latex(exp(NET))}",
                (ratio / (1 - ratio), exp(NET)),
            ),
            Step(
                "This is a linear equation in the probability, and its coefficient is never 0: it has one solution.",
                rf"{P} = {latex(ratio)}",
                (_solved(exp(NET)), ratio),
            ),
            Step(
                r"Divide both parts of the fraction by the numerator: this is what the neuron does to its net input.",
                rf"= {latex(subject)} = \varphi",
                (ratio, subject, phi),
            ),
        ),
        methods=(
            Method(
                "solved for the probability, any number of features",
                Kind.SYMBOLIC,
                lambda stated: equal(_solved(exp(NET)), stated, NAMES),
            ),
            Method("z3: the only probability with these odds", Kind.SOLVER, odds.only),
            Method("scikit-learn's logistic regression", Kind.NUMERIC, Witness(scikit_probability)),
            Method("torch's softmax over the scores s and 0", Kind.NUMERIC, Witness(torch_softmax)),
        ),
    )


def _log_odds() -> Claim[Any]:
    """State that the neuron's output has linear log-odds, and that Bayes' rule leads there."""
    with unevaluated():
        bayes = plus / (plus + minus)
        sigmoid = 1 / (1 + exp(-log(plus / minus)))
        odds = phi / (1 - phi)
        answer = log(odds)
    judged = Odds(sigma)
    return Claim(
        id="3.i.log-odds",
        title="The neuron's output has linear log-odds",
        statement=rf"\ln {latex(odds)} = {latex(NET)}",
        subject=NET,
        equal=equal,
        mutants=mutate(NET, arrays=(w, x)),
        steps=(
            Step(
                r"Now from the other side. By Bayes' rule, with $a_+ = P(x \mid c_+) P(c_+)$ and "
                r"$a_- = P(x \mid c_-) P(c_-)$,",
                rf"{P} = {latex(bayes)}",
                (bayes, 1 - minus / (plus + minus)),
            ),
            Step(
                "The sigmoid of the log-odds: always, whatever the two distributions are.",
                rf"= {latex(sigmoid)}",
                (bayes, sigmoid),
            ),
            Step(
                "So what logistic regression adds is only that the log-odds are linear in $x$. The neuron's output has "
                "the odds",
                rf"{latex(odds)} = {latex(exp(NET))}",
                (odds, exp(NET)),
            ),
            Step(
                "and their logarithm is linear. Read as a probability, the output is that of a logistic regression.",
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
            Method("z3: the only log-odds of the output", Kind.SOLVER, judged.only),
            Method("torch.autograd: slopes of the log-odds", Kind.AUTOGRAD, LogitSlopes()),
        ),
    )
