"""Methods that check an update rule without its formula: torch.autograd, finite differences, scikit-learn."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import torch
from sklearn.linear_model import SGDClassifier

from lemma.exercises.claim import REASON, Holds, Kind, Method, Outcome, Refuted
from lemma.exercises.ex3.digits import digits
from lemma.exercises.ex3.neuron import NAMES, derivative, equal, eta, i, instances, n, t, told, value, w, x
from lemma.exercises.indexed import Instance

LARGEST = 4  # largest number of inputs
TOLERANCE = 1e-12  # of float64
DIGITS, WIDTH, CLOSE = 50, mpmath.mpf("1e-15"), 1e-20  # of finite differences; their error is of the order of WIDTH^2


@dataclass(frozen=True)
class Error:
    """The error that the neuron minimises, in three forms.

    Attributes:
        formula: Formula in phi and t.
        torch: Function of net input and target in torch.
        digits: Function of output and target in mpmath.
        names: Names of the gradient step and of the stated rule in a counter-example.
    """

    formula: Any
    torch: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    digits: Callable[[Any, Any], Any]
    names: tuple[str, str] = NAMES

    def methods(self) -> tuple[Method[Any], ...]:
        """Return the methods that compare an update rule with a step of gradient descent on this error."""
        return (
            Method("SymPy's derivative, any number of features", Kind.SYMBOLIC, self._symbolic),
            Method("torch.autograd in float64", Kind.AUTOGRAD, Witness(self._autograd, names=self.names)),
            Method(
                "central differences, 50 digits", Kind.FINITE_DIFFERENCES, Witness(self._central, CLOSE, self.names)
            ),
        )

    def _symbolic(self, rule: Any) -> Outcome:
        return equal(-eta * derivative(self.formula), rule, self.names)

    def _autograd(self, instance: Instance) -> float:
        inputs, weights = floats(instance, x), floats(instance, w).requires_grad_()
        target = torch.tensor(float(instance.entries[t]), dtype=torch.float64)
        (gradient,) = torch.autograd.grad(self.torch(weights @ inputs, target), weights)
        return -float(instance.entries[eta]) * float(gradient[instance.integers[i] - 1])

    def _central(self, instance: Instance) -> Any:
        def error(shift: Any) -> Any:
            places = range(1, instance.integers[n] + 1)
            weights = [digits(instance.entries[w[place]]) for place in places]
            weights[instance.integers[i] - 1] += shift
            net = mpmath.fsum(each * digits(instance.entries[x[place]]) for each, place in zip(weights, places))
            return self.digits(1 / (1 + mpmath.exp(-net)), digits(instance.entries[t]))

        with mpmath.workdps(DIGITS):
            return -digits(instance.entries[eta]) * (error(WIDTH) - error(-WIDTH)) / (2 * WIDTH)


class Witness:
    """Compares a formula with values computed once for random neurons with 1 to `LARGEST` features."""

    def __init__(
        self, find: Callable[[Instance], Any], tolerance: float = TOLERANCE, names: tuple[str, str] = NAMES
    ) -> None:
        self._find, self._tolerance, self._names = find, tolerance, names
        self._found: list[Any] = []

    def __call__(self, rule: Any) -> Outcome:
        """Compare a formula with the computed values."""
        tried = instances(LARGEST, seed=2)
        for place, instance in enumerate(tried):
            if place == len(self._found):
                self._found.append(self._find(instance))
            outcome = self._compare(instance, self._found[place], rule)
            if isinstance(outcome, Refuted):
                return outcome
        return Holds(f"1 to {LARGEST} features, {len(tried)} random instances, to {self._tolerance:g}")

    def _compare(self, instance: Instance, computed: Any, rule: Any) -> Outcome:
        try:
            stated = value(instance, rule)
        except LookupError as missing:
            return Refuted({REASON: str(missing)} | told(instance, rule, eta).values_by_name())
        except ValueError:
            return Refuted({REASON: "it has no real value"} | told(instance, rule, eta).values_by_name())
        if isinstance(computed, float):
            stated = float(stated)
        if abs(computed - stated) <= self._tolerance * max(1, abs(computed)):  # also false for NaN
            return Holds()
        sides = dict(zip(self._names, (mpmath.nstr(computed, 6), mpmath.nstr(stated, 6)), strict=True))
        return Refuted(sides | told(instance, rule, eta).values_by_name())


class ScikitStep:
    """A step of scikit-learn's SGDClassifier with the log loss, for the targets 0 and 1."""

    def __init__(self) -> None:
        self._witnesses = {target: Witness(partial(_step_of_scikit, target=target)) for target in (0, 1)}

    def __call__(self, rule: Any) -> Outcome:
        """Compare a rule with these steps."""
        for target, witness in self._witnesses.items():
            outcome = witness(rule.subs(t, target))
            if isinstance(outcome, Refuted):
                return Refuted({**outcome.counter_example, t.name: str(target)})
        return outcome


def _step_of_scikit(instance: Instance, target: int) -> float:
    inputs, weights = floats(instance, x).numpy()[None], floats(instance, w).numpy()[None]  # (1, n)
    model = SGDClassifier(
        loss="log_loss", alpha=0.0, learning_rate="constant", eta0=float(instance.entries[eta]), fit_intercept=False
    )
    model.partial_fit(
        np.zeros_like(inputs), [0], classes=[0, 1]
    )  # initialises the model; inputs of 0 leave the weights at 0
    model.coef_ = weights.copy()
    model.partial_fit(inputs, [target])
    return float((model.coef_ - weights)[0, instance.integers[i] - 1])


def floats(instance: Instance, array: Any) -> torch.Tensor:
    """Return the entries of a vector as a float64 tensor, (n,)."""
    entries = [float(instance.entries[array[place]]) for place in range(1, instance.integers[n] + 1)]
    return torch.tensor(entries, dtype=torch.float64)
