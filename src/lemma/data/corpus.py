"""The tokenized corpus on disk: memory-mapped, so that opening it costs no memory and no time.

`tokens.arrow` is an uncompressed Arrow file with the columns `tokens` (list of int32 type ids), `label` (int32, index
into the classes) and `part` (int8: fixed part, or fold). Its metadata holds the data set's name, classes and protocol.
Type ids number the distinct words of the whole corpus: an encoding without loss, not a vocabulary. What a model knows
is fitted on the training part of its run.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lemma.data import splits
from lemma.data.documents import damaged, metadata
from lemma.errors import InputError

COLUMNS = ["tokens", "label", "part"]


@dataclass(frozen=True)
class Corpus:
    """Token ids, labels and parts of all documents.

    `ids` (tokens,) int32 holds the documents end to end; document d is `ids[offsets[d]:offsets[d + 1]]`.
    """

    dataset: str
    classes: list[str]
    protocol: dict[str, Any]
    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    labels: NDArray[np.int32]
    part: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Words of each document: (documents,)."""
        return np.diff(self.offsets)

    def parts(self, run: int) -> NDArray[np.int8]:
        """Return TRAIN, DEV or TEST of each document in this run: (documents,)."""
        return splits.parts(self.labels, self.part, self.protocol, run)


def open_corpus(path: Path) -> Corpus:
    """Return the corpus in a `tokens.arrow`, memory-mapped.

    Raises:
        InputError: the file is missing, cut short or not an Arrow file.
    """
    try:
        with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
            table = reader.read_all()
        table.validate(full=True)  # lengths and offsets; of the ids themselves nothing is read
        if table.schema.names != COLUMNS:
            raise ValueError(f"its columns are {table.schema.names}, not {COLUMNS}")
        held = metadata(table.schema, path)
        labels = table.column("label").to_numpy()
        if not ((labels >= 0) & (labels < len(held["classes"]))).all():
            raise ValueError("a label is none of its classes")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run `lemma tokenize` for this data set first.") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, error) from None
    tokens = table.column("tokens")
    starts = np.cumsum([0, *(len(chunk.values) for chunk in tokens.chunks)])
    pieces = [chunk.offsets.to_numpy()[:-1].astype(np.int64) + start for chunk, start in zip(tokens.chunks, starts)]
    # A corpus of one chunk stays on disk; several are joined, since a document must not end at a chunk's border.
    values = [chunk.values.to_numpy(zero_copy_only=True) for chunk in tokens.chunks]
    return Corpus(
        dataset=held["dataset"],
        classes=held["classes"],
        protocol=held["protocol"],
        ids=values[0] if len(values) == 1 else np.concatenate([np.empty(0, np.int32), *values]),
        offsets=np.concatenate([*pieces, starts[-1:]]),
        labels=labels,
        part=table.column("part").to_numpy(),
    )
