"""Evaluation of formulas with indices, for all index values and all instances at once.

Each free index becomes an axis of the result; a sum adds an axis and sums over it. The first axis of each array is the
instance; its size is 1 if all instances share the array. Entries are float64, complex, or objects such as variables of
z3 and dual numbers. The proofs for every size do not use this module.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Indexed, KroneckerDelta, Sum, Symbol

from lemma.exercises.algebra.notation import latex

Sizes = Mapping[Symbol, int]
Arrays = Mapping[Any, Any]  # array or scalar -> (instances, *sizes)


@dataclass(frozen=True)
class Arithmetic:
    """Operations of a number type: conversion of p / q, and functions by name."""

    quotient: Callable[[int, int], Any]
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


def logistic(net: Any) -> Any:
    """Return 1 / (1 + exp(-net)) for each entry, real or complex."""
    return 1 / (1 + np.exp(-net))


FLOAT = Arithmetic(
    lambda p, q: p / q,
    {
        "exp": np.exp,
        "log": np.log,
        "tanh": np.tanh,
        "sigma": logistic,
        "varphi": lambda net: np.where(np.greater_equal(net, 0), 1, -1),
        "H": lambda net: np.where(np.greater_equal(net, 0), 1, 0),
    },
)


def evaluate(
    expression: Any, sizes: Sizes, arrays: Arrays, indices: Mapping[Symbol, Symbol], arithmetic: Arithmetic = FLOAT
) -> NDArray[Any]:
    """Return the values of a formula, (instances, *sizes of the indices).

    Args:
        expression: The formula.
        sizes: Value of each size.
        arrays: Entries of each array, (instances, ...), and values of each scalar, (instances,).
        indices: Size of each free index.
        arithmetic: Number type of the entries.

    Raises:
        LookupError: If the formula contains an entry that does not exist.
        TypeError: If it contains anything but numbers, entries, sums, products, powers and functions of the arithmetic.
    """
    shape = tuple(sizes[size] for size in indices.values())
    places = np.meshgrid(*(np.arange(1, size + 1) for size in shape), indexing="ij", sparse=True)
    known = {**sizes, **dict(zip(indices, places, strict=True))}
    with np.errstate(all="ignore"):  # NaN differs from every number, so it counts as wrong
        value = np.asarray(_Evaluator(arrays, arithmetic).value(sympy.sympify(expression), known, len(shape), np.True_))
    return np.broadcast_to(value, np.broadcast_shapes(value.shape, (1, *shape)))


@dataclass(frozen=True)
class _Evaluator:
    """Evaluates a formula recursively.

    `known` are the values of sizes and indices, `rank` is the number of index axes, and `valid` masks the positions at
    which an entry must exist.
    """

    arrays: Arrays
    arithmetic: Arithmetic

    def value(self, node: Any, known: Mapping[Any, Any], rank: int, valid: Any) -> Any:
        if node in known:
            return known[node]
        if node in self.arrays:
            scalar = np.asarray(self.arrays[node])
            return scalar.reshape(scalar.shape + (1,) * rank)
        if node.is_Integer:
            return int(node)
        if node.is_Rational:
            return self.arithmetic.quotient(int(node.p), int(node.q))
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
            return self._power(*values)
        function = self.arithmetic.functions.get(node.func.__name__)
        if function is None:
            raise TypeError(f"{node} cannot be evaluated")
        return function(*values)

    def _power(self, base: Any, exponent: Any) -> Any:
        """Return a power: a product if the exponent is a small integer, which all number types support."""
        if not isinstance(exponent, int):
            return (base * self.arithmetic.quotient(1, 1)) ** exponent
        product = reduce(np.multiply, [base] * abs(exponent), 1)
        return product if exponent >= 0 else np.divide(self.arithmetic.quotient(1, 1), product)

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
