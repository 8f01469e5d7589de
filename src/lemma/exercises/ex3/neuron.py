"""A sigmoid neuron with any number of inputs: symbolic proofs and numerical instances.

SymPy cannot simplify fractions with a sum of symbolic length in the exponent. Proofs therefore substitute u = exp(-s),
where s is the net input: phi = 1/(1 + u), and identities between rational functions are decidable.
"""

from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy
from sympy import IndexedBase, Sum, Symbol, exp, log

from lemma.exercises.claim import REASON, Holds, Outcome, Refuted, Unknown
from lemma.exercises.ex3 import digits as digits
from lemma.exercises.indexed import Instance, Space, differentiate, index

i, k, ell, n = (index(name) for name in "ikln")
w, x = IndexedBase("w"), IndexedBase("x")
eta, t = Symbol(r"\eta", positive=True), Symbol("t", real=True)
phi = Symbol(r"\varphi", positive=True)  # the neuron's output
plus, minus = Symbol("a_{+}", positive=True), Symbol("a_{-}", positive=True)  # P(x|c) P(c) of the two classes
SPACE = Space({x: (n,), w: (n,)}, {i: n, ell: n}, (t, eta, plus, minus))
NET = Sum(w[k] * x[k], (k, 1, n))
NAMES = ("computed", "stated")  # names of the two sides in a counter-example
CLOSE = 1e-30  # tolerance of values with 40 digits
_U = Symbol("u", positive=True)


def sigma(net: Any) -> Any:
    """Return the logistic function of a net input."""
    return 1 / (1 + exp(-net))


def of_neuron(expression: Any) -> Any:
    """Substitute the output as a function of weights and inputs for phi."""
    return sympy.sympify(expression).xreplace({phi: sigma(NET)})


@cache
def derivative(expression: Any) -> Any:
    """Return SymPy's derivative of an expression in phi with respect to w_i, for any number of inputs.

    The derivative of the net input is replaced by x_i, after a proof that they are equal.
    """
    inner, whole = differentiate(NET, w[i]), differentiate(of_neuron(expression), w[i])
    proved = isinstance(SPACE.equal(inner, x[i]), Holds)
    return whole.xreplace({inner: x[i]}) if proved else whole


@cache
def instances(largest: int, seed: int = 0) -> tuple[Instance, ...]:
    """Return a random unsaturated neuron for each number of inputs up to `largest` and all values of the indices."""
    random, results = Random(seed), []

    def number(width: int) -> Fraction:
        return Fraction(random.randint(-4 * width, 4 * width), 4)

    for size in range(1, largest + 1):
        entries: dict[Any, Fraction] = {w[place]: number(1) for place in range(1, size + 1)}
        entries |= {x[place]: number(2) or Fraction(1) for place in range(1, size + 1)}
        entries |= {t: Fraction(random.randint(0, 4), 4), eta: Fraction(random.randint(1, 5), 10)}
        entries |= {plus: Fraction(random.randint(1, 9), 10), minus: Fraction(random.randint(1, 9), 10)}
        for here in range(1, size + 1):
            for other in range(1, size + 1):
                results.append(Instance({n: size, i: here, ell: other}, entries))
    return tuple(results)


def equal(left: Any, right: Any, names: tuple[str, str] = ("left", "right")) -> Outcome:
    """Prove that two expressions are equal for neurons with any number of inputs, or find a counter-example."""
    for instance in instances(largest=2):
        outcome = compare(instance, left, right, names)
        if isinstance(outcome, Refuted):
            return outcome
    left, right = of_neuron(left), of_neuron(right)
    if not (left.has(exp, log) or right.has(exp, log)):
        return SPACE.equal(left, right, names)
    difference = sympy.cancel(_in_u(left) - _in_u(right))
    if difference == 0:
        return Holds("the difference cancels to 0 for every number of features")
    for instance in instances(largest=4, seed=1):
        outcome = compare(instance, left, right, names)
        if isinstance(outcome, Refuted):
            return outcome
    return Unknown(f"the difference cancels to {difference}, and no counter-example was found")


def compare(instance: Instance, left: Any, right: Any, names: tuple[str, str]) -> Outcome:
    """Compare two expressions on an instance; an expression without a real value, such as ln(-1), is refuted."""
    used = told(instance, left, right)
    try:
        first, second = value(instance, left), value(instance, right)
    except LookupError as missing:
        return Refuted({REASON: str(missing)} | used.values_by_name())
    except ValueError:
        return Refuted({REASON: "it has no real value"} | used.values_by_name())
    if abs(first - second) <= CLOSE * max(1, abs(first)):
        return Holds()
    return Refuted({names[0]: mpmath.nstr(first, 6), names[1]: mpmath.nstr(second, 6)} | used.values_by_name())


def value(instance: Instance, expression: Any) -> Any:
    """Return the value of an expression to 40 digits.

    Raises:
        LookupError: If the expression contains an entry that does not exist.
        ValueError: If it has no real value, such as ln(-1).
    """
    return digits.value(instance, expression, {phi: _output(instance)})


def _output(instance: Instance) -> Any:
    return digits.value(instance, sigma(NET), {})


def told(instance: Instance, *expressions: Any) -> Instance:
    """Return the instance without indices and scalars that do not occur in the expressions."""
    asked = set().union(*(of_neuron(expression).free_symbols for expression in expressions)) | {i, n}
    integers = {name: value for name, value in instance.integers.items() if name in asked}
    return Instance(
        integers, {name: each for name, each in instance.entries.items() if not name.is_Symbol or name in asked}
    )


def _in_u(expression: Any) -> Any:
    """Return the expression in u = exp(-s), with logarithms of fractions expanded."""
    inside = sympy.sympify(expression).xreplace({NET: -log(_U)}).doit()
    return inside.replace(log, lambda argument: sympy.expand_log(log(sympy.factor(sympy.cancel(argument)))))
