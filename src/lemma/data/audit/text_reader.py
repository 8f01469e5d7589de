"""Read the texts of a data set for the audit: its documents, then its unlabelled texts, numbered consecutively."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lemma.corpus.documents import damaged, read_documents, read_range
from lemma.corpus.splits import SPLITS
from lemma.layout import Layout

UNLABELLED = "unlabelled"


class Block(NamedTuple):
    """Consecutive texts.

    Attributes:
        start: number of the first text.
        texts: the texts.
        labels: int32, class indices, -1 without a label.
        split: int8, indices into `TextReader.splits`.
    """

    start: int
    texts: list[str]
    labels: NDArray[np.int32]
    split: NDArray[np.int8]


class TextReader:
    """The texts of one data set.

    `splits` names the splits: train, dev and test, or "all" under cross-validation; and "unlabelled" if there are
    unlabelled texts.
    """

    def __init__(self, layout: Layout, dataset: str) -> None:
        """Open the files.

        Raises:
            InputError: a file is missing, damaged, or was not written by lemma.
        """
        self._documents_path, self._unlabelled_path = layout.documents(dataset), layout.unlabelled(dataset)
        self.metadata, self._documents = read_documents(self._documents_path)
        _, self._unlabelled = read_documents(self._unlabelled_path, ["text"])
        self.folds: int = self.metadata["protocol"].get("folds", 0)
        self.documents: int = self._documents.metadata.num_rows
        self.splits = ["all"] if self.folds else [*SPLITS]
        if self._unlabelled.metadata.num_rows:
            self.splits.append(UNLABELLED)

    def __len__(self) -> int:
        return self.documents + int(self._unlabelled.metadata.num_rows)

    def read_blocks(self) -> Iterator[Block]:
        """Yield all texts in order, documents first.

        Raises:
            InputError: a file is damaged.
        """
        start = 0
        for batch in read_range(self._documents, self._documents_path, 0, self.documents):
            labels, split = (self._read_indices(batch, name) for name in ("label", "split"))
            split = split * (not self.folds)
            yield Block(start, _read_texts(batch, self._documents_path), labels, split.astype(np.int8))
            start += len(batch)
        for batch in read_range(self._unlabelled, self._unlabelled_path, 0, len(self) - self.documents):
            labels, split = (np.full(len(batch), value, np.int32) for value in (-1, len(self.splits) - 1))
            yield Block(start, _read_texts(batch, self._unlabelled_path), labels, split.astype(np.int8))
            start += len(batch)

    def _read_indices(self, batch: pa.RecordBatch, name: str) -> NDArray[np.int32]:
        limit = len(self.metadata["classes"]) if name == "label" else self.folds or len(SPLITS)
        column = batch.column(name)
        values: NDArray[np.int32] = column.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
        if not ((values >= 0) & (values < limit)).all():
            raise damaged(self._documents_path, ValueError(f"a {name} is not in the range 0 to {limit - 1}"))
        return values


def _read_texts(batch: pa.RecordBatch, path: Path) -> list[str]:
    column = batch.column("text")
    if column.null_count:
        raise damaged(path, ValueError("a text is missing"))
    texts: list[str] = column.to_pylist()
    return texts
