"""Tests of the compression of the weights of several epochs: it is lossless, and equal rows are stored once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lemma.models.shared.deltas import ROWS, compress_epochs, restore_epochs

FLOATS = st.floats(width=32)  # includes NaN, infinities and both zeros


@given(data=st.data(), shape=array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=6), epochs=st.integers(1, 3))
def test_compressed_epochs_are_restored_bit_for_bit(data: st.DataObject, shape: tuple[int, ...], epochs: int) -> None:
    tensors = {"0.table": data.draw(arrays(np.float32, shape, elements=FLOATS))}
    for epoch in range(1, epochs):
        epoch_table = data.draw(arrays(np.float32, shape, elements=FLOATS))
        is_shared = data.draw(arrays(np.bool_, shape[:1]))
        tensors[f"{epoch}.table"] = np.where(
            is_shared.reshape(-1, *[1] * (len(shape) - 1)), tensors["0.table"], epoch_table
        )
    restored = restore_epochs(compress_epochs(tensors))
    assert list(restored) == list(tensors)
    assert all(restored[name].tobytes() == tensors[name].tobytes() for name in tensors)


def test_rows_that_epochs_share_are_stored_once() -> None:
    first = np.zeros((1000, 8), np.float32)
    second = first.copy()
    second[7] = 1
    stored = compress_epochs({"0.table": first, "1.table": second})
    assert stored[f"1.table{ROWS}"].tolist() == [7]
    assert sum(value.nbytes for value in stored.values()) < 1.1 * first.nbytes
