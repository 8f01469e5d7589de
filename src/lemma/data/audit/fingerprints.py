"""`data/fingerprints/DATASET.arrow`: a hash of each document's letters and digits, and the document's part.

Sets that tokenize, escape and capitalise differently agree in these. Documents without a letter or digit are left out.
The metadata hold the data set's name, its protocol and the names of its parts.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lemma import files
from lemma.corpus.documents import METADATA, damaged, map_table, read_metadata
from lemma.data.audit.texts import UNLABELLED, Texts, digest, hash_array
from lemma.errors import InputError

SCHEMA = [("fingerprint", pa.binary(16)), ("split", pa.int8())]


def write(path: Path, texts: Texts, digests: bytearray, part: NDArray[np.int8]) -> None:
    """Write digests, 16 bytes a document, and parts (documents,)."""
    held = {key: texts.held[key] for key in ("dataset", "classes", "protocol")}
    held["parts"] = [name for name in texts.parts if name != UNLABELLED]
    schema = pa.schema(SCHEMA, metadata={METADATA: files.canonical(held).encode()})
    batch = pa.record_batch([hash_array(digests), pa.array(part, pa.int8())], schema=schema)
    batch = batch.filter(pc.not_equal(batch.column(0), pa.scalar(digest(""), pa.binary(16))))
    with files.atomic(path) as stream, pa.ipc.new_file(stream, schema) as writer:
        writer.write_batch(batch)


def read(path: Path) -> tuple[list[str], pa.Table]:
    """Return the names of the parts, and the table of fingerprints and parts, of which nothing is in memory yet.

    Raises:
        InputError: the file is missing, damaged, or not lemma's.
    """
    try:
        table = map_table(path)
        if [(field.name, field.type) for field in table.schema] != SCHEMA:
            raise ValueError(f"its columns are {table.schema.names}, not {[name for name, _ in SCHEMA]}")
        parts: list[str] = read_metadata(table.schema, path)["parts"]
        part = table.column("split").to_numpy()
        if table.column("split").null_count or not ((part >= 0) & (part < len(parts))).all():
            raise ValueError(f"a part is none of {parts}")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run `lemma audit` for this data set first.") from None
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError) as error:
        raise damaged(path, error) from None
    return parts, table
