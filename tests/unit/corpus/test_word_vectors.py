"""The file of pre-trained word vectors."""

from pathlib import Path

import numpy as np
import pytest

from lemma.corpus.word_vectors import read_word_vectors, write_word_vectors
from lemma.errors import InputError


def test_word_vectors_are_read_as_they_were_written(tmp_path: Path) -> None:
    matrix = np.arange(6, dtype=np.float32).reshape(2, 3)
    write_word_vectors(tmp_path / "v.arrow", ["a", "b"], matrix)
    vectors = read_word_vectors(tmp_path / "v.arrow")
    assert vectors is not None
    assert dict(vectors.index) == {"a": 0, "b": 1}
    assert np.array_equal(vectors.matrix, matrix)


def test_an_empty_file_holds_no_word_vectors(tmp_path: Path) -> None:
    write_word_vectors(tmp_path / "v.arrow", [], np.zeros((0, 3), np.float32))
    assert read_word_vectors(tmp_path / "v.arrow") is None


def test_a_truncated_or_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "v.arrow"
    write_word_vectors(path, ["a"], np.ones((1, 3), np.float32))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"v\.arrow is damaged"):
        read_word_vectors(path)
    with pytest.raises(InputError, match=r"none\.arrow does not exist"):
        read_word_vectors(tmp_path / "none.arrow")
