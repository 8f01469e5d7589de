"""`documents.parquet`: text (string), label (int32), part (int8), and what lemma writes beside the columns.

The metadata under the key METADATA, in JSON, are the data set's name, classes, protocol, and whether its words are
already set apart by spaces.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lemma.errors import InputError

METADATA = b"lemma"
COLUMNS = ["text", "label", "part"]


def metadata(schema: pa.Schema, path: Path) -> dict[str, Any]:
    """Return what lemma wrote beside a file's columns.

    Raises:
        InputError: the file was not written by lemma.
    """
    try:
        value: dict[str, Any] = json.loads((schema.metadata or {})[METADATA])
        protocol = value["protocol"]
        _ = value["dataset"], value["classes"], protocol["kind"] == "fixed" or (protocol["folds"], protocol["dev"])
    except (LookupError, ValueError, TypeError):
        raise InputError(f"{path} was not written by lemma.", f"Delete it and run again: `rm {path}`.") from None
    return value


def read_documents(path: Path) -> tuple[dict[str, Any], pq.ParquetFile]:
    """Return lemma's metadata and the open Parquet file of `documents.parquet`.

    Raises:
        InputError: the file is missing, damaged, or not lemma's.
    """
    try:
        file = pq.ParquetFile(path, memory_map=True)
        if file.schema_arrow.names != COLUMNS:
            raise ValueError(f"its columns are {file.schema_arrow.names}, not {COLUMNS}")
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


def damaged(path: Path, error: Exception) -> InputError:
    """Return the error for a file of lemma's own that cannot be read."""
    return InputError(f"{path} is damaged: {error}.", f"Delete it and run again: `rm {path}`.")
