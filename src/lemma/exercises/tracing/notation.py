"""How a trace is written in plain text; `report/trace_sheet.py` has the notation in LaTeX."""

from fractions import Fraction
from typing import ClassVar

from lemma.exercises.algebra.numbers import show
from lemma.exercises.tracing.activation import Activation, to_decimal
from lemma.exercises.tracing.network import BIAS, Edge

DIGITS = 6  # decimals that are printed of an inexact value, unless the network says otherwise
_LARGEST = 10**15  # inexact values from here on are printed with an exponent


class Text:
    """Plain text, in which the label of a row names the neuron."""

    times = "·"
    symbols: ClassVar = {"s": "net", "o": "o", "delta": "delta", "slope": "f'", "t": "target", "E": "error"}
    forward_rule = "net input and output of each neuron"

    def __init__(self, digits: int | None) -> None:
        """Write all numbers exactly, or with `digits` decimals."""
        self._digits = digits

    def delta_rule(self, has_slopes: bool) -> str:
        """Write the rule of the deltas."""
        total = "t - o at an output plus the weighted deltas downstream"
        rule = f"f' times ({total}), f' is 1 unless shown" if has_slopes else total
        return f"delta of each neuron, {rule}"

    def weight_rule(self, eta: Fraction, momentum: Fraction) -> str:
        """Write the rule of the new weights."""
        change, value = (" + momentum * previous change", f", momentum = {show(momentum)}") if momentum else ("", "")
        return f"w + eta * o * delta{change}, with eta = {show(eta)}{value}"

    def number(self, value: Fraction) -> str:
        """Write a number."""
        if self._digits is None:
            return show(value)
        rounded = round(value, self._digits)
        if (value and not rounded) or abs(value) >= _LARGEST:
            return f"{to_decimal(value):.{self._digits}e}".replace("e+", "e")
        return show(rounded, self._digits)

    def factor(self, value: Fraction) -> str:
        """Write a number as a factor or as a term."""
        return f"({self.number(value)})" if value < 0 else self.number(value)

    def product(self, *factors: Fraction) -> str:
        """Write a product."""
        return self.times.join(map(self.factor, factors))

    def symbol(self, letter: str, name: str = "") -> str:
        """Write the symbol of a value of a neuron or, without a name, of the network."""
        return self.symbols[letter]

    def activate(self, activation: Activation, argument: str) -> str:
        """Write an activation of an argument."""
        return f"{activation}({argument})"

    def change(self, symbol: str, old: Fraction, new: Fraction) -> str:
        """Write an old and a new value."""
        return f"{symbol} {self.number(old)} -> {self.number(new)}"

    def state(self, symbol: str, value: Fraction) -> str:
        """Write a given value."""
        return f"{symbol} {self.number(value)}"

    def label(self, name: str) -> str:
        """Write the label of a neuron."""
        return f"neuron {name}"

    def new_weight(self, edge: Edge, expression: str) -> list[str]:
        """Write the row of a new weight."""
        source, name = edge
        return [f"bias {name}" if source == BIAS else f"w {source} -> {name}", expression]
