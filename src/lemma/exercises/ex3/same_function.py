"""Exercise 3 (i): the output of a sigmoid neuron is the probability that logistic regression predicts."""

from typing import Any

import numpy as np
import sympy
import torch
from sklearn.linear_model import LogisticRegression
from sympy import Sum, Symbol, exp
from torch.nn import functional

from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import k, n, w, x
from lemma.exercises.proof.claim import Claim, Mutant, Step
from lemma.exercises.proof.identity import derivation, identity
from lemma.exercises.proof.methods import Draw, Values, by_program
from lemma.exercises.proof.space import Space

NET = Sum(w[k] * x[k], (k, 1, n))
SPACE = Space({w: (n,), x: (n,)}, bound=1)
P = r"P(c_{+} \mid x)"
with unevaluated():
    OUTPUT = 1 / (1 + exp(-NET))
    RATIO = exp(NET) / (1 + exp(NET))


def probability() -> Claim[Any]:
    """State that a probability whose log-odds are the net input is the sigmoid of the net input."""
    p, odds = Symbol("p"), Symbol("odds", positive=True)
    (solution,) = sympy.solve(sympy.Eq(p, (1 - p) * odds), p)
    predicted = solution.xreplace({odds: exp(NET)})
    return identity(
        claim_id="3.i.ratio",
        title="Logistic regression predicts the sigmoid of the net input",
        statement=rf"{P} = {latex(OUTPUT)} = \sigma\left({latex(NET)}\right) = o",
        space=SPACE,
        left=predicted,
        right=OUTPUT,
        program=run_neuron,
        words="output of a torch neuron",
        mutants=(Mutant("the odds instead of the probability", exp(NET), latex(exp(NET))),),
        exchanged=(w, x),
        solved=0,
        further=(by_program(SPACE, predict_with_scikit, "LogisticRegression of scikit-learn", "scikit-learn"),),
        steps=(
            Step(
                "Logistic regression assumes that the logarithm of the odds is linear in the inputs, with the weights "
                "as coefficients.",
                rf"\ln \left(\frac{{{P}}}{{1 - {P}}}\right) = {latex(NET)}",
                defines=True,
            ),
            *derivation(
                P,
                predicted,
                ("Exponentiate both sides. The equation is linear in the probability and has one solution.", RATIO),
                ("Divide numerator and denominator by the numerator. This is the output of the neuron.", OUTPUT),
            ),
        ),
    )


def predict_with_scikit(draw: Draw, n: int) -> Values:
    """Return the probability of the positive class as scikit-learn's logistic regression predicts it."""
    weights, inputs = draw(n).detach(), draw(n).detach()
    model = LogisticRegression(fit_intercept=False)
    model.classes_, model.coef_, model.intercept_ = np.array([0, 1]), weights.numpy()[None], np.zeros(1)
    return torch.as_tensor(model.predict_proba(inputs.numpy()[None])[0, 1]), {w: weights, x: inputs}


def run_neuron(draw: Draw, n: int) -> Values:
    """Return the output of a torch neuron with the sigmoid as activation function."""
    weights, inputs = draw(n), draw(n)
    return functional.linear(inputs, weights[None]).sigmoid()[0], {w: weights, x: inputs}
