"""Exercise 3 (ii): the update rules of the neuron and of logistic regression.

The neuron has the output o = sigma(s), where s is the net input; in logistic regression, o is the probability of the
positive class. The updated weight has the index i, the sum in the net input the index k.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import SGDClassifier
from sympy import Rational, Symbol, log
from torch.distributions import Bernoulli
from torch.nn import functional

from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import eta, i, n, w, x
from lemma.exercises.calculus.functions import sigma
from lemma.exercises.calculus.gradient import At, derivative, gradient
from lemma.exercises.ex3.same_function import NET
from lemma.exercises.proof.claim import Claim, Mutant
from lemma.exercises.proof.identity import derivation
from lemma.exercises.proof.methods import Draw, Tensor, Values, by_program
from lemma.exercises.proof.space import Space

o, t = Symbol("o", real=True), Symbol("t", real=True)  # output and target of a single neuron
SPACE = Space({w: (n,), x: (n,)}, {i: n}, (t, eta, o), dependent={o: ((), sigma(NET))}, bound=1)
with unevaluated():
    SQUARED_ERROR = Rational(1, 2) * (t - o) ** 2
    LOG_LIKELIHOOD = t * log(o) + (1 - t) * log(1 - o)
    CROSS_ENTROPY = -t * log(o) - (1 - t) * log(1 - o)
    SQUARED_RULE = eta * (t - o) * o * (1 - o) * x[i]
    LIKELIHOOD_RULE = eta * (t - o) * x[i]


def squared_error() -> Claim[Any]:
    """State the update rule for the squared error, with the factor o (1 - o)."""
    with unevaluated():
        chain = -eta * (o - t) * (o * (1 - o) * x[i])
    return _state_rule(
        "3.ii.squared-error",
        "The update rule for the squared error",
        ("E", SQUARED_ERROR, -1, SQUARED_RULE),
        lambda net, target: functional.mse_loss(net.sigmoid(), target) / 2,
        "mse_loss of the sigmoid, and autograd",
        (
            r"By the chain rule, $\frac{\partial E}{\partial o} = o - t$ is multiplied by the derivative of the "
            r"output. The derivative of the sigmoid is $o (1 - o)$ (exercise 6), and that of the net input "
            r"$\sum_k w_k x_k$ with respect to $w_i$ is $x_i$.",
            chain,
        ),
        ("The sign reverses the difference.", SQUARED_RULE),
        mutants=(Mutant("the rule of logistic regression", LIKELIHOOD_RULE, latex(LIKELIHOOD_RULE)),),
    )


def log_likelihood() -> Claim[Any]:
    """State the update rule of logistic regression, without the factor o (1 - o)."""
    with unevaluated():
        chain = eta * ((t / o - (1 - t) / (1 - o)) * (o * (1 - o) * x[i]))
        cancelled = eta * (t * (1 - o) - (1 - t) * o) * x[i]
    return _state_rule(
        "3.ii.log-likelihood",
        "The update rule of logistic regression",
        (r"\ell", LOG_LIKELIHOOD, 1, LIKELIHOOD_RULE),
        lambda net, target: Bernoulli(logits=net).log_prob(target),  # type: ignore[no-untyped-call]
        "torch.distributions.Bernoulli, and autograd",
        (
            r"The likelihood of an instance is $o$ if $t = 1$ and $1 - o$ if $t = 0$; $\ell$ is its logarithm in one "
            r"formula. Apply the chain rule with the same derivative of the output, $o (1 - o) x_i$.",
            chain,
        ),
        ("The denominators that come from the logarithms cancel with the derivative of the sigmoid.", cancelled),
        ("The terms with $t o$ cancel.", LIKELIHOOD_RULE),
        mutants=(Mutant("the rule for the squared error", SQUARED_RULE, latex(SQUARED_RULE)),),
        further=(by_program(SPACE, step_of_scikit, "step of scikit-learn's SGDClassifier", "scikit-learn"),),
    )


def cross_entropy() -> Claim[Any]:
    """State that the neuron has the update rule of logistic regression if it minimises the cross-entropy."""
    with unevaluated():
        chain = -eta * ((o - t) / (o * (1 - o))) * (o * (1 - o) * x[i])
    return _state_rule(
        "3.ii.cross-entropy",
        "With the cross-entropy, the neuron has the update rule of logistic regression",
        ("C", CROSS_ENTROPY, -1, LIKELIHOOD_RULE),
        functional.binary_cross_entropy_with_logits,
        "binary_cross_entropy_with_logits, and autograd",
        (
            r"The cross-entropy is $C = -\ell$: descent on $C$ is ascent on $\ell$. Its derivative with respect to the "
            r"output has the denominator $o (1 - o)$,",
            chain,
        ),
        ("which cancels with the derivative of the sigmoid. The sign reverses the difference.", LIKELIHOOD_RULE),
    )


def _state_rule(
    claim_id: str,
    title: str,
    rule: tuple[str, Any, int, Any],
    loss: Callable[[Tensor, Tensor], Tensor],
    words: str,
    *steps: tuple[str, Any],
    **details: Any,
) -> Claim[Any]:
    """Return the claim on a rule: name and formula of what is optimised, 1 for ascent or -1 for descent, the change."""
    name, formula, sign, stated = rule
    change = rf"\Delta w_i = {'-' if sign < 0 else ''}\eta \frac{{\partial {name}}}{{\partial w_i}}"
    of_weights = SPACE.insert_dependent(formula)

    def step(slope: Any, at: At) -> Any:
        return sign * at(eta) * slope

    return gradient(
        claim_id=claim_id,
        title=title,
        statement=rf"{name} = {latex(formula)} \implies {change} = {latex(stated)} \quad \forall t \in \mathbb{{R}}",
        space=SPACE,
        of=of_weights,
        by=w[i],
        equals=stated,
        program=lambda draw, n: run_neuron(draw, n, loss),
        words=words,
        transform=step,
        exchanged=(w, x),
        steps=derivation(change, derivative(of_weights, w[i], step), *steps),
        **details,
    )


def run_neuron(draw: Draw, n: int, loss: Callable[[Tensor, Tensor], Tensor]) -> Values:
    """Return a loss of the net input and the target, with random weights, inputs, learning rate and target 0 or 1."""
    weights, inputs, rate, target = draw(n), draw(n), draw().detach().exp(), (draw().detach() > 0).double()
    net = weights @ inputs
    return loss(net, target), {w: weights, x: inputs, eta: rate, t: target, o: torch.sigmoid(net)}


def step_of_scikit(draw: Draw, n: int) -> Values:
    """Return the change of the weights in one step of scikit-learn's logistic regression by SGD."""
    _, tensors = run_neuron(draw, n, functional.mse_loss)
    weights, inputs = (tensors[array].detach().numpy()[None] for array in (w, x))
    model = SGDClassifier(
        loss="log_loss", alpha=0.0, learning_rate="constant", eta0=float(tensors[eta]), fit_intercept=False
    )
    model.partial_fit(np.zeros_like(inputs), [0], classes=[0, 1])  # initialises the model, and leaves the weights at 0
    model.coef_ = weights.copy()
    model.partial_fit(inputs, [int(tensors[t])])
    return torch.as_tensor(model.coef_[0] - weights[0]), tensors
