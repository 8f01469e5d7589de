"""Values for the figure of exercise 8: a network for which all values are exact and short.

Every net input is 0, where the sigmoid is exactly 1/2. The gradients are computed by the formulas of the claims.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from sympy import IndexedBase

from lemma.exercises.exact import show
from lemma.exercises.indexed import Instance
from lemma.exercises.two_layers import Entry, backpropagate, h, hidden, high, low, m, n, outputs, t, x

HALF = Fraction(1, 2)
WEIGHTS: dict[IndexedBase, tuple[tuple[int, ...], ...]]  # row j, column i: from neuron i to neuron j
WEIGHTS = {low: ((1, -1), (2, -2)), high: ((2, -2),)}
INPUT, TARGET = (Fraction(1), Fraction(1)), (Fraction(1),)


def values(formulas: Mapping[str, Any]) -> dict[str, str]:
    """Return the value and the gradient of each node under the names `value of NODE` and `gradient of NODE`.

    Raises:
        ValueError: If a net input is not 0.
    """
    entries: dict[Any, Fraction] = {x[place]: one for place, one in enumerate(INPUT, 1)}
    entries |= {t[place]: one for place, one in enumerate(TARGET, 1)}
    for given, array, layer in ((INPUT, low, hidden), ((HALF, HALF), high, outputs)):
        for row, weights in enumerate(WEIGHTS[array], 1):
            if sum(one * weight for one, weight in zip(given, weights, strict=True)):
                raise ValueError("the example's net inputs must be 0")
            entries |= {array[column, row]: Fraction(one) for column, one in enumerate(weights, 1)}
            entries[layer[row]] = HALF
    instance = Instance({n: 2, h: 2, m: 1}, entries)
    gradients = backpropagate(formulas, "8.ii.sigmoid")

    def vector(entry: Entry, size: int) -> str:
        return ", ".join(show(instance.value(entry(place))) for place in range(1, size + 1))

    def matrix(entry: Entry, rows: int) -> str:
        return "; ".join(vector(lambda column, row=row: entry(column, row), 2) for row in range(1, rows + 1))

    error = sum(((target - HALF) ** 2 for target in TARGET), Fraction(0)) / 2
    return {
        "value of x": vector(lambda place: x[place], 2),
        "value of W^{(1)}": matrix(lambda column, row: low[column, row], 2),
        "value of s^{(1)}": "0, 0",
        "value of o^{(1)}": vector(lambda place: hidden[place], 2),
        "value of W^{(2)}": matrix(lambda column, row: high[column, row], 1),
        "value of s^{(2)}": "0",
        "value of o^{(2)}": vector(lambda place: outputs[place], 1),
        "value of t": vector(lambda place: t[place], 1),
        "value of E": show(error),
        "gradient of o^{(2)}": vector(gradients.by_outputs, 1),
        "gradient of s^{(2)}": vector(gradients.by_last_net_inputs, 1),
        "gradient of W^{(2)}": matrix(gradients.by_output_weights, 1),
        "gradient of o^{(1)}": vector(gradients.by_hidden, 2),
        "gradient of s^{(1)}": vector(gradients.by_hidden_net_inputs, 2),
        "gradient of W^{(1)}": matrix(gradients.by_hidden_weights, 2),
    }
