"""The data card: where a data set comes from, what it holds, how it was divided, what stands twice."""

from collections import Counter
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.data.catalog import Entry
from lemma.data.splits import PARTS
from lemma.params import Split

EXAMPLES = 4
SPLIT_NOTES = {
    "official": "the published division into train, dev and test",
    "Shares": "divided at random by class, once, with a fixed seed",
    "Column": "divided as the file says",
    "Folds": "cross-validation: folds drawn at random by class with a fixed seed; each run is tested on one fold, and "
    "stops on a share of the others drawn anew",
}


class Card:
    """Collects the card's figures while documents pass by, block by block."""

    def __init__(self, dataset: str, entry: Entry, classes: list[str], protocol: dict[str, Any], split: Split) -> None:
        self.dataset, self.entry, self.classes, self.protocol = dataset, entry, classes, protocol
        self.note = SPLIT_NOTES[split if isinstance(split, str) else type(split).__name__]
        self.counts: Counter[tuple[int, int]] = Counter()
        self.lengths: list[NDArray[np.int64]] = []
        self.seen: dict[bytes, Counter[int]] = {}
        self.examples: list[dict[str, str]] = []

    def add(self, texts: list[str], labels: NDArray[np.int32], part: NDArray[np.int8]) -> None:
        """Take in a block of documents."""
        self.lengths.append(np.array([len(text.split()) for text in texts], np.int64))
        for text, label, number in zip(texts, labels.tolist(), part.tolist()):
            self.counts[number, label] += 1
            digest = blake2b(" ".join(text.lower().split()).encode(), digest_size=12).digest()
            self.seen.setdefault(digest, Counter())[number] += 1
            self._exemplify(text, label, number)

    def _exemplify(self, text: str, label: int, number: int) -> None:
        """Keep the first documents of each class that are short enough to print, never one of dev or test."""
        wanted = EXAMPLES // len(self.classes) or 1
        have = sum(example["label"] == self.classes[label] for example in self.examples)
        trains = number == 0 or self.protocol["kind"] == "folds"
        room = have < wanted and len(self.examples) < EXAMPLES
        if trains and room and 40 <= len(text) <= 160:
            self.examples.append({"label": self.classes[label], "text": text, "part": self._part(number)})

    def _part(self, number: int) -> str:
        return f"fold {number}" if self.protocol["kind"] == "folds" else PARTS[number]

    def json(self) -> dict[str, Any]:
        """Return the card as JSON; duplicates are counted on lower-cased texts with single spaces."""
        lengths = np.concatenate(self.lengths)
        numbers = sorted({number for number, _ in self.counts})
        return {
            "dataset": self.dataset,
            "title": self.entry.title,
            "source": self.entry.source,
            "licence": self.entry.licence,
            "citation": self.entry.citation,
            "demonstration": self.entry.demonstration,
            "classes": self.classes,
            "protocol": self.protocol,
            "split_note": self.note,
            "encoding": self.entry.encoding,
            "documents": int(sum(self.counts.values())),
            "counts": {
                self._part(number): {name: self.counts[number, label] for label, name in enumerate(self.classes)}
                for number in numbers
            },
            "words": {
                "mean": round(float(lengths.mean()), 4),
                "std": round(float(lengths.std()), 4),
                "min": int(lengths.min()),
                "median": float(np.median(lengths)),
                "max": int(lengths.max()),
            },
            "duplicates": self._duplicates(numbers),
            "examples": self.examples,
            "steps": [{"step": step, "before": before, "after": after} for step, before, after in self.entry.steps],
        }

    def _duplicates(self, numbers: list[int]) -> dict[str, dict[str, int]]:
        within = {self._part(n): sum(max(0, c[n] - 1) for c in self.seen.values()) for n in numbers}
        across: dict[str, int] = {}
        if self.protocol["kind"] == "fixed":
            for later, earlier in ((1, 0), (2, 0), (2, 1)):
                both = sum(c[later] for c in self.seen.values() if c[later] and c[earlier])
                across[f"{PARTS[later]} in {PARTS[earlier]}"] = both
        return {"within": within, "across": across}
