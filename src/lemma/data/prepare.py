"""Stage `prepare`: documents with class and part in one Parquet file, and what was read and left out.

The reader is run once: texts go to a spool without a name, which no kill can leave behind; of each document a few
numbers stay in memory, never the text. When all labels are known, documents are divided and the texts copied.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lemma import files
from lemma.corpus.documents import METADATA
from lemma.data import catalog
from lemma.data.divide import Division, divide, drawn
from lemma.data.document import Document
from lemma.data.duplicates import Left, repeats
from lemma.data.intake import LISTED, SPOOL, Intake
from lemma.data.readers import READERS, UNLABELLED
from lemma.errors import InputError
from lemma.layout import Layout
from lemma.params import Cut, Dataset, Params
from lemma.progress import say

T = TypeVar("T")
BATCH = 4096  # documents a block, at most
CHARACTERS = 1 << 23  # of their texts, from which on a block is full
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
    source, target = layout.source(dataset), layout.documents(dataset)
    target.parent.mkdir(parents=True, exist_ok=True)
    for path in (target, layout.unlabelled(dataset), layout.prepared(dataset)):
        for remains in path.parent.glob(f".{path.name}.*.part"):  # of a run that was killed
            remains.unlink(missing_ok=True)
    taken = Intake(dataset, settings, compare=params.prepare.duplicates == "drop")
    with tempfile.TemporaryFile(dir=target.parent) as spool:
        _spool(spool, taken, READERS[entry.reader](source, settings, params.prepare))
        classes, labels = taken.classes(entry.classes)
        gone = repeats(taken.hashes, labels, None if drawn(settings) else taken.parts) if taken.compare else []
        first = dict(_places(spool, gone))
        kept = np.ones(len(labels), bool)
        for left in gone:
            kept[left.members] = False
        labels = labels[kept]
        groups = None if taken.groups is None else taken.groups[kept]
        division = divide(labels, taken.parts[kept], groups, settings, dataset)
        lacking = division.check(labels, classes, settings, dataset)
        held: dict[str, Any] = {"dataset": dataset, "classes": classes, "protocol": division.protocol}
        held |= {"metric": entry.metric, "tokenized": entry.tokenized}
        others = UNLABELLED[entry.reader](source) if entry.reader in UNLABELLED else ()
        with files.atomic(target) as stream, files.atomic(layout.unlabelled(dataset)) as other:
            _write(stream, held, _spooled(spool, "text"), kept, labels, division)
            unlabelled = _write_unlabelled(other, held, others)
    left_out = [{"reason": left.reason, "documents": len(left.members), "first": first[left.reason]} for left in gone]
    about = {
        **{key: getattr(entry, key) for key in ("title", "source", "licence", "citation", "demonstration", "metric")},
        "encoding": settings.encoding if settings.path is not None else entry.encoding,
        "split_note": division.note,
        "granularity": params.prepare.granularity if entry.reader in ("sst2", "sst5") else "documents",
        "duplicates": params.prepare.duplicates,
        "read": taken.read,
        "documents": len(labels),
        "unlabelled": unlabelled,
        "left_out": taken.left_out() + left_out,
        "steps": [{"step": step, "before": before, "after": after} for step, before, after in entry.steps],
    }
    files.write_json(layout.prepared(dataset), held | about)
    for line in lacking[:LISTED]:
        say(f"{dataset}: {line}")
    if len(lacking) > LISTED:
        say(f"{dataset}: and {len(lacking) - LISTED} more of the kind")


def _check_split(entry: catalog.Entry, settings: Dataset, dataset: str) -> None:
    """Refuse a division that the data set's files do not have."""
    where = f"params.yaml: datasets.{dataset}.split"
    if settings.split == "official" and "dev" not in entry.parts:
        if entry.parts:
            raise InputError(f"{where}: {dataset} has a test part, but no dev part.", "Write {dev: 0.1}.")
        raise InputError(f"{where}: {dataset} has no official split.", "Write {folds: 10} or {dev: 0.1, test: 0.2}.")
    if isinstance(settings.split, Cut) and settings.path is None and not entry.parts:
        raise InputError(f"{where}: {dataset} has no test part of its own.", "Write {dev: 0.1, test: 0.2}.")


def _spool(spool: IO[bytes], taken: Intake, documents: Iterator[Document]) -> None:
    with pa.ipc.new_stream(spool, SPOOL) as writer:
        for block in _blocks(documents, lambda document: len(document.text)):
            writer.write_batch(taken.add(block))


def _blocks(items: Iterable[T], length: Callable[[T], int]) -> Iterator[list[T]]:
    """Yield items in blocks that are small however long an item is."""
    block: list[T] = []
    weight = 0
    for item in items:
        block.append(item)
        weight += length(item)
        if len(block) == BATCH or weight >= CHARACTERS:
            yield block
            block, weight = [], 0
    if block:
        yield block


def _spooled(spool: IO[bytes], column: str) -> Iterator[pa.Array]:
    spool.seek(0)
    with pa.ipc.open_stream(spool) as reader:
        for batch in reader:
            yield batch.column(column)


def _places(spool: IO[bytes], gone: list[Left]) -> Iterator[tuple[str, str]]:
    """Yield each reason to leave documents out, and where the first of these stood."""
    wanted = {int(left.members[0]): left.reason for left in gone}
    start = 0
    for block in _spooled(spool, "where") if wanted else ():
        for member in [member for member in wanted if start <= member < start + len(block)]:
            yield wanted[member], block[member - start].as_py()
        start += len(block)


def _schema(held: dict[str, Any], *columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema(columns, metadata={METADATA: files.canonical(held).encode()})


def _write(
    stream: IO[bytes],
    held: dict[str, Any],
    texts: Iterator[pa.Array],
    kept: NDArray[np.bool_],
    labels: NDArray[np.int32],
    division: Division,
) -> None:
    """Write `documents.parquet`: the texts that are kept, with their labels and parts."""
    schema = _schema(held, ("text", pa.string()), ("label", pa.int32()), ("split", pa.int8()))
    read = written = 0
    with pq.ParquetWriter(stream, schema, compression="zstd", use_dictionary=["label", "split"]) as writer:
        for block in texts:
            chosen = kept[read : read + len(block)]
            read += len(block)
            block = block if chosen.all() else block.filter(chosen)
            at = slice(written, written + len(block))
            written += len(block)
            writer.write_table(pa.table([block, labels[at], division.part[at]], schema=schema))


def _write_unlabelled(stream: IO[bytes], held: dict[str, Any], texts: Iterable[str]) -> int:
    """Write `unlabelled.parquet` and return how many texts it holds; empty ones are left out."""
    schema = _schema(held, ("text", pa.string()))
    number = 0
    with pq.ParquetWriter(stream, schema, compression="zstd", use_dictionary=False) as writer:
        for block in _blocks((text for text in texts if text.strip()), len):
            writer.write_table(pa.table([block], schema=schema))
            number += len(block)
    return number
