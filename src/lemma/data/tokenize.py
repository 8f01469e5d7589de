"""Stage `tokenize`: tokenize one shard of the documents, one block at a time.

A shard is a contiguous range of the documents. Its file is an Arrow stream with the columns `tokens` (list of
tokens, as indices into the dictionary of the block), `label` and `split`; `index` assigns type ids for the whole
corpus. Memory holds a few blocks, not the shard.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict

import pyarrow as pa
import pyarrow.parquet as pq

from lemma import files
from lemma.corpus.documents import METADATA, read_documents, read_range
from lemma.corpus.tokenizer import TokenizerConfig, tokenize_column
from lemma.layout import Layout
from lemma.params import Params

THREADS = 2  # Arrow's kernels release the interpreter's lock
SCHEMA = pa.schema(
    [("tokens", pa.list_(pa.dictionary(pa.int32(), pa.string()))), ("label", pa.int32()), ("split", pa.int8())]
)
FROM_DOCUMENTS = ("dataset", "classes", "metric", "protocol")
METADATA_KEYS = {*FROM_DOCUMENTS, "config", "documents", "rows", "start", "stop"}  # of a shard


def tokenize(layout: Layout, dataset: str, shard: int, params: Params) -> None:
    """Write one shard of a data set.

    Raises:
        InputError: the documents are missing or damaged.
    """
    path = layout.documents(dataset)
    metadata, documents = read_documents(path)
    config = TokenizerConfig.from_params(params.tokenize, bool(metadata["tokenized"]))
    shards, rows = len(params.tokenize.shards), documents.metadata.num_rows
    start, stop = rows * shard // shards, rows * (shard + 1) // shards
    shard_metadata = {key: metadata[key] for key in FROM_DOCUMENTS} | {
        "config": asdict(config),
        "documents": _hash_footer(documents),
        "start": start,
        "stop": stop,
        "rows": rows,
    }
    schema = SCHEMA.with_metadata({METADATA: files.canonical(shard_metadata).encode()})

    def tokenize_block(block: pa.RecordBatch) -> pa.RecordBatch:
        columns = [tokenize_column(block.column("text"), config), block.column("label"), block.column("split")]
        return pa.record_batch(columns, schema=schema)

    with files.atomic(layout.shard(dataset, shard)) as stream, pa.ipc.new_stream(stream, schema) as writer:
        for block in _map_in_threads(tokenize_block, read_range(documents, path, start, stop)):
            writer.write_batch(block)


def _map_in_threads(
    function: Callable[[pa.RecordBatch], pa.RecordBatch], blocks: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Yield `function(block)` for each block, in order; THREADS blocks are processed ahead."""
    with ThreadPoolExecutor(THREADS) as pool:
        pending: deque[Future[pa.RecordBatch]] = deque()
        for block in blocks:
            pending.append(pool.submit(function, block))
            if len(pending) > THREADS:
                yield pending.popleft().result()
        for future in pending:
            yield future.result()


def _hash_footer(documents: pq.ParquetFile) -> str:
    """Return a hash of the footer, whose sizes, statistics and offsets of all columns identify the file."""
    footer = pa.BufferOutputStream()
    documents.metadata.write_metadata_file(footer)
    return hashlib.sha256(footer.getvalue()).hexdigest()
