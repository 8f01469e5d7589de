"""Stage `tokenize`: one shard of the documents to words, a block at a time; memory holds some blocks, never the shard.

A shard is a contiguous share of the documents, in an Arrow stream: `tokens` (list of words, as numbers into the block's
own dictionary), `label`, `part`. Words are numbered for the whole corpus by `index`.
"""

import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lemma import files
from lemma.corpus.documents import METADATA, read_documents, read_range
from lemma.corpus.tokenizer import TokenizerConfig, tokenize_column
from lemma.layout import Layout
from lemma.params import Params

THREADS = 2  # the kernels release the interpreter's lock
SCHEMA = pa.schema(
    [("tokens", pa.list_(pa.dictionary(pa.int32(), pa.string()))), ("label", pa.int32()), ("split", pa.int8())]
)
OF_DOCUMENTS = ("dataset", "classes", "metric", "protocol")
ABOUT = {*OF_DOCUMENTS, "splitting", "documents", "rows", "start", "stop"}  # what a shard tells


def tokenize(layout: Layout, dataset: str, shard: int, params: Params) -> None:
    """Write one shard of a data set.

    Raises:
        InputError: the documents are missing or damaged.
    """
    path = layout.documents(dataset)
    held, documents = read_documents(path)
    how = TokenizerConfig.from_params(params.tokenize, bool(held["tokenized"]))
    shards, rows = len(params.tokenize.shards), documents.metadata.num_rows
    start, stop = rows * shard // shards, rows * (shard + 1) // shards
    about = {key: held[key] for key in OF_DOCUMENTS}
    about |= {
        "splitting": asdict(how),
        "documents": _fingerprint(documents),
        "start": start,
        "stop": stop,
        "rows": rows,
    }
    schema = SCHEMA.with_metadata({METADATA: files.canonical(about).encode()})

    def encoded(block: pa.RecordBatch) -> pa.RecordBatch:
        columns = [tokenize_column(block.column("text"), how), block.column("label"), block.column("split")]
        return pa.record_batch(columns, schema=schema)

    with files.atomic(layout.shard(dataset, shard)) as stream, pa.ipc.new_stream(stream, schema) as writer:
        for batch in _ahead(encoded, read_range(documents, path, start, stop)):
            writer.write_batch(batch)


def _ahead(work: Any, blocks: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield what `work` makes of each block, in order; THREADS of them are worked on while one is written."""
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Any] = deque()
        for block in blocks:
            waiting.append(pool.submit(work, block))
            if len(waiting) > THREADS:
                yield waiting.popleft().result()
        for done in waiting:
            yield done.result()


def _fingerprint(documents: pq.ParquetFile) -> str:
    """Return a hash of the footer: sizes, extremes and places of all columns, which tell one file from another."""
    footer = pa.BufferOutputStream()
    documents.metadata.write_metadata_file(footer)
    return hashlib.sha256(footer.getvalue()).hexdigest()
