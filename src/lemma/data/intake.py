"""What `prepare` keeps of each document while texts pass by: label, part, group and hash, a few bytes each."""

from array import array
from collections import Counter
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lemma.data.document import Document
from lemma.data.splits import PARTS
from lemma.errors import InputError
from lemma.params import Dataset

SAID = {"training": "train", "val": "dev", "valid": "dev", "validation": "dev", "development": "dev"}
LISTED = 5  # documents without text or label that an error names
LONGEST, MOST = 200, 1000  # characters of a class's name; classes
EMPTY, NAMELESS = "no text", "no label"


class Intake:
    """Takes in documents; those with no text or no label are left out, and counted."""

    def __init__(self, dataset: str, settings: Dataset, hashes: bool) -> None:
        self.dataset, self.settings = dataset, settings
        self.read = 0
        self.names: dict[str, int] = {}
        self.labels, self.parts, self.groups = array("i"), array("b"), array("i")
        self.group_names: dict[str | None, int] = {}
        self.hashes = array("q") if hashes else None
        self.first: dict[str, list[str]] = {EMPTY: [], NAMELESS: []}
        self.missing: Counter[str] = Counter()
        self._places: list[str] = []
        self._every = 1

    def add(self, block: list[Document]) -> pa.Array:
        """Take in a block of documents and return the texts of those that are kept."""
        texts = []
        for document in block:
            text, label = document.text, document.label.strip()
            self.read += 1
            if not label or not text.strip():
                reason = NAMELESS if text.strip() else EMPTY
                self.missing[reason] += 1
                if len(self.first[reason]) < LISTED:
                    self.first[reason].append(document.where)
                continue
            number = self.names.get(label)
            self.labels.append(self._name(label, document) if number is None else number)
            self.parts.append(-1 if document.part is None else self._part(document))
            self.groups.append(self.group_names.setdefault(document.group, len(self.group_names)))
            if self.hashes is not None:
                self.hashes.append(_hash(text))
                self._places.append(document.where)
            texts.append(text)
        return pa.array(texts, pa.string())

    def where(self, member: int) -> str:
        """Return where a document stood; known where hashes are kept."""
        return self._places[member]

    def _name(self, label: str, document: Document) -> int:
        if len(label) > LONGEST or len(self.names) == MOST:
            what = f"is a class of {len(label)} characters" if len(label) > LONGEST else f"is class number {MOST + 1}"
            raise InputError(
                f"{document.where}: '{label[:60]}' {what}.",
                f"This looks like another column: check datasets.{self.dataset}.label in params.yaml.",
            )
        return self.names.setdefault(label, len(self.names))

    def _part(self, document: Document) -> int:
        said = (document.part or "").strip().lower()
        if (part := SAID.get(said, said)) not in PARTS:
            raise InputError(
                f"{document.where}: part '{document.part}' is none of {', '.join(PARTS)}.",
                "Rename it in the column that datasets.*.split.column names, or the folder.",
            )
        return PARTS.index(part)

    def left_out(self) -> list[dict[str, Any]]:
        """Return why documents without text or label were left out, how many, and where the first one stood."""
        return [{"reason": r, "documents": n, "first": self.first[r][0]} for r, n in sorted(self.missing.items())]

    def classes(self, order: tuple[str, ...]) -> tuple[list[str], NDArray[np.int32]]:
        """Return the classes, in the given order or else sorted, and the class of each document kept.

        Raises:
            InputError: nothing is left, a document is incomplete and that is refused, or there is one class only.
        """
        if self.missing and self.settings.incomplete == "refuse":
            what = "; ".join(f"{n} with {r}: {', '.join(self.first[r])}" for r, n in sorted(self.missing.items()))
            raise InputError(
                f"Data set '{self.dataset}' has incomplete documents; {what}{' ...' if self._more() else ''}.",
                f"Complete or remove them, or write datasets.{self.dataset}.incomplete: drop in params.yaml.",
            )
        if not self.labels:
            raise InputError(
                f"Data set '{self.dataset}' is empty: its files hold no document.", "Check the file's content."
            )
        if len(self.names) < 2:
            raise InputError(
                f"Data set '{self.dataset}' has one class only: '{next(iter(self.names))}'.",
                "A classifier needs two: check the label column in params.yaml.",
            )
        known = [name for name in order if name in self.names] if set(self.names) <= set(order) else sorted(self.names)
        number = np.array([known.index(name) for name in self.names], np.int32)
        return known, number[np.frombuffer(self.labels, np.int32)]

    def _more(self) -> bool:
        return any(n > LISTED for n in self.missing.values())


def _hash(text: str) -> int:
    """Return 64 bits of a text's hash; case and white space do not count."""
    return int.from_bytes(blake2b(" ".join(text.lower().split()).encode(), digest_size=8).digest(), "big", signed=True)
