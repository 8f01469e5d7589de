"""The tokenized corpus on disk, memory-mapped: to open it takes no memory and no time.

`tokens.arrow` is an uncompressed Arrow file with the columns `tokens` (list of int32 type ids), `label` (int32, index
into the classes) and `split` (int8: fixed split, or number of the fold). Its metadata hold the data set's name,
classes, primary metric, protocol and number of types. Type ids number the distinct tokens of the whole corpus, the most
frequent first. They are a lossless encoding and no model's vocabulary, which is fitted on the training split of a run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lemma.corpus.documents import damaged, map_table, read_metadata
from lemma.corpus.primary_metric import DEFAULT
from lemma.corpus.splits import assign_splits
from lemma.errors import InputError

SCHEMA = pa.schema([("tokens", pa.list_(pa.int32())), ("label", pa.int32()), ("split", pa.int8())])


@dataclass(frozen=True)
class Corpus:
    """Type ids, labels and splits of all documents.

    Attributes:
        dataset: name of the data set.
        classes: names of the classes.
        protocol: see `lemma.corpus.splits.assign_splits`.
        types: number of distinct tokens.
        chunks: int32 type ids of consecutive documents, concatenated, on disk; no document crosses a chunk.
        offsets: int64, (documents + 1,), start of each document in the concatenation of all chunks.
        first: int64, (chunks + 1,), first document of each chunk.
        labels: int32, (documents,), class indices.
        split: int8, (documents,), fixed split, or number of the fold.
        metric: primary metric of the data set.
    """

    dataset: str
    classes: list[str]
    protocol: dict[str, Any]
    types: int
    chunks: tuple[NDArray[np.int32], ...]
    offsets: NDArray[np.int64]
    first: NDArray[np.int64]
    labels: NDArray[np.int32]
    split: NDArray[np.int8]
    metric: str = DEFAULT

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of tokens of each document: (documents,)."""
        return np.diff(self.offsets)

    def splits(self, run: int) -> NDArray[np.int8]:
        """Return TRAIN, DEV or TEST of each document in this run: (documents,)."""
        return assign_splits(self.labels, self.split, self.protocol, run)

    def type_ids(self, documents: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the type ids of documents, given by their indices, concatenated in the order given."""
        starts, stops = self.offsets[documents], self.offsets[documents + 1]
        if len(self.chunks) == 1:  # nearly always
            lengths = stops - starts
            within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            type_ids: NDArray[np.int32] = self.chunks[0][np.repeat(starts, lengths) + within]
            return type_ids
        chunk = np.searchsorted(self.first, documents, side="right") - 1
        base = self.offsets[self.first[chunk]]
        slices = zip(chunk.tolist(), (starts - base).tolist(), (stops - base).tolist())
        return np.concatenate([np.empty(0, np.int32), *(self.chunks[at][start:stop] for at, start, stop in slices)])

    def blocks(self, size: int) -> Iterator[tuple[int, int, NDArray[np.int32]]]:
        """Yield blocks of at most `size` consecutive documents, which do not cross a chunk.

        Args:
            size: documents of a block.

        Yields:
            First document, last document + 1, and the type ids of these documents, concatenated.
        """
        for chunk, first, last in zip(self.chunks, self.first[:-1].tolist(), self.first[1:].tolist()):
            base = int(self.offsets[first])
            for start in range(first, last, size):
                stop = min(start + size, last)
                yield start, stop, chunk[self.offsets[start] - base : self.offsets[stop] - base]


def open_corpus(path: Path) -> Corpus:
    """Open a `tokens.arrow`, memory-mapped.

    Raises:
        InputError: the file is missing, truncated or not an Arrow file.
    """
    try:
        table = map_table(path)
        if not table.schema.equals(SCHEMA):
            raise ValueError(f"its columns are {table.schema.names}, expected {SCHEMA.names}, or have other types")
        if any(column.null_count for column in table.columns):
            raise ValueError("a value is missing")
        metadata = read_metadata(table.schema, path)
        types = metadata.get("types")
        if not isinstance(types, int):
            raise ValueError("its metadata lack the number of distinct tokens")
        chunks = table.column("tokens").chunks
        if any(chunk.offsets[:: len(chunk)].to_pylist() != [0, len(chunk.values)] for chunk in chunks if len(chunk)):
            raise ValueError("its documents do not cover all tokens")
        labels = table.column("label").to_numpy()
        if not ((labels >= 0) & (labels < len(metadata["classes"]))).all():
            raise ValueError("a label is not one of its classes")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run `lemma index` for this data set first.") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, error) from None
    starts = np.cumsum([0, *(len(chunk.values) for chunk in chunks)])
    offsets = [chunk.offsets.to_numpy()[:-1].astype(np.int64) + start for chunk, start in zip(chunks, starts)]
    return Corpus(
        dataset=metadata["dataset"],
        classes=metadata["classes"],
        protocol=metadata["protocol"],
        types=types,
        metric=metadata["metric"],
        chunks=tuple(chunk.values.to_numpy(zero_copy_only=True) for chunk in chunks),
        offsets=np.concatenate([*offsets, starts[-1:]]),
        first=np.cumsum([0, *map(len, chunks)]),
        labels=labels,
        split=table.column("split").to_numpy(),
    )
