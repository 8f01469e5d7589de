"""What `prepare` keeps of each document while texts pass by: label, part, group and hash, a few bytes each."""

from array import array
from collections import Counter
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lemma.corpus.splits import SPLITS
from lemma.data.document import Document
from lemma.errors import InputError
from lemma.params import Dataset

SAID = {"training": "train", "val": "dev", "valid": "dev", "validation": "dev", "development": "dev"}
LISTED = 5  # documents without text or label that an error names
LONGEST, MOST = 200, 1000  # characters of a class's name; classes
EMPTY, NAMELESS = "no text", "no label"
# `where` is known where texts are compared: documents may then be left out that have to be named later.
SPOOL = pa.schema([("text", pa.string()), ("where", pa.string())])


class Intake:
    """Takes in documents; those with no text or no label are left out, and counted."""

    def __init__(self, dataset: str, settings: Dataset, *, compare: bool) -> None:
        self.dataset, self.settings, self.compare = dataset, settings, compare
        self.read = 0
        self._labels, self._parts, self._groups = array("i"), array("b"), array("i")
        self._hashes = array("q")
        self._names: dict[str, int] = {}  # classes in the order they came
        self._written: dict[str, int] = {}  # labels as they are written, with the spaces around them
        self._said: dict[str | None, int] = {None: -1}
        self._group_numbers: dict[str | None, int] = {}
        self._missing: Counter[str] = Counter()
        self._first: dict[str, list[str]] = {EMPTY: [], NAMELESS: []}

    def add(self, block: list[Document]) -> pa.RecordBatch:
        """Take in a block of documents and return the texts of those that are kept, and where these stood."""
        self.read += len(block)
        kept = [document for document in block if document.text.strip() and document.label.strip()]
        if len(kept) < len(block):
            self._note([document for document in block if not (document.text.strip() and document.label.strip())])
        for document in kept:
            if document.label not in self._written:
                self._written[document.label] = self._name(document)
            if document.part not in self._said:
                self._said[document.part] = self._part(document)
        self._labels.extend([self._written[document.label] for document in kept])
        self._parts.extend([self._said[document.part] for document in kept])
        number = self._group_numbers
        self._groups.extend([number.setdefault(document.group, len(number)) for document in kept])
        where: list[str | None] = [None] * len(kept)
        if self.compare:
            self._hashes.frombytes(b"".join([_hash(document.text) for document in kept]))
            where = [document.where for document in kept]
        texts = [document.text for document in kept]
        return pa.record_batch([pa.array(texts, pa.string()), pa.array(where, pa.string())], schema=SPOOL)

    @property
    def parts(self) -> NDArray[np.int8]:
        """The part that the data give each document, -1 where they give none: (documents,)."""
        return np.frombuffer(self._parts, np.int8)

    @property
    def groups(self) -> NDArray[np.int32] | None:
        """The group of each document, (documents,), or None where all are in one."""
        return np.frombuffer(self._groups, np.int32) if len(self._group_numbers) > 1 else None

    @property
    def hashes(self) -> NDArray[np.int64]:
        """A hash of each text in lower case and with single spaces: (documents,) where texts are compared."""
        return np.frombuffer(self._hashes, np.int64)

    def left_out(self) -> list[dict[str, Any]]:
        """Return why documents without text or label were left out, how many, and where the first one stood."""
        return [{"reason": r, "documents": n, "first": self._first[r][0]} for r, n in sorted(self._missing.items())]

    def classes(self, order: tuple[str, ...]) -> tuple[list[str], NDArray[np.int32]]:
        """Return the classes, in the given order or else sorted, and the class of each document kept.

        Raises:
            InputError: nothing is left, a document is incomplete and that is refused, there is one class only, or each
                document is of its own.
        """
        if self._missing and self.settings.incomplete == "refuse":
            found = [f"{n} with {r}: {self._listed(r)}" for r, n in sorted(self._missing.items())]
            raise InputError(
                f"Data set '{self.dataset}' has incomplete documents; {'; '.join(found)}.",
                f"Complete or remove them, or write datasets.{self.dataset}.incomplete: drop in params.yaml.",
            )
        if not self._labels:
            raise InputError(
                f"Data set '{self.dataset}' is empty: its files hold no document.", "Check the file's content."
            )
        if len(self._names) < 2:
            raise InputError(
                f"Data set '{self.dataset}' has one class only: '{next(iter(self._names))}'.",
                "A classifier needs two: check the label column in params.yaml.",
            )
        if self.settings.label is not None and len(self._names) == len(self._labels):
            raise InputError(
                f"Data set '{self.dataset}': {len(self._names)} classes, each with 1 document: is "
                f"'{self.settings.label}' the right column?",
                f"Write the column of the classes in params.yaml, datasets.{self.dataset}.label.",
            )
        ordered = set(self._names) <= set(order)
        known = [name for name in order if name in self._names] if ordered else sorted(self._names)
        number = np.array([known.index(name) for name in self._names], np.int32)
        return known, number[np.frombuffer(self._labels, np.int32)]

    def _listed(self, reason: str) -> str:
        more = " ..." if self._missing[reason] > LISTED else ""
        return ", ".join(self._first[reason]) + more

    def _note(self, incomplete: list[Document]) -> None:
        for document in incomplete:
            reason = NAMELESS if document.text.strip() else EMPTY
            self._missing[reason] += 1
            if len(self._first[reason]) < LISTED:
                self._first[reason].append(document.where)

    def _name(self, document: Document) -> int:
        label = document.label.strip()
        new = label not in self._names
        if len(label) > LONGEST or (new and len(self._names) == MOST):
            what = f"is a class of {len(label)} characters" if len(label) > LONGEST else f"is class number {MOST + 1}"
            raise InputError(
                f"{document.where}: '{label[:60]}' {what}.",
                f"This looks like another column: check datasets.{self.dataset}.label in params.yaml.",
            )
        return self._names.setdefault(label, len(self._names))

    def _part(self, document: Document) -> int:
        said = (document.part or "").strip().lower()
        if (part := SAID.get(said, said)) not in SPLITS:
            raise InputError(
                f"{document.where}: part '{document.part}' is none of {', '.join(SPLITS)}.",
                "Rename it in the column that datasets.*.split.column names, or the folder.",
            )
        return SPLITS.index(part)


def _hash(text: str) -> bytes:
    """Return 64 bits of a text's hash; case and white space do not count."""
    return blake2b(" ".join(text.lower().split()).encode(), digest_size=8).digest()
