"""`data/vectors.arrow`: word vectors, memory-mapped; a table of no rows where the networks start from random ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lemma import files
from lemma.corpus.documents import damaged, mapped
from lemma.errors import InputError


@dataclass(frozen=True)
class Vectors:
    """The row of each word, and the vectors: float32, (words, dimensions)."""

    words: Mapping[str, int]
    table: NDArray[np.float32]


def write_vectors(path: Path, words: Sequence[str], table: NDArray[np.float32]) -> None:
    """Write the vectors of distinct words: (words, dimensions)."""
    schema = pa.schema([("word", pa.string()), ("vector", pa.list_(pa.float32(), max(1, table.shape[1])))])
    flat = pa.array(np.ascontiguousarray(table, np.float32).reshape(-1))
    columns = [pa.array(words, pa.string()), pa.FixedSizeListArray.from_arrays(flat, max(1, table.shape[1]))]
    with files.atomic(path) as stream, pa.ipc.new_file(stream, schema) as writer:
        writer.write_batch(pa.record_batch(columns, schema=schema))


def read_vectors(path: Path) -> Vectors | None:
    """Return the vectors in a file; None where it holds none.

    Raises:
        InputError: the file is missing, damaged, or not lemma's.
    """
    try:
        table = mapped(path)
        if table.schema.names != ["word", "vector"] or not pa.types.is_fixed_size_list(table.schema.field(1).type):
            raise ValueError(f"its columns are {table.schema.names}, not word and vector")
        if len(table) == 0:
            return None
        column = table.column("vector").chunk(0)
        values = column.flatten().to_numpy(zero_copy_only=True).reshape(len(table), -1)
        words = table.column("word").to_pylist()
        if table.column("word").null_count or len(values) != len(words) or not np.isfinite(values).all():
            raise ValueError("a value is missing")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run `lemma vectors` first.") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, error) from None
    return Vectors({word: row for row, word in enumerate(words)}, values)
