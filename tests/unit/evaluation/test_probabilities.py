import contextlib
import io
import itertools
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lemma.errors import InputError
from lemma.evaluation.probabilities import read_probabilities

FIX = "Run `lemma train tiny cnn 0`."
GOOD = np.array([[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]], np.float32)


def encoded(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def test_probabilities_come_back_as_they_were_written(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", GOOD)
    assert (read_probabilities(tmp_path / "p.npy", 3, 2, FIX) == GOOD).all()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (encoded(GOOD[:2]), r"shape \(2, 2\), not \(3, 2\)"),
        (encoded(GOOD.ravel()), r"shape \(6,\)"),
        (encoded(GOOD.astype(np.float64)), "float64, not float32"),
        (encoded(np.where(GOOD == 1, np.nan, GOOD)), r"document 2: \[nan, 0.0\] holds NaN"),
        (encoded(GOOD * np.array([-1, 1], np.float32)), "document 0: .* a negative number"),
        (encoded(GOOD + np.array([[0], [0.1], [0]], np.float32)), "document 1: the probabilities sum to 1.2, not 1"),
        (encoded(np.where(GOOD == 1, np.float32("inf"), GOOD)), "document 2: the probabilities sum to inf"),
        (encoded(np.array([["a"] * 2] * 3, object)), "damaged"),
        (pickle.dumps(GOOD), "damaged"),
        (b"PK\x03\x04 not a zip", "damaged"),
        (b"", "damaged"),
    ],
)
def test_bad_probabilities_are_refused_by_file_and_fault(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "p.npy"
    path.write_bytes(content)
    with pytest.raises(InputError, match=problem) as caught:
        read_probabilities(path, 3, 2, FIX)
    assert str(path) in caught.value.what
    assert caught.value.fix == FIX


def test_probabilities_cut_short_anywhere_are_refused(tmp_path: Path) -> None:
    path, whole = tmp_path / "p.npy", encoded(GOOD)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match="damaged"):
            read_probabilities(path, 3, 2, FIX)


def test_probabilities_with_any_byte_of_the_header_changed_are_read_or_refused(tmp_path: Path) -> None:
    path, whole = tmp_path / "p.npy", encoded(GOOD)
    for place, byte in itertools.product(range(len(whole) - GOOD.nbytes), b"\x00(0"):
        path.write_bytes(whole[:place] + bytes([byte]) + whole[place + 1 :])
        with contextlib.suppress(InputError):
            assert read_probabilities(path, 3, 2, FIX).shape == (3, 2)


def test_rounding_of_float32_is_no_fault(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", GOOD * np.float32(1.0005))
    assert read_probabilities(tmp_path / "p.npy", 3, 2, FIX).shape == (3, 2)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.npy does not exist"):
        read_probabilities(tmp_path / "none.npy", 3, 2, FIX)
