"""The texts an audit reads: a data set's documents, then its unlabelled texts, numbered through; and their digests."""

import re
import unicodedata
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lemma.corpus.documents import damaged, read_documents, read_range
from lemma.corpus.splits import SPLITS
from lemma.layout import Layout

UNLABELLED = "unlabelled"
NOT_ALNUM = re.compile(r"[\W_]+")


class Block(NamedTuple):
    """Consecutive texts: their labels (-1: none) and parts (index into the names of parts), int32 and int8."""

    start: int
    texts: list[str]
    labels: NDArray[np.int32]
    part: NDArray[np.int8]


class Texts:
    """A data set's texts. `parts` names what they are divided into: under folds one part, `all`."""

    def __init__(self, layout: Layout, dataset: str) -> None:
        """Open the files.

        Raises:
            InputError: one is missing, damaged, or not lemma's.
        """
        self._documents, self._unlabelled = layout.documents(dataset), layout.unlabelled(dataset)
        self.held, self._labelled = read_documents(self._documents)
        _, self._others = read_documents(self._unlabelled, ["text"])
        self.folds: int = self.held["protocol"].get("folds", 0)
        self.documents: int = self._labelled.metadata.num_rows
        self.parts = (["all"] if self.folds else [*SPLITS]) + ([UNLABELLED] if self._others.metadata.num_rows else [])

    def __len__(self) -> int:
        return self.documents + int(self._others.metadata.num_rows)

    def blocks(self) -> Iterator[Block]:
        """Yield all texts in order, documents first.

        Raises:
            InputError: a file is damaged.
        """
        start = 0
        for batch in read_range(self._labelled, self._documents, 0, self.documents):
            labels, part = (self._numbers(batch, name) for name in ("label", "split"))
            of = (part * (not self.folds)).astype(np.int8)
            yield Block(start, _texts(batch, self._documents), labels, of)
            start += len(batch)
        for batch in read_range(self._others, self._unlabelled, 0, len(self) - self.documents):
            none, last = (np.full(len(batch), value, np.int32) for value in (-1, len(self.parts) - 1))
            yield Block(start, _texts(batch, self._unlabelled), none, last.astype(np.int8))
            start += len(batch)

    def _numbers(self, batch: pa.RecordBatch, name: str) -> NDArray[np.int32]:
        limit = len(self.held["classes"]) if name == "label" else self.folds or len(SPLITS)
        column = batch.column(name)
        values: NDArray[np.int32] = column.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
        if not ((values >= 0) & (values < limit)).all():
            raise damaged(self._documents, ValueError(f"a {name} is none of 0 to {limit - 1}"))
        return values


def _texts(batch: pa.RecordBatch, path: Path) -> list[str]:
    column = batch.column("text")
    if column.null_count:
        raise damaged(path, ValueError("a text is missing"))
    texts: list[str] = column.to_pylist()
    return texts


def normalised(text: str) -> str:
    """Return `text` in lower case, with single spaces and none at its ends."""
    return " ".join(text.lower().split())


def alphanumeric(text: str) -> str:
    """Return the letters and digits of `text`, compatible forms made one and case folded; maybe none."""
    return NOT_ALNUM.sub("", unicodedata.normalize("NFKC", text).casefold())


def digest(text: str) -> bytes:
    """Return 128 bits of BLAKE2b: two different texts of 10^9 share them with a probability below 10^-20."""
    return blake2b(text.encode(), digest_size=16).digest()


def hash_array(digests: bytes | bytearray) -> pa.Array:
    """Return digests that stand end to end as an Arrow column."""
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(digests) // 16, [None, pa.py_buffer(digests)])
