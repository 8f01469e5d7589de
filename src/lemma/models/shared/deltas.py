"""Weights of several epochs in one file: a table of which most rows are equal in all of them is stored once.

A row that stands in no training document keeps its first value. With n-grams hashed into buckets these are most rows.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Tensors = dict[str, NDArray[Any]]  # named EPOCH.NAME, the epochs numbered from 0
ROWS, VALUES = "@rows", "@values"  # after a name: rows that differ from epoch 0, and what they hold
WORTH = 0.75  # fraction of rows that differ above which a whole table is stored


def shared_rows(tensors: Tensors) -> Tensors:
    """Return the tensors with tables replaced by the rows in which they differ from that of epoch 0."""
    result: Tensors = {}
    for name, tensor in tensors.items():
        first = tensors.get(f"0.{name.partition('.')[2]}", tensor)
        if first is tensor or tensor.ndim != 2 or tensor.shape != first.shape or not tensor.size:
            result[name] = tensor
            continue
        rows = np.flatnonzero((_items(tensor) != _items(first)).any(1))
        if len(rows) > WORTH * len(tensor):
            result[name] = tensor
        else:
            result |= {f"{name}{ROWS}": rows, f"{name}{VALUES}": tensor[rows]}
    return result


def whole_rows(tensors: Tensors) -> Tensors:
    """Return what `shared_rows` was given.

    Raises:
        KeyError, IndexError, ValueError: the tensors do not fit each other.
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


def _items(tensor: NDArray[Any]) -> NDArray[Any]:
    """Return the numbers as integers of their size, so that equal means equal bits."""
    return np.ascontiguousarray(tensor).view(f"u{tensor.itemsize}")
