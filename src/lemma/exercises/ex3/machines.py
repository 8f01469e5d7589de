"""Independent methods for the probability of part (i): z3, scikit-learn, and torch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
import torch
import z3
from sklearn.linear_model import LogisticRegression

from lemma.exercises.claim import Holds, Outcome, Refuted, Unknown
from lemma.exercises.ex3.methods import Witness, floats
from lemma.exercises.ex3.neuron import i, n, of_neuron, w, x
from lemma.exercises.indexed import Instance, differentiate
from lemma.exercises.notation import latex
from lemma.exercises.solver import prove, to_z3

SIZES = 3  # largest number of features for z3
LOOSE = 1e-10  # tolerance of float64 where 1 - phi is small and has lost digits


@dataclass(frozen=True)
class Odds:
    """Search with z3 for a probability with the odds e^s that differs from the stated one.

    z3 has no exponential function. But u_k = exp(-w_k x_k) can be any positive number, and the odds are the reciprocal
    of their product.
    """

    probability: Callable[[Any], Any]  # of a subject

    def only(self, subject: Any) -> Outcome:
        """Prove that no other probability has these odds, for 1 to `SIZES` features and all real numbers."""
        for size in range(1, SIZES + 1):
            instance = Instance({n: size}, {})
            places = range(1, size + 1)
            u = {place: sympy.Symbol(f"u_{place}", positive=True) for place in places}
            try:
                stated = _over(instance.instantiate(of_neuron(self.probability(subject))), u)
            except LookupError as error:
                return Unknown(f"{error} cannot be translated to z3")
            numbers = {u[place]: z3.Real(f"u_{place}") for place in places}
            above, below = (to_z3(sympy.expand(part), numbers) for part in sympy.fraction(sympy.together(stated)))
            p, product = z3.Real("P"), z3.Product(list(numbers.values()))
            named = {latex(sympy.exp(-w[place] * x[place])): numbers[u[place]] for place in places} | {"P": p}
            assumed = [p > 0, p < 1, p * product == 1 - p, *(number > 0 for number in numbers.values())]
            outcome = prove(z3.And(below != 0, p * below == above), assumed, named)
            if isinstance(outcome, Refuted):
                return Refuted({"n": str(size)} | dict(outcome.counter_example))
            if isinstance(outcome, Unknown):
                return outcome
        return Holds(f"all real weights and inputs, 1 to {SIZES} features")


def _over(expression: Any, u: dict[int, Any]) -> Any:
    """Substitute u_k for exp(-w_k x_k).

    Raises:
        LookupError: If there is another exponent.
    """
    known = {w[place] * x[place]: number for place, number in u.items()}

    def swap(argument: Any) -> Any:
        terms = [term.as_coeff_Mul() for term in sympy.Add.make_args(argument)]
        if any(product not in known for _, product in terms if product != 1) or (argument.is_Number and argument != 0):
            raise LookupError(f"e^({argument})")
        return sympy.Mul(*(known[product] ** -times for times, product in terms if times))

    return expression.replace(sympy.exp, swap)


def scikit_probability(instance: Instance) -> float:
    """Return the probability predicted by scikit-learn's LogisticRegression with the weights of the instance."""
    model = LogisticRegression(fit_intercept=False)
    model.classes_, model.coef_, model.intercept_ = np.array([0, 1]), floats(instance, w).numpy()[None], np.zeros(1)
    return float(model.predict_proba(floats(instance, x).numpy()[None])[0, 1])


def torch_softmax(instance: Instance) -> float:
    """Return the first output of a softmax over two scores, the net input and 0."""
    net = floats(instance, w) @ floats(instance, x)
    return float(torch.stack([net, torch.zeros_like(net)]).softmax(dim=0)[0])


class LogitGradient:
    """The log-odds of the output of a torch neuron, and their gradient with respect to the inputs."""

    def __init__(self) -> None:
        self._values = Witness(lambda instance: float(_logit(instance)[0]), LOOSE)
        self._gradient = Witness(lambda instance: float(_logit(instance)[1][instance.integers[i] - 1]), LOOSE)

    def __call__(self, stated: Any) -> Outcome:
        """Compare both with the stated formula."""
        outcome = self._values(stated)
        gradient = self._gradient(differentiate(stated, x[i])) if isinstance(outcome, Holds) else outcome
        return gradient if isinstance(gradient, Refuted) else outcome


def _logit(instance: Instance) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the log-odds of the output of the neuron, and their gradient, (n,)."""
    inputs = floats(instance, x).requires_grad_()
    output = torch.sigmoid(floats(instance, w) @ inputs)
    odds = torch.log(output) - torch.log1p(-output)
    (gradient,) = torch.autograd.grad(odds, inputs)
    return odds.detach(), gradient
