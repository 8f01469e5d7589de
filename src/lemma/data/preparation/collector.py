"""Collect label, split, group and hash of each document while `prepare` streams the texts to disk."""

from array import array
from collections import Counter
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lemma.corpus.splits import SPLITS
from lemma.data.readers.document import Document
from lemma.errors import InputError
from lemma.params import Dataset

SYNONYMS = {"training": "train", "val": "dev", "valid": "dev", "validation": "dev", "development": "dev"}
LISTED = 5  # incomplete documents that an error message lists
MAX_CLASS_LENGTH, MAX_CLASSES = 200, 1000  # characters of a class name; classes
NO_TEXT, NO_LABEL = "no text", "no label"
# `location` is set only if duplicates are dropped: the first one of each kind is then named.
SPOOL = pa.schema([("text", pa.string()), ("location", pa.string())])


class DocumentCollector:
    """Collects a few bytes for each document; documents without text or label are left out and counted."""

    def __init__(self, dataset: str, settings: Dataset, *, hash_texts: bool) -> None:
        self.dataset, self.settings, self.hash_texts = dataset, settings, hash_texts
        self.read = 0
        self._labels, self._splits, self._groups = array("i"), array("b"), array("i")
        self._hashes = array("q")
        self._classes: dict[str, int] = {}  # in the order of their first occurrence
        self._class_of_label: dict[str, int] = {}  # labels as written, which may have white space around them
        self._split_of_name: dict[str | None, int] = {None: -1}
        self._group_numbers: dict[str | None, int] = {}
        self._incomplete: Counter[str] = Counter()
        self._locations: dict[str, list[str]] = {NO_TEXT: [], NO_LABEL: []}

    def add(self, block: list[Document]) -> pa.RecordBatch:
        """Collect a block of documents and return the texts and locations of the complete ones."""
        self.read += len(block)
        complete = [document for document in block if document.text.strip() and document.label.strip()]
        if len(complete) < len(block):
            self._count_incomplete([d for d in block if not (d.text.strip() and d.label.strip())])
        for document in complete:
            if document.label not in self._class_of_label:
                self._class_of_label[document.label] = self._add_class(document)
            if document.split not in self._split_of_name:
                self._split_of_name[document.split] = self._parse_split(document)
        self._labels.extend([self._class_of_label[document.label] for document in complete])
        self._splits.extend([self._split_of_name[document.split] for document in complete])
        numbers = self._group_numbers
        self._groups.extend([numbers.setdefault(document.group, len(numbers)) for document in complete])
        locations: list[str | None] = [None] * len(complete)
        if self.hash_texts:
            self._hashes.frombytes(b"".join([_hash_text(document.text) for document in complete]))
            locations = [document.location for document in complete]
        texts = [document.text for document in complete]
        return pa.record_batch([pa.array(texts, pa.string()), pa.array(locations, pa.string())], schema=SPOOL)

    @property
    def splits(self) -> NDArray[np.int8]:
        """Fixed split of each document, -1 without one: (documents,)."""
        return np.frombuffer(self._splits, np.int8)

    @property
    def groups(self) -> NDArray[np.int32] | None:
        """Group of each document, (documents,), or None if there is only one group."""
        return np.frombuffer(self._groups, np.int32) if len(self._group_numbers) > 1 else None

    @property
    def hashes(self) -> NDArray[np.int64]:
        """Hash of each text, which ignores case and white space: (documents,) if texts are hashed, else (0,)."""
        return np.frombuffer(self._hashes, np.int64)

    def count_left_out(self) -> list[dict[str, Any]]:
        """Return for each reason the number of incomplete documents and the location of the first."""
        counts = sorted(self._incomplete.items())
        return [{"reason": reason, "documents": n, "first": self._locations[reason][0]} for reason, n in counts]

    def assign_labels(self, order: tuple[str, ...]) -> tuple[list[str], NDArray[np.int32]]:
        """Return the names of the classes and the class index of each complete document.

        Args:
            order: of the classes; they are sorted by name if one is not in it.

        Raises:
            InputError: there is no complete document, an incomplete one although these are refused, only one class,
                or a class for each document.
        """
        if self._incomplete and self.settings.incomplete == "refuse":
            counts = [f"{n} with {reason}: {self._list(reason)}" for reason, n in sorted(self._incomplete.items())]
            raise InputError(
                f"Data set '{self.dataset}' has incomplete documents: {'; '.join(counts)}.",
                f"Complete or remove them, or write datasets.{self.dataset}.incomplete: drop in params.yaml.",
            )
        if not self._labels:
            raise InputError(
                f"Data set '{self.dataset}' is empty: its files contain no document.", "Check the file's content."
            )
        if len(self._classes) < 2:
            raise InputError(
                f"Data set '{self.dataset}' has one class only: '{next(iter(self._classes))}'.",
                "A classifier needs two: check the label column in params.yaml.",
            )
        if self.settings.label is not None and len(self._classes) == len(self._labels):
            raise InputError(
                f"Data set '{self.dataset}': {len(self._classes)} classes, each with 1 document: is "
                f"'{self.settings.label}' the right column?",
                f"Write the column of the classes in params.yaml, datasets.{self.dataset}.label.",
            )
        is_ordered = set(self._classes) <= set(order)
        classes = [name for name in order if name in self._classes] if is_ordered else sorted(self._classes)
        index = np.array([classes.index(name) for name in self._classes], np.int32)
        return classes, index[np.frombuffer(self._labels, np.int32)]

    def _list(self, reason: str) -> str:
        return ", ".join(self._locations[reason]) + (" ..." if self._incomplete[reason] > LISTED else "")

    def _count_incomplete(self, documents: list[Document]) -> None:
        for document in documents:
            reason = NO_LABEL if document.text.strip() else NO_TEXT
            self._incomplete[reason] += 1
            if len(self._locations[reason]) < LISTED:
                self._locations[reason].append(document.location)

    def _add_class(self, document: Document) -> int:
        label = document.label.strip()
        is_new = label not in self._classes
        is_long = len(label) > MAX_CLASS_LENGTH
        if is_long or (is_new and len(self._classes) == MAX_CLASSES):
            what = f"is a class of {len(label)} characters" if is_long else f"is class number {MAX_CLASSES + 1}"
            raise InputError(
                f"{document.location}: '{label[:60]}' {what}.",
                f"This looks like another column: check datasets.{self.dataset}.label in params.yaml.",
            )
        return self._classes.setdefault(label, len(self._classes))

    def _parse_split(self, document: Document) -> int:
        name = (document.split or "").strip().lower()
        if (split := SYNONYMS.get(name, name)) not in SPLITS:
            raise InputError(
                f"{document.location}: unknown split '{document.split}', expected one of {', '.join(SPLITS)}.",
                "Rename it in the column that datasets.*.split.column names, or rename the folder.",
            )
        return SPLITS.index(split)


def _hash_text(text: str) -> bytes:
    """Return a 64-bit hash of a text that ignores case and white space."""
    return blake2b(" ".join(text.lower().split()).encode(), digest_size=8).digest()
