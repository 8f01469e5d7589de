"""Vectorised evaluation of formulas with indices in float64, for all index values and all instances at once.

Each free index becomes an axis of the result; a sum adds an axis and sums over it. The first axis of each array is the
instance; its size is 1 if all instances share the array. The proofs do not use this module.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Indexed, KroneckerDelta, Sum, Symbol

from lemma.exercises.notation import latex

Floats = NDArray[np.float64]


def logistic(net: Any) -> Any:
    """Return 1 / (1 + exp(-net)) for each entry, real or complex."""
    return 1 / (1 + np.exp(-net))


FUNCTIONS: Mapping[str, Any] = {"exp": np.exp, "log": np.log, "tanh": np.tanh, "sigma": logistic}


@dataclass(frozen=True)
class Tensors:
    """Values of the sizes, arrays, (instances, ...), and scalars of a formula."""

    sizes: Mapping[Symbol, int]
    arrays: Mapping[Any, Any]

    def evaluate(self, expression: Any, indices: Mapping[Symbol, Symbol]) -> Floats:
        """Return the values of a formula, (instances, *sizes of the indices).

        Args:
            expression: The formula.
            indices: Size of each free index.

        Raises:
            LookupError: If the formula contains an entry that does not exist.
            TypeError: If it contains anything but numbers, entries, sums, products, powers and `FUNCTIONS`.
        """
        shape = tuple(self.sizes[size] for size in indices.values())
        places = np.meshgrid(*(np.arange(1, size + 1) for size in shape), indexing="ij", sparse=True)
        known = {**self.sizes, **dict(zip(indices, places, strict=True))}
        with np.errstate(all="ignore"):  # NaN differs from every number, so it counts as wrong
            value = np.asarray(_Reader(self.arrays).value(expression, known, len(shape), np.True_), float)
        return np.broadcast_to(value, np.broadcast_shapes(value.shape, shape))


@dataclass(frozen=True)
class _Reader:
    """Evaluates a formula recursively.

    `known` are the values of sizes and indices, `rank` is the number of index axes, and `valid` masks the positions at
    which an entry must exist.
    """

    arrays: Mapping[Any, Any]

    def value(self, node: Any, known: Mapping[Any, Any], rank: int, valid: Any) -> Any:
        if node in known:
            return known[node]
        if node in self.arrays:
            return self.arrays[node]
        if node.is_Integer:
            return int(node)
        if node.is_Rational:
            return int(node.p) / int(node.q)
        if isinstance(node, Indexed):
            return self._entry(node, known, rank, valid)
        if isinstance(node, Sum):
            return self._sum(node.function, node.limits, known, rank, valid)
        if node.is_Mul:
            return self._product(node, known, rank, valid)
        values = [self.value(argument, known, rank, valid) for argument in node.args]
        if isinstance(node, KroneckerDelta):
            return np.equal(*values).astype(np.int64)
        if node.is_Add:
            return reduce(np.add, values)
        if node.is_Pow:
            return np.asarray(values[0], float) ** values[1]
        if isinstance(node, sympy.Function) and node.func.__name__ in FUNCTIONS:
            return FUNCTIONS[node.func.__name__](*values)
        raise TypeError(f"{node} cannot be evaluated over arrays")

    def _sum(self, function: Any, limits: Any, known: Mapping[Any, Any], rank: int, valid: Any) -> Any:
        """Sum over the outermost variable, whose bounds may depend on indices: terms outside them are 0."""
        *inner, (variable, low, high) = limits
        deeper = {name: place[..., None] if isinstance(place, np.ndarray) else place for name, place in known.items()}
        first, last = (self.value(bound, deeper, rank + 1, valid) for bound in (low, high))
        place = np.arange(np.min(first), np.max(last) + 1).reshape((1,) * rank + (-1,))
        inside = (place >= first) & (place <= last)
        counts, deeper = valid[..., None] & inside, deeper | {variable: place}
        if inner:
            term = self._sum(function, inner, deeper, rank + 1, counts)
        else:
            term = self.value(function, deeper, rank + 1, counts)
        return np.where(inside, term, 0).sum(-1)

    def _product(self, product: Any, known: Mapping[Any, Any], rank: int, valid: Any) -> Any:
        """Multiply; where Kronecker's delta is 0, the entries of the other factors need not exist."""
        factors = _factors(product)
        deltas = [self.value(factor, known, rank, valid) for factor in factors if isinstance(factor, KroneckerDelta)]
        counts = reduce(np.logical_and, deltas, valid)
        others = [
            self.value(factor, known, rank, counts) for factor in factors if not isinstance(factor, KroneckerDelta)
        ]
        return reduce(np.multiply, deltas + others)

    def _entry(self, node: Any, known: Mapping[Any, Any], rank: int, valid: Any) -> Any:
        array, places = np.asarray(self.arrays[node.base]), []
        if len(node.indices) != array.ndim - 1:
            raise LookupError(f"${latex(node)}$ does not exist: the array has {array.ndim - 1} indices")
        for index, size in zip(node.indices, array.shape[1:], strict=True):
            place = np.asarray(self.value(index, known, rank, valid))
            outside = np.broadcast_arrays(place, ((place < 1) | (place > size)) & valid)
            if outside[1].any():
                raise LookupError(f"${latex(node)}$ does not exist for ${latex(index)} = {outside[0][outside[1]][0]}$")
            places.append(np.clip(place, 1, size).reshape((1,) * (rank - place.ndim) + place.shape) - 1)
        return array[(slice(None), *places)]


def _factors(product: Any) -> list[Any]:
    """Return the factors of nested products."""
    return [factor for part in product.args for factor in (_factors(part) if part.is_Mul else [part])]
