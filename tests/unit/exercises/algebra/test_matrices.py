"""Matrix expressions: printed as in the course, with the entries and the values of their arrays."""

from typing import Any

import numpy as np
import pytest
from sympy import DiagMatrix, HadamardProduct, OneMatrix

from lemma.exercises.algebra.evaluate import evaluate
from lemma.exercises.algebra.matrices import as_matrix, multiply, orient, write_entry
from lemma.exercises.algebra.notation import latex
from lemma.exercises.algebra.symbols import O1, W2, J, g, h, i, j, m, n, o, w

AXES = {w: (n, m), J: (m, n), g: (m,), o: (n,)}
WEIGHTS, JACOBIAN, ARRIVING, INPUTS = (as_matrix(array, *axes) for array, axes in AXES.items())
FORMS: list[tuple[Any, str]] = [
    (WEIGHTS.T * ARRIVING, r"W^{\top} g"),
    (ARRIVING * INPUTS.T, r"g o^{\top}"),
    (JACOBIAN.T * ARRIVING, r"J^{\top} g"),
    (WEIGHTS * INPUTS, "W o"),
    (HadamardProduct(INPUTS, OneMatrix(n, 1) - INPUTS), r"o \odot \left(1 - o\right)"),
    (DiagMatrix(ARRIVING) * WEIGHTS, r"\operatorname{diag}\left(g\right) W"),
    (-ARRIVING, "- g"),
    (HadamardProduct(WEIGHTS.T * ARRIVING, INPUTS), r"\left(W^{\top} g\right) \odot o"),
]


def test_the_transpose_of_a_matrix_with_a_layer_has_one_superscript() -> None:
    assert latex(as_matrix(W2, h, m).T * ARRIVING) == r"W^{(2) \top} g"
    assert latex(ARRIVING * as_matrix(O1, h).T) == r"g o^{(1) \top}"


@pytest.mark.parametrize(("expression", "text"), FORMS, ids=[text for _, text in FORMS])
def test_entries_and_values_are_those_of_numpy(expression: Any, text: str) -> None:
    assert latex(expression) == text
    sizes = {n: 3, m: 2}
    random = np.random.default_rng(0)
    arrays = {array: random.normal(size=(4, *(sizes[size] for size in axes))) for array, axes in AXES.items()}
    values = multiply(
        expression, sizes, {as_matrix(array, *AXES[array]): orient(array, arrays[array]) for array in AXES}
    )
    rows, columns = values.shape[1:]
    sizes |= {i: rows, j: columns}  # the ranges of row and column
    entries = evaluate(write_entry(expression, AXES, i, j), sizes, arrays, {i: i, j: j})
    np.testing.assert_allclose(np.broadcast_to(entries, values.shape), values)


def test_the_weight_from_i_to_j_is_at_row_j_and_column_i() -> None:
    assert write_entry(WEIGHTS, AXES, j, i) == w[i, j]
    assert write_entry(JACOBIAN, AXES, j, i) == J[j, i]


@pytest.mark.parametrize("expression", [WEIGHTS * ARRIVING, ARRIVING + INPUTS, HadamardProduct(ARRIVING, INPUTS)])
def test_shapes_that_do_not_fit_are_refused(expression: Any) -> None:
    values = {
        as_matrix(array, *axes): np.ones((1, *as_matrix(array, *axes).subs({n: 3, m: 2}).shape))
        for array, axes in AXES.items()
    }
    with pytest.raises(ValueError, match="shapes"):
        multiply(expression, {n: 3, m: 2}, values)
