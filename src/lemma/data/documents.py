"""`documents.parquet`: text (string), label (int32), part (int8), and what lemma writes beside the columns.

The metadata under the key METADATA, in JSON, are the data set's name, classes, protocol, and whether its words are
already set apart by spaces.
"""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lemma.errors import InputError

METADATA = b"lemma"


def metadata(schema: pa.Schema, path: Path) -> dict[str, Any]:
    """Return what lemma wrote beside a file's columns.

    Raises:
        InputError: the file was not written by lemma.
    """
    held = schema.metadata or {}
    if METADATA not in held:
        raise InputError(f"{path} was not written by lemma.", f"Delete it and run again: `rm {path}`.")
    value: dict[str, Any] = json.loads(held[METADATA])
    return value


def read_documents(path: Path) -> tuple[dict[str, Any], pq.ParquetFile]:
    """Return lemma's metadata and the open Parquet file of `documents.parquet`.

    Raises:
        InputError: the file is missing, damaged, or not lemma's.
    """
    try:
        file = pq.ParquetFile(path, memory_map=True)
        return metadata(file.schema_arrow, path), file
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run `lemma prepare` for this data set first.") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path} is damaged: {error}.", f"Delete it and run again: `rm {path}`.") from None
