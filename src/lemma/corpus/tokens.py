"""The tokenized corpus on disk: memory-mapped, so that opening it costs no memory and no time.

`tokens.arrow` is an uncompressed Arrow file with the columns `tokens` (list of int32 type ids), `label` (int32, index
into the classes) and `part` (int8: fixed part, or fold). Its metadata holds the data set's name, classes, metric,
protocol and number of types. Type ids number the distinct words of the whole corpus, the most frequent first: an
encoding without loss, not a vocabulary. What a model knows is fitted on the training part of its run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lemma.corpus import splits
from lemma.corpus.documents import damaged, mapped, metadata
from lemma.corpus.primary_metric import DEFAULT
from lemma.errors import InputError

SCHEMA = pa.schema([("tokens", pa.list_(pa.int32())), ("label", pa.int32()), ("part", pa.int8())])


@dataclass(frozen=True)
class Corpus:
    """Token ids, labels and parts of all documents.

    `chunks` hold the ids of consecutive documents end to end, int32, on disk; no document crosses a chunk. `offsets`
    (documents + 1,) says where each document starts in the whole of them, `first` (chunks + 1,) which document each
    chunk starts with.
    """

    dataset: str
    classes: list[str]
    protocol: dict[str, Any]
    types: int
    chunks: tuple[NDArray[np.int32], ...]
    offsets: NDArray[np.int64]
    first: NDArray[np.int64]
    labels: NDArray[np.int32]
    part: NDArray[np.int8]
    metric: str = DEFAULT

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Words of each document: (documents,)."""
        return np.diff(self.offsets)

    def parts(self, run: int) -> NDArray[np.int8]:
        """Return TRAIN, DEV or TEST of each document in this run: (documents,)."""
        return splits.parts(self.labels, self.part, self.protocol, run)

    def tokens(self, members: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the ids of these documents end to end, in the order given."""
        starts, stops = self.offsets[members], self.offsets[members + 1]
        if len(self.chunks) == 1:  # nearly always
            lengths = stops - starts
            within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            found: NDArray[np.int32] = self.chunks[0][np.repeat(starts, lengths) + within]
            return found
        where = np.searchsorted(self.first, members, side="right") - 1
        before = self.offsets[self.first[where]]
        places = zip(where.tolist(), (starts - before).tolist(), (stops - before).tolist())
        return np.concatenate([np.empty(0, np.int32), *(self.chunks[at][start:stop] for at, start, stop in places)])

    def blocks(self, size: int) -> Iterator[tuple[int, int, NDArray[np.int32]]]:
        """Yield at most `size` consecutive documents: the first, the one after the last, and their ids.

        A block ends where a chunk does.
        """
        for chunk, first, last in zip(self.chunks, self.first[:-1].tolist(), self.first[1:].tolist()):
            base = int(self.offsets[first])
            for start in range(first, last, size):
                stop = min(start + size, last)
                yield start, stop, chunk[self.offsets[start] - base : self.offsets[stop] - base]


def open_corpus(path: Path) -> Corpus:
    """Return the corpus in a `tokens.arrow`, memory-mapped.

    Raises:
        InputError: the file is missing, cut short or not an Arrow file.
    """
    try:
        table = mapped(path)
        if not table.schema.equals(SCHEMA):
            raise ValueError(f"its columns are {table.schema.names}, not {SCHEMA.names}, or of other types")
        if any(column.null_count for column in table.columns):
            raise ValueError("a value is missing")
        held = metadata(table.schema, path)
        types = held.get("types")
        if not isinstance(types, int):
            raise ValueError("it does not say how many words it has")
        tokens = table.column("tokens").chunks
        if any(chunk.offsets[:: len(chunk)].to_pylist() != [0, len(chunk.values)] for chunk in tokens if len(chunk)):
            raise ValueError("its documents do not fill it")
        labels = table.column("label").to_numpy()
        if not ((labels >= 0) & (labels < len(held["classes"]))).all():
            raise ValueError("a label is none of its classes")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run `lemma index` for this data set first.") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, error) from None
    starts = np.cumsum([0, *(len(chunk.values) for chunk in tokens)])
    pieces = [chunk.offsets.to_numpy()[:-1].astype(np.int64) + start for chunk, start in zip(tokens, starts)]
    return Corpus(
        dataset=held["dataset"],
        classes=held["classes"],
        protocol=held["protocol"],
        types=types,
        metric=held["metric"],
        chunks=tuple(chunk.values.to_numpy(zero_copy_only=True) for chunk in tokens),
        offsets=np.concatenate([*pieces, starts[-1:]]),
        first=np.cumsum([0, *map(len, tokens)]),
        labels=labels,
        part=table.column("part").to_numpy(),
    )
