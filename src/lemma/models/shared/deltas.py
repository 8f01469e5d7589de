"""Store the weights of several epochs compactly: of a table that changed in few rows only these rows.

The word vectors of tokens that do not occur in the training documents never change. With n-grams hashed into buckets
these are most rows of the table.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Tensors = dict[str, NDArray[Any]]  # by name EPOCH.NAME, with the epochs numbered from 0
ROWS, VALUES = "@rows", "@values"  # suffixes: indices of the rows that differ from those of epoch 0, and these rows
MAX_FRACTION = 0.75  # of rows that differ, above which the whole table is stored


def compress_epochs(tensors: Tensors) -> Tensors:
    """Return the tensors with each table of a later epoch replaced by the rows that differ from those of epoch 0."""
    result: Tensors = {}
    for name, tensor in tensors.items():
        first = tensors.get(f"0.{name.partition('.')[2]}", tensor)
        if first is tensor or tensor.ndim != 2 or tensor.shape != first.shape or not tensor.size:
            result[name] = tensor
            continue
        rows = np.flatnonzero((_bits(tensor) != _bits(first)).any(1))
        if len(rows) > MAX_FRACTION * len(tensor):
            result[name] = tensor
        else:
            result |= {f"{name}{ROWS}": rows, f"{name}{VALUES}": tensor[rows]}
    return result


def restore_epochs(tensors: Tensors) -> Tensors:
    """Return the tensors from which `compress_epochs` made these.

    Raises:
        KeyError, IndexError, ValueError: the tensors do not fit together.
    """
    result: Tensors = {}
    for name, tensor in tensors.items():
        if name.endswith(VALUES):
            continue
        if name.endswith(ROWS):
            name = name.removesuffix(ROWS)
            table = tensors[f"0.{name.partition('.')[2]}"].copy()
            table[tensor] = tensors[f"{name}{VALUES}"]
            result[name] = table
        else:
            result[name] = tensor
    return result


def _bits(tensor: NDArray[Any]) -> NDArray[Any]:
    """Return floating-point numbers as integers of equal size, so that equal means bit-equal."""
    return np.ascontiguousarray(tensor).view(f"u{tensor.itemsize}")
