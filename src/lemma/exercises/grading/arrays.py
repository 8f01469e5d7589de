"""Vectors and matrices in an answer: their products, entry by entry, as expressions in the symbols of the question.

A vector is a column. `*` is the matrix product if the sizes fit, and otherwise the product of the entries.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Sum

ONE = sympy.Integer(1)


class ShapeError(Exception):
    """The sizes of a formula with matrices do not fit."""


@dataclass(frozen=True)
class Array:
    """A matrix with its numbers of rows and columns, and the expression of an entry; a diagonal one is a column."""

    shape: tuple[Any, Any]
    entry: Callable[[Any, Any], Any]
    is_diagonal: bool = False

    def transposed(self) -> "Array":
        """Return the transposed matrix."""
        return self if self.is_diagonal else Array(self.shape[::-1], lambda row, column: self.entry(column, row))

    def apply(self, function: Callable[[Any], Any]) -> "Array":
        """Return the matrix with a function applied to each entry."""
        return Array(self.shape, lambda row, column: function(self.entry(row, column)))


def add(parts: list[Any]) -> Any:
    """Return the sum of arrays and numbers; a number is added to each entry."""
    arrays = [part for part in parts if isinstance(part, Array)]
    if not arrays:
        return sympy.Add(*parts)
    if len({array.shape for array in arrays}) > 1:
        raise _misfit("sum", arrays[0], arrays[-1])
    return Array(
        arrays[0].shape,
        lambda row, column: sympy.Add(
            *(part.entry(row, column) if isinstance(part, Array) else part for part in parts)
        ),
    )


def multiply(kind: str, left: Any, right: Any) -> Any:
    """Return the product of two arrays or numbers, by the kind of product: *, odot or otimes."""
    if not isinstance(left, Array):
        return right.apply(lambda entry: left * entry) if isinstance(right, Array) else left * right
    if not isinstance(right, Array):
        return left.apply(lambda entry: entry * right)
    if kind == "otimes" and left.shape[1] == right.shape[1] == ONE:
        right = right.transposed()
    is_entrywise = kind == "odot" or left.is_diagonal or right.is_diagonal
    if left.shape[1] == right.shape[0] and not is_entrywise:
        return _contract(left, right)
    if left.shape != right.shape:
        raise _misfit("product", left, right)
    return Array(left.shape, lambda row, column: left.entry(row, column) * right.entry(row, column))


def _contract(left: Array, right: Array) -> Any:
    size = left.shape[1]

    def entry(row: Any, column: Any) -> Any:
        if size == ONE:
            return left.entry(row, ONE) * right.entry(ONE, column)
        bound = sympy.Dummy("q", integer=True)
        return Sum(left.entry(row, bound) * right.entry(bound, column), (bound, 1, size))

    product = Array((left.shape[0], right.shape[1]), entry)
    return entry(ONE, ONE) if product.shape == (ONE, ONE) else product


def _misfit(what: str, left: Array, right: Array) -> ShapeError:
    shapes = " and ".join(f"{array.shape[0]} x {array.shape[1]}" for array in (left, right))
    return ShapeError(f"the sizes of a {what} do not fit: {shapes}; check the order and the transposes")
