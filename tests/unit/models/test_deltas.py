"""Weights of several epochs are stored once where they are equal, and come back to the last bit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lemma.models.shared.deltas import ROWS, compress_epochs, restore_epochs

FLOATS = st.floats(width=32)  # NaN, infinities and both zeros among them


@given(data=st.data(), shape=array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=6), epochs=st.integers(1, 3))
def test_what_is_shared_comes_back_to_the_last_bit(data: st.DataObject, shape: tuple[int, ...], epochs: int) -> None:
    tensors = {"0.table": data.draw(arrays(np.float32, shape, elements=FLOATS))}
    for epoch in range(1, epochs):
        other = data.draw(arrays(np.float32, shape, elements=FLOATS))
        kept = data.draw(arrays(np.bool_, shape[:1]))
        tensors[f"{epoch}.table"] = np.where(kept.reshape(-1, *[1] * (len(shape) - 1)), tensors["0.table"], other)
    found = restore_epochs(compress_epochs(tensors))
    assert list(found) == list(tensors)
    assert all(found[name].tobytes() == tensors[name].tobytes() for name in tensors)


def test_a_table_of_which_few_rows_differ_is_stored_once() -> None:
    first = np.zeros((1000, 8), np.float32)
    second = first.copy()
    second[7] = 1
    stored = compress_epochs({"0.table": first, "1.table": second})
    assert stored[f"1.table{ROWS}"].tolist() == [7]
    assert sum(value.nbytes for value in stored.values()) < 1.1 * first.nbytes
