"""Matrix expressions: the formulas of their entries, and their values by NumPy's matrix products.

The matrix of weights has w_{i,j} at row j, column i. Other arrays with two indices have entry (i, j) at row i, column
j, and an array with one index is a column.
"""

from collections.abc import Mapping
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import (
    DiagMatrix,
    HadamardPower,
    HadamardProduct,
    IndexedBase,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Sum,
    Symbol,
    Transpose,
)
from sympy.core.traversal import bottom_up
from sympy.matrices.expressions.matexpr import MatrixElement

from lemma.exercises.algebra.evaluate import Sizes
from lemma.exercises.algebra.symbols import W1, W2, index, w

Axes = Mapping[IndexedBase, tuple[Symbol, ...]]
Matrices = NDArray[Any]  # (instances, rows, columns)
WEIGHTS = (w, W1, W2)


def as_matrix(array: IndexedBase, *axes: Symbol) -> Any:
    """Return the matrix symbol of an array, with a capital letter for weights."""
    rows, columns = axes[::-1] if array in WEIGHTS else (*axes, 1)[:2]
    return MatrixSymbol(str(array.label).replace("w", "W"), rows, columns)


def orient(array: IndexedBase, entries: NDArray[Any]) -> Matrices:
    """Return the entries of an array, (instances, *axes), as those of its matrix."""
    return entries.swapaxes(1, 2) if array in WEIGHTS else entries.reshape(*entries.shape[:2], -1)


def write_entry(expression: Any, axes: Axes, row: Any, column: Any = 1) -> Any:
    """Return the formula of an entry of a matrix expression, as SymPy multiplies matrices.

    Args:
        expression: The matrix expression.
        axes: Sizes of the axes of each array in it.
        row: Row, counted from 1.
        column: Column.
    """
    arrays = {as_matrix(array, *sizes): array for array, sizes in axes.items()}

    def count_from_one(node: Any) -> Any:
        if not isinstance(node, Sum):
            return node
        ((place, low, high),) = node.limits
        if low == high:
            return node.function.xreplace({place: low})
        shifted = index(str(place))
        return Sum(node.function.xreplace({place: shifted - 1}), (shifted, low + 1, high + 1))

    def use_array(node: Any) -> Any:
        array, places = arrays[node.parent], [place + 1 for place in node.indices]
        return array[tuple(places[::-1] if array in WEIGHTS else places[: len(axes[array])])]

    element = bottom_up(expression._entry(row - 1, column - 1, expand=False), count_from_one)  # no search for sums
    return element.replace(lambda node: isinstance(node, MatrixElement), use_array)


def multiply(node: Any, sizes: Sizes, values: Mapping[Any, Matrices]) -> Matrices:
    """Return the values of a matrix expression by NumPy's matrix products.

    Args:
        node: The matrix expression.
        sizes: Value of each size.
        values: Values of each matrix symbol.

    Raises:
        ValueError: If the shapes of two factors or terms do not fit.
    """
    if node in values:
        return values[node]
    if isinstance(node, OneMatrix):
        return np.ones((1, *(int(size.xreplace(sizes)) for size in node.shape)))
    scalars = [argument for argument in node.args if not argument.is_Matrix]
    matrices = [multiply(argument, sizes, values) for argument in node.args if argument.is_Matrix]
    shapes = [matrix.shape[1:] for matrix in matrices]
    if isinstance(node, MatMul):
        if any(left[1] != right[0] for left, right in pairwise(shapes)):
            raise ValueError(f"matrices of the shapes {', '.join(map(str, shapes))} have no product")
        return float(sympy.Mul(*scalars)) * reduce(np.matmul, matrices)
    if isinstance(node, Transpose):
        return matrices[0].swapaxes(1, 2)
    if isinstance(node, DiagMatrix):
        return matrices[0] * np.eye(matrices[0].shape[1])
    if len(set(shapes)) > 1:
        raise ValueError(f"the shapes {', '.join(map(str, shapes))} differ")
    if isinstance(node, HadamardPower):
        return matrices[0] ** int(scalars[0])
    return reduce({MatAdd: np.add, HadamardProduct: np.multiply}[node.func], matrices)
