"""`documents.parquet`: the columns text (string), label (int32) and split (int8), and metadata in JSON.

The metadata, stored under the key METADATA, are the data set's name, classes, protocol, primary metric, and whether its
texts are published tokenized.
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
COLUMNS = ["text", "label", "split"]
BUFFER = 2**20  # bytes of a column read at a time
BYTES = 2**23  # approximate size of the text in a block
ROWS = 2**16  # rows of a block, at most


def read_metadata(schema: pa.Schema, path: Path) -> dict[str, Any]:
    """Return the metadata that lemma wrote to a file; the primary metric is accuracy if they name none.

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
    """Open a Parquet file of documents.

    Args:
        path: of `documents.parquet`, or of another file that `lemma prepare` wrote.
        columns: that the file must have.

    Returns:
        The metadata and the open file.

    Raises:
        InputError: the file is missing, damaged, or was not written by lemma.
    """
    try:
        # No memory map and no pre-buffering: memory holds only what is being read, whatever the size of a row group.
        file = pq.ParquetFile(path, buffer_size=BUFFER, pre_buffer=False)
        if file.schema_arrow.names != columns:
            raise ValueError(f"its columns are {file.schema_arrow.names}, expected {columns}")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run `lemma prepare` for this data set first.") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, error) from None
    return read_metadata(file.schema_arrow, path), file


def read_blocks(
    documents: pq.ParquetFile, path: Path, size: int, columns: list[str] | None = None
) -> Iterator[pa.RecordBatch]:
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


def read_range(documents: pq.ParquetFile, path: Path, start: int, stop: int) -> Iterator[pa.RecordBatch]:
    """Yield the documents from `start` up to `stop` in blocks of about BYTES of text, so that memory is bounded.

    Raises:
        InputError: the file is damaged.
    """
    groups = [documents.metadata.row_group(number) for number in range(documents.num_row_groups)]
    borders = np.cumsum([0, *(group.num_rows for group in groups)]).tolist()
    wanted = [at for at in range(len(groups)) if max(start, borders[at]) < min(stop, borders[at + 1])]
    if not wanted:
        return
    bytes_per_row = max(groups[at].total_byte_size // groups[at].num_rows for at in wanted)
    size = min(max(BYTES // max(bytes_per_row, 1), 1), ROWS)
    pending: list[pa.RecordBatch] = []
    weight, at = 0, borders[wanted[0]]  # bytes of text in `pending`; the next document
    try:
        for batch in documents.iter_batches(size, row_groups=wanted):
            batch.validate(full=True)  # texts are UTF-8
            pending.append(batch.slice(max(start - at, 0), max(0, min(stop, at + len(batch)) - max(start, at))))
            at += len(batch)
            weight += pc.sum(pc.binary_length(pending[-1].column("text"))).as_py() or 0
            if 2 * weight > BYTES or 2 * sum(map(len, pending)) > ROWS or at >= stop:
                yield pa.concat_batches(pending)
                pending, weight = [], 0
                if at >= stop:
                    return
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, error) from None
    raise damaged(path, ValueError(f"it ends after {at} documents"))


def map_table(path: Path) -> pa.Table:
    """Memory-map the table in an Arrow file; lengths and offsets are checked, values are not read.

    Raises:
        FileNotFoundError: the file is missing.
        pa.ArrowException, OSError: it is truncated or not an Arrow file.
    """
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
        table = reader.read_all()
    table.validate(full=True)
    return table


def damaged(path: Path, error: Exception) -> InputError:
    """Return the error for a file that lemma wrote and that cannot be read."""
    return InputError(f"{path} is damaged: {error}.", f"Delete it and run again: `rm {path}`.")
