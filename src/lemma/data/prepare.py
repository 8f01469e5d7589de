"""Stage `prepare`: documents with class and part in one Parquet file, and what was read and left out.

The reader is run once: texts go to a spool without a name, which no kill can leave behind; of each document a few
numbers stay in memory, never the text. When all labels are known, documents are divided and the texts copied.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lemma import files
from lemma.data import catalog
from lemma.data.divide import divide
from lemma.data.documents import METADATA
from lemma.data.intake import Intake
from lemma.data.readers import READERS, UNLABELLED
from lemma.data.repeats import Left, repeats
from lemma.errors import InputError
from lemma.layout import Layout
from lemma.params import Dataset, Params

BATCH = 4096  # documents a block; whole film reviews have 1.3 kB each
OWN = catalog.Entry(
    title="A data set of the user's own",
    files=(),
    reader="own",
    source="a file of the user's own",
    licence="not stated",
    citation="not stated",
    tokenized=False,
    parts=(),
)


def entry_of(dataset: str, params: Params) -> tuple[catalog.Entry, Dataset]:
    """Return the catalogue's entry and the settings of a data set, catalogued or the user's own."""
    settings = params.datasets.get(dataset)
    if settings is not None and settings.path is not None:
        return OWN, settings
    return catalog.find(dataset, list(params.datasets)), settings or Dataset(split="official")


def prepare(layout: Layout, dataset: str, params: Params) -> None:
    """Write `documents.parquet` (text, label, part), `unlabelled.parquet` (text) and `prepared.json` of a data set.

    Raises:
        InputError: the files are unreadable, or hold no document, one class only, a part with no document, or, where
            these are refused, documents without text or label.
    """
    entry, settings = entry_of(dataset, params)
    _check_split(entry, settings, dataset)
    source = layout.source(dataset)
    layout.documents(dataset).parent.mkdir(parents=True, exist_ok=True)
    read = READERS[entry.reader](source, settings, params.prepare)
    with tempfile.TemporaryFile(dir=layout.documents(dataset).parent) as spool:
        taken = Intake(dataset, settings, hashes=params.prepare.duplicates == "drop")
        with pa.ipc.new_stream(spool, SPOOL) as writer:
            while block := list(islice(read, BATCH)):
                writer.write_batch(pa.record_batch([taken.add(block)], schema=SPOOL))
        classes, labels = taken.classes(entry.classes)
        division = divide(labels, taken, settings, dataset)
        gone: list[Left] = repeats(taken, labels, division) if params.prepare.duplicates == "drop" else []
        kept = np.ones(len(labels), bool)
        for left in gone:
            kept[left.members] = False
        division.check(labels, kept, classes, dataset)
        held = {"dataset": dataset, "classes": classes, "protocol": division.protocol, "tokenized": entry.tokenized}
        spool.seek(0)
        _write(layout.documents(dataset), held, _texts(spool), labels, division.part, kept)
    unlabelled = UNLABELLED[entry.reader](source) if entry.reader in UNLABELLED else ()
    without = _write_unlabelled(layout.unlabelled(dataset), held, unlabelled)
    left_out = [*taken.left_out(), *(left.json(taken.where) for left in gone if len(left.members))]
    files.write_json(
        layout.prepared(dataset),
        {
            **held,
            **{key: getattr(entry, key) for key in ("title", "source", "licence", "citation", "demonstration")},
            "metric": entry.metric,
            "encoding": settings.encoding if settings.path is not None else entry.encoding,
            "split_note": division.note,
            "granularity": params.prepare.granularity if entry.reader in ("sst2", "sst5") else "documents",
            "duplicates": params.prepare.duplicates,
            "read": taken.read,
            "documents": int(kept.sum()),
            "unlabelled": without,
            "left_out": left_out,
            "steps": [{"step": step, "before": before, "after": after} for step, before, after in entry.steps],
        },
    )


SPOOL = pa.schema([("text", pa.string())])


def _check_split(entry: catalog.Entry, settings: Dataset, dataset: str) -> None:
    """Refuse a division that the data set's files do not have."""
    where = f"params.yaml: datasets.{dataset}.split"
    if settings.split == "official" and "dev" not in entry.parts:
        if entry.parts:
            raise InputError(f"{where}: {dataset} has a test part, but no dev part.", "Write {dev: 0.1}.")
        raise InputError(f"{where}: {dataset} has no official split.", "Write {folds: 10} or {dev: 0.1, test: 0.2}.")
    if type(settings.split).__name__ == "Cut" and settings.path is None and not entry.parts:
        raise InputError(f"{where}: {dataset} has no test part of its own.", "Write {dev: 0.1, test: 0.2}.")


def _texts(spool: Any) -> Iterator[pa.Array]:
    with closing(pa.ipc.open_stream(spool)) as reader:
        for batch in reader:
            yield batch.column("text")


def _write(
    path: Path,
    held: dict[str, Any],
    texts: Iterator[pa.Array],
    labels: NDArray[np.int32],
    part: NDArray[np.int8],
    kept: NDArray[np.bool_],
) -> None:
    """Write `documents.parquet`, without the documents that are not kept."""
    schema = pa.schema(
        [("text", pa.string()), ("label", pa.int32()), ("part", pa.int8())],
        metadata={METADATA: files.canonical(held).encode()},
    )
    start = 0
    with files.atomic(path) as stream, pq.ParquetWriter(stream, schema) as writer:
        for block in texts:
            at = slice(start, start + len(block))
            start += len(block)
            rows = pa.table([block, labels[at], part[at]], schema=schema)
            writer.write_table(rows if kept[at].all() else rows.filter(kept[at]))


def _write_unlabelled(path: Path, held: dict[str, Any], texts: Iterable[str]) -> int:
    """Write `unlabelled.parquet` and return how many texts it holds; empty ones are left out."""
    schema = pa.schema([("text", pa.string())], metadata={METADATA: files.canonical(held).encode()})
    found = (text for text in texts if text.strip())
    number = 0
    with files.atomic(path) as stream, pq.ParquetWriter(stream, schema) as writer:
        while block := list(islice(found, BATCH)):
            writer.write_table(pa.table([block], schema=schema))
            number += len(block)
    return number
