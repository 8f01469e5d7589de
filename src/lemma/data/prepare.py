"""Stage `prepare`: documents with class and part in one Parquet file, and the data card.

The files are read twice, first for the labels, which a stratified division needs whole, then for the texts: memory
holds one label and one hash a document, never the texts.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lemma import files
from lemma.data import catalog, splits
from lemma.data.card import Card
from lemma.data.documents import METADATA
from lemma.data.readers import READERS, Document
from lemma.errors import InputError
from lemma.layout import Layout
from lemma.params import Dataset, Folds, Params, Shares

BATCH = 10_000  # documents a row group
OWN = catalog.Entry(
    title="A data set of the user's own",
    files=(),
    reader="table",
    source="a file of the user's own",
    licence="not stated",
    citation="not stated",
    tokenized=False,
    official=False,
)


def entry_of(dataset: str, params: Params) -> tuple[catalog.Entry, Dataset]:
    """Return the catalogue's entry and the settings of a data set, catalogued or the user's own."""
    settings = params.datasets.get(dataset)
    if settings is not None and settings.path is not None:
        return OWN, settings
    return catalog.find(dataset, list(params.datasets)), settings or Dataset(split="official")


def prepare(layout: Layout, dataset: str, params: Params) -> None:
    """Write `documents.parquet` (text, label, part) and `card.json` of a data set.

    Raises:
        InputError: the files are unreadable, or hold no document, one class only, or a part with no document.
    """
    entry, settings = entry_of(dataset, params)
    if settings.split == "official" and not entry.official:
        raise InputError(
            f"params.yaml: datasets.{dataset}.split: {dataset} has no official split.",
            "Write {folds: 10} or {dev: 0.1, test: 0.2}.",
        )
    source = layout.source(dataset)

    def read() -> Iterator[Document]:
        return READERS[entry.reader](source, settings)

    classes, labels, fixed = _labels(read(), dataset)
    part, protocol = _divide(labels, fixed, settings, dataset)
    _check_parts(part, labels, classes, protocol, dataset)
    held = {"dataset": dataset, "classes": classes, "protocol": protocol, "tokenized": entry.tokenized}
    schema = pa.schema(
        [("text", pa.string()), ("label", pa.int32()), ("part", pa.int8())],
        metadata={METADATA: files.canonical(held).encode()},
    )
    card = Card(dataset, entry, classes, protocol, settings.split)
    documents = read()
    with files.atomic(layout.documents(dataset)) as stream, pq.ParquetWriter(stream, schema) as writer:
        for start in range(0, len(labels), BATCH):
            texts = [document.text for document in islice(documents, BATCH)]
            block = slice(start, start + len(texts))
            card.add(texts, labels[block], part[block])
            writer.write_table(pa.table([texts, labels[block], part[block]], schema=schema))
    files.write_json(layout.card(dataset), card.json())


def _labels(documents: Iterator[Document], dataset: str) -> tuple[list[str], NDArray[np.int32], NDArray[np.int8]]:
    """Return classes (sorted), class index and fixed part (-1: none) of every document."""
    seen: dict[str, int] = {}
    labels: list[int] = []
    fixed: list[int] = []
    for document in documents:
        labels.append(seen.setdefault(document.label, len(seen)))
        if document.part is not None and document.part not in splits.PARTS:
            raise InputError(
                f"{document.where}: part '{document.part}' is none of train, dev, test.",
                "Rename it in the column that datasets.*.split.column names.",
            )
        fixed.append(-1 if document.part is None else splits.PARTS.index(document.part))
    if not labels:
        raise InputError(f"Data set '{dataset}' is empty: its files hold no document.", "Check the file's content.")
    if len(seen) < 2:
        raise InputError(
            f"Data set '{dataset}' has one class only: '{next(iter(seen))}'.",
            "A classifier needs two: check the label column in params.yaml.",
        )
    classes = sorted(seen)
    order = np.array([classes.index(name) for name in seen], np.int32)
    return classes, order[np.array(labels)], np.array(fixed, np.int8)


def _divide(
    labels: NDArray[np.int32], fixed: NDArray[np.int8], settings: Dataset, dataset: str
) -> tuple[NDArray[np.int8], dict[str, object]]:
    """Return the part or fold of every document, and the protocol that says which of the two it is."""
    split = settings.split
    if isinstance(split, Folds):
        smallest = int(np.bincount(labels).min())
        if smallest < split.folds:
            raise InputError(
                f"Data set '{dataset}': a class has {smallest} documents, fewer than the {split.folds} folds.",
                f"Write fewer folds in params.yaml: datasets.{dataset}.split.",
            )
        part = splits.stratify(labels, [1 / split.folds] * split.folds, seed=0)
        return part, {"kind": "folds", "folds": split.folds, "dev": split.dev}
    if isinstance(split, Shares):
        return splits.stratify(labels, [1 - split.dev - split.test, split.dev, split.test], seed=0), {"kind": "fixed"}
    return fixed, {"kind": "fixed"}


def _check_parts(
    part: NDArray[np.int8], labels: NDArray[np.int32], classes: list[str], protocol: dict[str, object], dataset: str
) -> None:
    """Refuse a division in which a run would have nothing to train on, to stop on or to be tested on."""
    folds = int(str(protocol.get("folds", 1)))
    for run in range(folds):
        held_out = f" in run {run}" if folds > 1 else ""
        seen = splits.parts(labels, part, protocol, run)
        for number, name in enumerate(splits.PARTS):
            present = np.bincount(labels[seen == number], minlength=len(classes))
            if not present.sum():
                raise InputError(f"Data set '{dataset}' has no {name} document{held_out}.", "Every part needs some.")
            if name == "train" and not present.all():
                missing = classes[int(np.argmin(present))]
                raise InputError(
                    f"Data set '{dataset}': class '{missing}' has no train document{held_out}.",
                    "Every class needs some.",
                )
