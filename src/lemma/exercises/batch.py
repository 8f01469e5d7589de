"""Evaluation of formulas with indices on many instances at once, with NumPy arrays for entries and scalars.

It is exact on integers and fast enough for exhaustive tests. It shares no code with the proofs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

import numpy as np
from sympy import Indexed, IndexedBase, KroneckerDelta, Sum, Symbol

from lemma.exercises.claim import REASON, Outcome, Refuted
from lemma.exercises.indexed import Space
from lemma.exercises.notation import latex

MAX_ENTRIES = 16  # entries of an array in a counter-example
Values = Any  # a number for all instances, or an array (instances,)


@dataclass(frozen=True)
class Batch:
    """Instances of the same sizes: arrays (instances, size, ...), scalars and indices (instances,)."""

    sizes: Mapping[Symbol, int]
    arrays: Mapping[IndexedBase, Any]
    scalars: Mapping[Symbol, Any]

    def values(self, expression: Any) -> Values:
        """Return the value of an expression on each instance.

        Raises:
            LookupError: If the expression contains an entry that does not exist.
        """
        with np.errstate(all="ignore"):
            return self._value(expression, {**self.sizes, **self.scalars})

    def refute(self, wrong: Any, **values: Values) -> Refuted | None:
        """Return the first instance for which `wrong` is true as a counter-example, with its `values`."""
        wrong = np.broadcast_to(wrong, (self.count,))
        if not wrong.any():
            return None
        case = int(np.argmax(wrong))
        named = {name.replace("_", " "): _at(value, case) for name, value in values.items()}
        return Refuted({name: _written(value) for name, value in named.items()} | self._names(case))

    @property
    def count(self) -> int:
        """Return the number of instances."""
        return max(len(values) for values in (*self.arrays.values(), *self.scalars.values()))

    def _names(self, case: int) -> dict[str, str]:
        """Return the values of an instance by name, at most `MAX_ENTRIES` of each array."""
        named = {size.name: str(value) for size, value in self.sizes.items()}
        named |= {_label(scalar): _written(values[case]) for scalar, values in self.scalars.items()}
        for array, values in self.arrays.items():
            places = islice(product(*(range(1, size + 1) for size in values.shape[1:])), MAX_ENTRIES)
            named |= {latex(array[place]): _written(values[(case, *(n - 1 for n in place))]) for place in places}
        return named

    def _value(self, node: Any, known: dict[Any, Values]) -> Values:
        if node in known:
            return known[node]
        if node.is_Integer:
            return int(node)
        if node.is_Rational:
            return int(node.p) / int(node.q)
        if isinstance(node, Indexed):
            return self._entry(node, known)
        if isinstance(node, Sum):
            *inner, (variable, low, high) = node.limits
            summand = Sum(node.function, *inner) if inner else node.function
            bounds = int(self._value(low, known)), int(self._value(high, known))
            terms = (self._value(summand, known | {variable: place}) for place in range(bounds[0], bounds[1] + 1))
            return sum(terms, 0)
        arguments = [self._value(argument, known) for argument in node.args]
        if isinstance(node, KroneckerDelta):
            return np.equal(*arguments).astype(np.int64)
        if node.is_Add:
            return sum(arguments[1:], arguments[0])
        if node.is_Mul:
            whole = arguments[0]
            for factor in arguments[1:]:
                whole = whole * factor
            return whole
        if node.is_Pow:
            return arguments[0] ** arguments[1]
        raise TypeError(f"{node} is not a number, entry, sum, product or power")

    def _entry(self, node: Any, known: dict[Any, Values]) -> Values:
        places, array = [self._value(index, known) for index in node.indices], self.arrays[node.base]
        for place, size in zip(places, array.shape[1:], strict=True):
            if np.any(np.less(place, 1)) or np.any(np.greater(place, size)):
                outside = np.min(place) if np.any(np.less(place, 1)) else np.max(place)
                raise LookupError(f"${latex(node)}$ does not exist for entry {outside}")
        instances = slice(None) if all(isinstance(place, int) for place in places) else np.arange(self.count)
        return array[(instances, *(place - 1 for place in places))]


def _label(scalar: Symbol) -> str:
    """Return the name of a scalar, between dollar signs if it is a formula."""
    return f"${scalar.name}$" if " " in scalar.name else str(scalar.name)


def batches(space: Space, largest: int, cases: int, seed: int = 0) -> Iterator[Batch]:
    """Yield a batch of random integers for each combination of sizes up to `largest`; the space has no free indices."""
    random = np.random.default_rng(seed)
    for shape in product(range(1, largest + 1), repeat=len(space.sizes)):
        sizes = dict(zip(space.sizes, shape, strict=True))
        arrays = {
            array: random.integers(
                0 if array in space.non_negative else -9, 10, (cases, *(sizes[axis] for axis in axes))
            )
            for array, axes in space.arrays.items()
        }
        yield Batch(sizes, arrays, {scalar: random.integers(-9, 10, cases) for scalar in space.scalars})


def equal(space: Space, left: Any, right: Any, names: tuple[str, str] = ("left", "right")) -> Outcome:
    """Prove that two expressions are equal, as `Space.equal` does, after a fast search for counter-examples."""
    for batch in batches(space, largest=2, cases=3, seed=1):
        try:
            first, second = batch.values(left), batch.values(right)
        except LookupError as missing:
            return Refuted({REASON: str(missing)} | {size.name: str(number) for size, number in batch.sizes.items()})
        wrong = batch.refute(first != second, **{names[0]: first, names[1]: second})
        if wrong:
            return wrong
    return space.equal(left, right, names)


def _at(values: Values, case: int) -> Any:
    return values[case] if np.ndim(values) else values


def _written(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return f"{value + 0:.6g}" if isinstance(value, float | np.floating) else str(value)
