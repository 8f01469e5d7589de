"""`data/vectors.arrow`: pre-trained word vectors, memory-mapped; an empty table if networks start from random ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lemma import files
from lemma.corpus.documents import damaged, map_table
from lemma.errors import InputError


@dataclass(frozen=True)
class WordVectors:
    """Pre-trained word vectors.

    Attributes:
        index: row of each word in `matrix`.
        matrix: float32, (words, embedding_dim).
    """

    index: Mapping[str, int]
    matrix: NDArray[np.float32]


def write_word_vectors(path: Path, words: Sequence[str], matrix: NDArray[np.float32]) -> None:
    """Write the vectors of distinct words: (words, embedding_dim)."""
    embedding_dim = max(1, matrix.shape[1])
    schema = pa.schema([("word", pa.string()), ("vector", pa.list_(pa.float32(), embedding_dim))])
    values = pa.array(np.ascontiguousarray(matrix, np.float32).reshape(-1))
    columns = [pa.array(words, pa.string()), pa.FixedSizeListArray.from_arrays(values, embedding_dim)]
    with files.atomic(path) as stream, pa.ipc.new_file(stream, schema) as writer:
        writer.write_batch(pa.record_batch(columns, schema=schema))


def read_word_vectors(path: Path) -> WordVectors | None:
    """Open the word vectors in a file; return None if the file holds none.

    Raises:
        InputError: the file is missing, damaged, or was not written by lemma.
    """
    try:
        table = map_table(path)
        if table.schema.names != ["word", "vector"] or not pa.types.is_fixed_size_list(table.schema.field(1).type):
            raise ValueError(f"its columns are {table.schema.names}, expected word and vector")
        if len(table) == 0:
            return None
        column = table.column("vector").chunk(0)
        matrix = column.flatten().to_numpy(zero_copy_only=True).reshape(len(table), -1)
        words = table.column("word").to_pylist()
        if table.column("word").null_count or len(matrix) != len(words) or not np.isfinite(matrix).all():
            raise ValueError("a value is missing")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run `lemma vectors` first.") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, error) from None
    return WordVectors({word: row for row, word in enumerate(words)}, matrix)
