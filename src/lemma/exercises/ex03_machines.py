"""Independent ways to find the probability of part (i): z3 from the odds, scikit-learn, and torch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
import torch
import z3
from sklearn.linear_model import LogisticRegression

from lemma.exercises.claim import Holds, Outcome, Refuted, Unknown
from lemma.exercises.ex03_methods import Witness, floats
from lemma.exercises.ex03_neuron import i, n, of_neuron, w, x
from lemma.exercises.indexed import Instance, differentiate
from lemma.exercises.notation import latex
from lemma.exercises.solver import prove, to_z3

SIZES = 3  # number of features up to which z3 is asked
LOOSE = 1e-10  # of float64, where 1 - phi is small and has lost digits


@dataclass(frozen=True)
class Odds:
    """Asks z3 for a probability with the odds e^s other than the stated one.

    z3 has no exponential. But u_k = exp(-w_k x_k) can be any positive number, and the odds are one over their product.
    """

    probability: Callable[[Any], Any]  # what a subject states

    def only(self, subject: Any) -> Outcome:
        """Prove that no other probability has these odds, for 1 to `SIZES` features and all real numbers."""
        for size in range(1, SIZES + 1):
            instance = Instance({n: size}, {})
            places = range(1, size + 1)
            u = {place: sympy.Symbol(f"u_{place}", positive=True) for place in places}
            try:
                stated = _over(instance.instantiate(of_neuron(self.probability(subject))), u)
            except LookupError as error:
                return Unknown(f"{error} is not asked of z3")
            numbers = {u[place]: z3.Real(f"u_{place}") for place in places}
            above, below = (to_z3(sympy.expand(part), numbers) for part in sympy.fraction(sympy.together(stated)))
            p, product = z3.Real("P"), z3.Product(list(numbers.values()))
            shown = {latex(sympy.exp(-w[place] * x[place])): numbers[u[place]] for place in places} | {"P": p}
            assumed = [p > 0, p < 1, p * product == 1 - p, *(number > 0 for number in numbers.values())]
            outcome = prove(z3.And(below != 0, p * below == above), assumed, shown)
            if isinstance(outcome, Refuted):
                return Refuted({"n": str(size)} | dict(outcome.counter_example))
            if isinstance(outcome, Unknown):
                return outcome
        return Holds(f"all real weights and inputs, 1 to {SIZES} features")


def _over(expression: Any, u: dict[int, Any]) -> Any:
    """Return the expression with u_k for exp(-w_k x_k).

    Raises:
        LookupError: it has another exponent.
    """
    known = {w[place] * x[place]: number for place, number in u.items()}

    def swap(argument: Any) -> Any:
        terms = [term.as_coeff_Mul() for term in sympy.Add.make_args(argument)]
        if any(product not in known for _, product in terms if product != 1) or (argument.is_Number and argument != 0):
            raise LookupError(f"e^({argument})")
        return sympy.Mul(*(known[product] ** -times for times, product in terms if times))

    return expression.replace(sympy.exp, swap)


def scikit_probability(instance: Instance) -> float:
    """Return the probability that scikit-learn's logistic regression predicts with the instance's weights."""
    model = LogisticRegression(fit_intercept=False)
    model.classes_, model.coef_, model.intercept_ = np.array([0, 1]), floats(instance, w).numpy()[None], np.zeros(1)
    return float(model.predict_proba(floats(instance, x).numpy()[None])[0, 1])


def torch_softmax(instance: Instance) -> float:
    """Return the first part of a softmax over two scores, the net input and 0."""
    net = floats(instance, w) @ floats(instance, x)
    return float(torch.stack([net, torch.zeros_like(net)]).softmax(dim=0)[0])


class LogitSlopes:
    """The log-odds of the output of torch's neuron, and their slope along each input."""

    def __init__(self) -> None:
        self._heights = Witness(lambda instance: float(_logit(instance)[0]), LOOSE)
        self._slopes = Witness(lambda instance: float(_logit(instance)[1][instance.integers[i] - 1]), LOOSE)

    def __call__(self, stated: Any) -> Outcome:
        """Compare both with what is stated."""
        outcome = self._heights(stated)
        slope = self._slopes(differentiate(stated, x[i])) if isinstance(outcome, Holds) else outcome
        return slope if isinstance(slope, Refuted) else outcome


def _logit(instance: Instance) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the log-odds of the neuron's output and their gradient, (n,)."""
    inputs = floats(instance, x).requires_grad_()
    output = torch.sigmoid(floats(instance, w) @ inputs)
    odds = torch.log(output) - torch.log1p(-output)
    (gradient,) = torch.autograd.grad(odds, inputs)
    return odds.detach(), gradient
