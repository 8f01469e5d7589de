"""Stage `prepare`: documents with label and split in one Parquet file, and a record of what was read and left out.

The reader runs once. Texts are streamed to a temporary file without a name, which is freed even if the process is
killed; memory holds a few numbers for each document. When all labels are known, documents are split and the texts are
copied to their final place.
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
from lemma.data.preparation.collector import LISTED, SPOOL, DocumentCollector
from lemma.data.preparation.duplicates import Dropped, find_duplicates
from lemma.data.preparation.split import Assignment, is_random, split_documents
from lemma.data.readers import READERS, UNLABELLED
from lemma.data.readers.document import Document
from lemma.data.sources import catalog
from lemma.errors import InputError
from lemma.layout import Layout
from lemma.params import Dataset, DevSplit, Params
from lemma.progress import say

T = TypeVar("T")
BATCH = 4096  # documents of a block, at most
CHARACTERS = 1 << 23  # of the texts of a block, at least, if it has fewer documents
OWN = catalog.Entry(
    title="A data set of the user's own",
    files=(),
    reader="own",
    source="a file of the user's own",
    licence="not stated",
    citation="not stated",
    tokenized=False,
    splits=(),
)


def find_entry(dataset: str, params: Params) -> tuple[catalog.Entry, Dataset]:
    """Return the catalogue's entry of a data set, or that of a user's own data set, and its settings."""
    settings = params.datasets.get(dataset)
    if settings is not None and settings.path is not None:
        return OWN, settings
    return catalog.find_entry(dataset, list(params.datasets)), settings or Dataset(split="official")


def prepare(layout: Layout, dataset: str, params: Params) -> None:
    """Write `documents.parquet` (text, label, split), `unlabelled.parquet` (text) and `prepared.json` of a data set.

    Raises:
        InputError: a file cannot be read, there are no documents or only one class, a split is empty, or documents
            without text or label are refused and there are some.
    """
    entry, settings = find_entry(dataset, params)
    _check_split(entry, settings, dataset)
    source, target = layout.source(dataset), layout.documents(dataset)
    target.parent.mkdir(parents=True, exist_ok=True)
    for path in (target, layout.unlabelled(dataset), layout.prepared(dataset)):
        for temporary in path.parent.glob(f".{path.name}.*.part"):  # of a process that was killed
            temporary.unlink(missing_ok=True)
    collector = DocumentCollector(dataset, settings, hash_texts=params.prepare.duplicates == "drop")
    with tempfile.TemporaryFile(dir=target.parent) as spool:
        _spool_texts(spool, collector, READERS[entry.reader](source, settings, params.prepare))
        classes, labels = collector.assign_labels(entry.classes)
        fixed = None if is_random(settings) else collector.splits
        dropped = find_duplicates(collector.hashes, labels, fixed) if collector.hash_texts else []
        first = dict(_locate_first(spool, dropped))
        is_kept = np.ones(len(labels), bool)
        for duplicates in dropped:
            is_kept[duplicates.documents] = False
        labels = labels[is_kept]
        groups = None if collector.groups is None else collector.groups[is_kept]
        assignment = split_documents(labels, collector.splits[is_kept], groups, settings, dataset)
        missing_classes = assignment.check(labels, classes, settings, dataset)
        metadata: dict[str, Any] = {"dataset": dataset, "classes": classes, "protocol": assignment.protocol}
        metadata |= {"metric": entry.metric, "tokenized": entry.tokenized}
        unlabelled = UNLABELLED[entry.reader](source) if entry.reader in UNLABELLED else ()
        with files.atomic(target) as stream, files.atomic(layout.unlabelled(dataset)) as unlabelled_stream:
            _write_documents(stream, metadata, _read_spool(spool, "text"), is_kept, labels, assignment)
            unlabelled_count = _write_unlabelled(unlabelled_stream, metadata, unlabelled)
    record = {
        **{key: getattr(entry, key) for key in ("title", "source", "licence", "citation", "demonstration", "metric")},
        "encoding": settings.encoding if settings.path is not None else entry.encoding,
        "split_note": assignment.note,
        "granularity": params.prepare.granularity if entry.reader in ("sst2", "sst5") else "documents",
        "duplicates": params.prepare.duplicates,
        "read": collector.read,
        "documents": len(labels),
        "unlabelled": unlabelled_count,
        "left_out": [
            *collector.count_left_out(),
            *({"reason": d.reason, "documents": len(d.documents), "first": first[d.reason]} for d in dropped),
        ],
        "steps": [{"step": step, "before": before, "after": after} for step, before, after in entry.steps],
    }
    files.write_json(layout.prepared(dataset), metadata | record)
    for line in missing_classes[:LISTED]:
        say(f"{dataset}: {line}")
    if len(missing_classes) > LISTED:
        say(f"{dataset}: {len(missing_classes) - LISTED} more classes are missing in dev or test")


def _check_split(entry: catalog.Entry, settings: Dataset, dataset: str) -> None:
    """Check that the data set's files have the splits that the settings name."""
    where = f"params.yaml: datasets.{dataset}.split"
    if settings.split == "official" and "dev" not in entry.splits:
        if entry.splits:
            raise InputError(f"{where}: {dataset} has a test split, but no dev split.", "Write {dev: 0.1}.")
        raise InputError(f"{where}: {dataset} has no official splits.", "Write {folds: 10} or {dev: 0.1, test: 0.2}.")
    if isinstance(settings.split, DevSplit) and settings.path is None and not entry.splits:
        raise InputError(f"{where}: {dataset} has no test split of its own.", "Write {dev: 0.1, test: 0.2}.")


def _spool_texts(spool: IO[bytes], collector: DocumentCollector, documents: Iterator[Document]) -> None:
    with pa.ipc.new_stream(spool, SPOOL) as writer:
        for block in _group_into_blocks(documents, lambda document: len(document.text)):
            writer.write_batch(collector.add(block))


def _group_into_blocks(items: Iterable[T], length: Callable[[T], int]) -> Iterator[list[T]]:
    """Yield items in blocks that end after BATCH items or CHARACTERS characters."""
    block: list[T] = []
    characters = 0
    for item in items:
        block.append(item)
        characters += length(item)
        if len(block) == BATCH or characters >= CHARACTERS:
            yield block
            block, characters = [], 0
    if block:
        yield block


def _read_spool(spool: IO[bytes], column: str) -> Iterator[pa.Array]:
    spool.seek(0)
    with pa.ipc.open_stream(spool) as reader:
        for batch in reader:
            yield batch.column(column)


def _locate_first(spool: IO[bytes], dropped: list[Dropped]) -> Iterator[tuple[str, str]]:
    """Yield each reason to drop documents, and the location of the first of them."""
    reason_of = {int(duplicates.documents[0]): duplicates.reason for duplicates in dropped}
    start = 0
    for block in _read_spool(spool, "location") if reason_of else ():
        for document in [document for document in reason_of if start <= document < start + len(block)]:
            yield reason_of[document], block[document - start].as_py()
        start += len(block)


def _make_schema(metadata: dict[str, Any], *columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema(columns, metadata={METADATA: files.canonical(metadata).encode()})


def _write_documents(
    stream: IO[bytes],
    metadata: dict[str, Any],
    texts: Iterator[pa.Array],
    is_kept: NDArray[np.bool_],
    labels: NDArray[np.int32],
    assignment: Assignment,
) -> None:
    """Write `documents.parquet`: the texts that are kept, with their labels and splits."""
    schema = _make_schema(metadata, ("text", pa.string()), ("label", pa.int32()), ("split", pa.int8()))
    read = written = 0
    with pq.ParquetWriter(stream, schema, compression="zstd", use_dictionary=["label", "split"]) as writer:
        for block in texts:
            mask = is_kept[read : read + len(block)]
            read += len(block)
            block = block if mask.all() else block.filter(mask)
            rows = slice(written, written + len(block))
            written += len(block)
            writer.write_table(pa.table([block, labels[rows], assignment.split[rows]], schema=schema))


def _write_unlabelled(stream: IO[bytes], metadata: dict[str, Any], texts: Iterable[str]) -> int:
    """Write `unlabelled.parquet` without empty texts and return the number of texts."""
    schema = _make_schema(metadata, ("text", pa.string()))
    count = 0
    with pq.ParquetWriter(stream, schema, compression="zstd", use_dictionary=False) as writer:
        for block in _group_into_blocks((text for text in texts if text.strip()), len):
            writer.write_table(pa.table([block], schema=schema))
            count += len(block)
    return count
