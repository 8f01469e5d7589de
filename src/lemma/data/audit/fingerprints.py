"""`data/fingerprints/DATASET.arrow`: a hash of the letters and digits of each document, and its split.

Data sets that tokenize, escape and capitalise the same document differently have the same hash of it. Documents without
a letter or digit are left out. The metadata are the data set's name, its protocol and the names of its splits.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lemma import files
from lemma.corpus.documents import METADATA, damaged, map_table, read_metadata
from lemma.data.audit.text_hashes import hash_text, make_hash_array
from lemma.data.audit.text_reader import UNLABELLED, TextReader
from lemma.errors import InputError

SCHEMA = [("fingerprint", pa.binary(16)), ("split", pa.int8())]


def write_fingerprints(path: Path, texts: TextReader, hashes: bytearray, split: NDArray[np.int8]) -> None:
    """Write the fingerprints of a data set.

    Args:
        path: of the file.
        texts: of the data set.
        hashes: 16 bytes for each document, concatenated.
        split: (documents,) indices into `texts.splits`.
    """
    metadata = {key: texts.metadata[key] for key in ("dataset", "classes", "protocol")}
    metadata["splits"] = [name for name in texts.splits if name != UNLABELLED]
    schema = pa.schema(SCHEMA, metadata={METADATA: files.canonical(metadata).encode()})
    batch = pa.record_batch([make_hash_array(hashes), pa.array(split, pa.int8())], schema=schema)
    batch = batch.filter(pc.not_equal(batch.column(0), pa.scalar(hash_text(""), pa.binary(16))))
    with files.atomic(path) as stream, pa.ipc.new_file(stream, schema) as writer:
        writer.write_batch(batch)


def read_fingerprints(path: Path) -> tuple[list[str], pa.Table]:
    """Open the fingerprints of a data set, memory-mapped.

    Returns:
        The names of the splits, and the table with the columns fingerprint and split.

    Raises:
        InputError: the file is missing, damaged, or was not written by lemma.
    """
    try:
        table = map_table(path)
        if [(field.name, field.type) for field in table.schema] != SCHEMA:
            raise ValueError(f"its columns are {table.schema.names}, expected {[name for name, _ in SCHEMA]}")
        splits: list[str] = read_metadata(table.schema, path)["splits"]
        column = table.column("split")
        values = column.to_numpy()
        if column.null_count or not ((values >= 0) & (values < len(splits))).all():
            raise ValueError(f"a split is not one of {splits}")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run `lemma audit` for this data set first.") from None
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError) as error:
        raise damaged(path, error) from None
    return splits, table
