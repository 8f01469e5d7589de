"""`documents.parquet`: text (string), label (int32), part (int8), and what lemma writes beside the columns.

The metadata under the key METADATA, in JSON, are the data set's name, classes, protocol, the metric that its published
results are in, and whether its words are already set apart by spaces.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lemma.corpus import arrow  # noqa: F401  # before any conversion
from lemma.corpus.primary_metric import DEFAULT
from lemma.errors import InputError

METADATA = b"lemma"
COLUMNS = ["text", "label", "part"]
BUFFER = 2**20  # bytes of a column read at a time
BYTES = 2**23  # of text in a block, about
ROWS = 2**16  # in a block, at most


def metadata(schema: pa.Schema, path: Path) -> dict[str, Any]:
    """Return what lemma wrote beside a file's columns; where it names no metric, it is accuracy.

    Raises:
        InputError: the file was not written by lemma.
    """
    try:
        value: dict[str, Any] = json.loads((schema.metadata or {})[METADATA])
        protocol = value["protocol"]
        _ = value["dataset"], value["classes"], protocol["kind"] == "fixed" or (protocol["folds"], protocol["dev"])
    except (LookupError, ValueError, TypeError):
        raise InputError(f"{path} was not written by lemma.", f"Delete it and run again: `rm {path}`.") from None
    return {"metric": DEFAULT} | value


def read_documents(path: Path, columns: list[str] = COLUMNS) -> tuple[dict[str, Any], pq.ParquetFile]:
    """Return lemma's metadata and the open Parquet file of `documents.parquet`, or of one with other `columns`.

    Raises:
        InputError: the file is missing, damaged, or not lemma's.
    """
    try:
        # Neither mapped nor read ahead: memory holds what is being read, whatever the size of a row group.
        file = pq.ParquetFile(path, buffer_size=BUFFER, pre_buffer=False)
        if file.schema_arrow.names != columns:
            raise ValueError(f"its columns are {file.schema_arrow.names}, not {columns}")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run `lemma prepare` for this data set first.") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, error) from None
    return metadata(file.schema_arrow, path), file


def blocks(documents: pq.ParquetFile, path: Path, size: int, columns: list[str] | None = None) -> Iterator[Any]:
    """Yield record batches of at most `size` documents.

    Raises:
        InputError: the file is damaged.
    """
    try:
        for batch in documents.iter_batches(size, columns=columns):
            batch.validate(full=True)  # texts are UTF-8
            yield batch
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, error) from None


def share(documents: pq.ParquetFile, path: Path, start: int, stop: int) -> Iterator[pa.RecordBatch]:
    """Yield the documents from `start` up to `stop` in blocks of about BYTES of text, so that long ones cost no memory.

    Raises:
        InputError: the file is damaged.
    """
    groups = [documents.metadata.row_group(number) for number in range(documents.num_row_groups)]
    borders = np.cumsum([0, *(group.num_rows for group in groups)]).tolist()
    wanted = [at for at in range(len(groups)) if max(start, borders[at]) < min(stop, borders[at + 1])]
    if not wanted:
        return
    heaviest = max(groups[at].total_byte_size // groups[at].num_rows for at in wanted)
    size = min(max(BYTES // max(heaviest, 1), 1), ROWS)
    held: list[pa.RecordBatch] = []
    weight, at = 0, borders[wanted[0]]
    try:
        for batch in documents.iter_batches(size, row_groups=wanted):
            batch.validate(full=True)  # texts are UTF-8
            held.append(batch.slice(max(start - at, 0), max(0, min(stop, at + len(batch)) - max(start, at))))
            at += len(batch)
            weight += pc.sum(pc.binary_length(held[-1].column("text"))).as_py() or 0
            if 2 * weight > BYTES or 2 * sum(map(len, held)) > ROWS or at >= stop:
                yield pa.concat_batches(held)
                held, weight = [], 0
                if at >= stop:
                    return
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, error) from None
    raise damaged(path, ValueError(f"it ends after {at} documents"))


def mapped(path: Path) -> pa.Table:
    """Return the table in an Arrow file, memory-mapped; lengths and offsets are checked, of the values nothing is read.

    Raises:
        FileNotFoundError: the file is missing.
        pa.ArrowException, OSError: it is cut short or not an Arrow file.
    """
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
        table = reader.read_all()
    table.validate(full=True)
    return table


def damaged(path: Path, error: Exception) -> InputError:
    """Return the error for a file of lemma's own that cannot be read."""
    return InputError(f"{path} is damaged: {error}.", f"Delete it and run again: `rm {path}`.")
