"""Recursive evaluation of formulas with indices, in exact fractions or in mpmath numbers of any precision.

It is about 100 times faster than the substitution of numbers into a SymPy expression. The proofs do not use it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from math import prod
from typing import Any

import sympy
from sympy import Indexed, KroneckerDelta, Sum

from lemma.exercises.notation import latex

Names = Mapping[Any, Any]


@cache
def entry_of(array: Any, position: tuple[int, ...]) -> Any:
    """Return the entry of an array at a position; cached, since SymPy takes at least 0.1 ms to build it."""
    return array[position]


@dataclass(frozen=True)
class Arithmetic:
    """A number type: the conversion from fractions, and its functions by their SymPy class."""

    number: Callable[[Fraction], Any]
    functions: Mapping[Any, Callable[..., Any]] = field(default_factory=dict)

    def value(self, node: Any, names: Names, entries: Names) -> Any:
        """Return the value of an expression.

        Args:
            node: The expression.
            names: Values of sizes, indices and scalars.
            entries: Values of array entries.

        Raises:
            LookupError: If the expression contains an entry that does not exist.
            TypeError: If it contains an unsupported node, such as a symbol without a value.
        """
        if node in names:
            return names[node]
        if node.is_Integer:
            return int(node)
        if node.is_Rational:
            return self.number(Fraction(int(node.p), int(node.q)))
        if isinstance(node, Sum):
            return self._sum(node.function, node.limits, names, entries)
        parts = [
            self.value(part, names, entries) for part in (node.indices if isinstance(node, Indexed) else node.args)
        ]
        match node:
            case Indexed():
                entry = entry_of(node.base, tuple(map(int, parts)))
                if entry not in entries:
                    raise LookupError(f"${latex(entry)}$ does not exist")
                return entries[entry]
            case sympy.Add():
                return sum(parts)
            case sympy.Mul():
                return prod(parts)
            case sympy.Pow():
                base, power = parts
                # a negative power of a Python integer would be a float
                return self.number(Fraction(1)) / base**-power if power < 0 else base**power
            case KroneckerDelta():
                return int(parts[0] == parts[1])
        if node.func not in self.functions:
            raise TypeError(f"{node} cannot be evaluated")
        return self.functions[node.func](*parts)

    def _sum(self, term: Any, limits: tuple[Any, ...], names: Names, entries: Names) -> Any:
        """Return the value of a sum; the last of its limits is the outermost."""
        if not limits:
            return self.value(term, names, entries)
        *inner, (variable, low, high) = limits
        first, last = int(self.value(low, names, entries)), int(self.value(high, names, entries))
        if last < first - 1:  # SymPy's convention (Karr, 1981)
            return -self._sum(term, (*inner, (variable, high + 1, low - 1)), names, entries)
        return sum(
            self._sum(term, tuple(inner), {**names, variable: place}, entries) for place in range(first, last + 1)
        )


EXACT = Arithmetic(lambda fraction: fraction)
