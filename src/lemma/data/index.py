"""Stage `index`: join the shards of a data set and assign type ids, the most frequent token first.

The shards are read twice: for the distinct tokens with their counts, then for the type ids. Memory holds the distinct
tokens and one chunk of type ids. The output does not depend on the number of shards.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lemma import files
from lemma.corpus import tokens
from lemma.corpus.documents import METADATA, damaged, read_metadata
from lemma.corpus.tokenizer import TokenizerConfig, has_separate_contractions
from lemma.data import tokenize
from lemma.errors import InputError
from lemma.layout import Layout
from lemma.params import Params

CHUNK = 2**24  # tokens of a chunk, at most; a longer document has a chunk of its own
LINES = 2**16  # tokens written to tokenizer.json at a time


def index(layout: Layout, dataset: str, params: Params) -> None:
    """Write `tokens.arrow` (tokens, label, split) and `tokenizer.json` of a data set.

    Raises:
        InputError: a shard is missing or damaged, or the shards do not belong together.
    """
    paths = [layout.shard(dataset, shard) for shard in params.tokenize.shards]
    shared = _check_shards(paths)
    distinct, counts, type_ids = _assign_type_ids(paths)
    config = TokenizerConfig(**shared["config"])
    config = replace(config, contractions=not config.tokenized or has_separate_contractions(distinct, counts))
    metadata = {key: shared[key] for key in tokenize.FROM_DOCUMENTS} | {"types": len(distinct)}
    schema = tokens.SCHEMA.with_metadata({METADATA: files.canonical(metadata).encode()})
    with files.atomic(layout.tokens(dataset)) as stream, pa.ipc.new_file(stream, schema) as writer:
        for chunk in _join_chunks(_encode_blocks(paths, type_ids)):
            writer.write_batch(chunk.replace_schema_metadata(schema.metadata))
    with files.atomic(layout.tokenizer(dataset)) as stream:
        stream.write(f'{{"config": {json.dumps(asdict(config), sort_keys=True)},\n"tokens": ['.encode())
        for start in range(0, len(distinct), LINES):
            lines = json.dumps(distinct.slice(start, LINES).to_pylist(), ensure_ascii=False, separators=(",\n", ":"))
            stream.write((",\n" if start else "\n").encode() + lines[1:-1].encode())
        stream.write(b"\n]}\n")


def _check_shards(paths: list[Path]) -> dict[str, Any]:
    """Return the metadata that all shards share.

    Raises:
        InputError: the shards are not consecutive ranges of the same documents.
    """
    shared: dict[str, Any] = {}
    end = 0  # document after the last one of the previous shard
    for path in paths:
        metadata = _read_shard_metadata(path)
        start, stop = metadata.pop("start"), metadata.pop("stop")
        shared = shared or metadata
        different = [key for key in shared if metadata[key] != shared[key]]
        if different or start != end:
            reason = f"its {different[0]} differs" if different else f"it starts at document {start}, expected {end}"
            raise _mismatch(path, f"does not continue the previous shard: {reason}")
        end = stop
    if end != shared["rows"]:
        raise _mismatch(paths[-1], f"ends at document {end} of {shared['rows']}")
    return shared


def _mismatch(path: Path, what: str) -> InputError:
    return InputError(f"{path} {what}.", f"Delete the shards and run again: `rm {path.parent}/*.arrow`.")


def _read_shard_metadata(path: Path) -> dict[str, Any]:
    with _open_shard(path) as reader:
        metadata = read_metadata(reader.schema, path)
        if not reader.schema.equals(tokenize.SCHEMA) or not metadata.keys() >= tokenize.METADATA_KEYS:
            raise ValueError("it is not a shard written by this version of lemma")
        return metadata


@contextmanager
def _open_shard(path: Path) -> Iterator[pa.RecordBatchStreamReader]:
    """Open a shard, without a memory map; errors while it is read name the file."""
    try:
        with pa.OSFile(str(path)) as source, pa.ipc.open_stream(source) as reader:
            yield reader
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run `lemma tokenize` for this shard first.") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, error) from None


def _read_blocks(paths: list[Path]) -> Iterator[pa.RecordBatch]:
    """Yield the blocks of all shards in order."""
    for path in paths:
        with _open_shard(path) as reader:
            metadata, rows = read_metadata(reader.schema, path), 0
            for block in reader:
                block.validate(full=True)  # tokens are UTF-8, and every index is one of the dictionary
                if any(column.null_count for column in block.columns) or block.column("tokens").flatten().null_count:
                    raise ValueError("a value is missing")
                rows += len(block)
                yield block
            if rows != metadata["stop"] - metadata["start"]:
                raise ValueError(f"it contains {rows} documents, expected {metadata['stop'] - metadata['start']}")


def _assign_type_ids(paths: list[Path]) -> tuple[pa.Array, NDArray[np.int64], list[NDArray[np.int32]]]:
    """Assign type ids to the distinct tokens of all shards.

    Returns:
        The distinct tokens, the most frequent first and equally frequent ones in alphabetical order; their counts; and
        for each block the type id of each entry of its dictionary.
    """
    dictionaries: list[pa.Array] = []
    block_counts: list[NDArray[np.int32]] = []
    for block in _read_blocks(paths):
        column = block.column("tokens").flatten()
        dictionaries.append(column.dictionary)
        block_counts.append(_count_indices(column))
    entries = pa.chunked_array(dictionaries, pa.string()).combine_chunks()
    dictionaries.clear()
    encoded = entries.dictionary_encode()
    del entries  # the distinct tokens may take most of the memory
    distinct = encoded.dictionary
    block_entries = np.split(encoded.indices.to_numpy(), np.cumsum([len(count) for count in block_counts])[:-1])
    counts = np.zeros(len(distinct), np.int64)
    for indices, count in zip(block_entries, block_counts):
        np.add.at(counts, indices, count)
    table = pa.table({"token": distinct, "count": counts})
    order = pc.sort_indices(table, [("count", "descending"), ("token", "ascending")])
    type_id = np.empty(len(distinct), np.int32)
    type_id[order.to_numpy()] = np.arange(len(distinct), dtype=np.int32)
    return distinct.take(order), counts[order.to_numpy()], [type_id[indices] for indices in block_entries]


def _count_indices(column: pa.DictionaryArray) -> NDArray[np.int32]:
    """Return the number of occurrences of each entry of the dictionary."""
    return np.bincount(column.indices.to_numpy(), minlength=len(column.dictionary)).astype(np.int32)


def _encode_blocks(paths: list[Path], type_ids: list[NDArray[np.int32]]) -> Iterator[pa.RecordBatch]:
    """Yield the blocks with type ids instead of tokens."""
    for block, type_id in zip(_read_blocks(paths), type_ids):
        column = block.column("tokens")
        values = type_id[column.flatten().indices.to_numpy()]
        offsets = column.offsets.to_numpy() - column.offsets[0].as_py()
        encoded = pa.ListArray.from_arrays(pa.array(offsets), pa.array(values))
        yield pa.record_batch([encoded, block.column("label"), block.column("split")], schema=tokens.SCHEMA)


def _join_chunks(blocks: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the same documents in chunks of at most CHUNK tokens, whatever the blocks."""
    pending: list[pa.RecordBatch] = []
    size = 0  # tokens in `pending`
    for block in blocks:
        rest = block
        while len(rest):
            ends = np.cumsum(pc.list_value_length(rest.column("tokens")).to_numpy(), dtype=np.int64)
            fit = int(np.searchsorted(ends, CHUNK - size, side="right"))
            fit = fit if pending else max(fit, 1)
            pending.append(rest.slice(0, fit))
            size += int(ends[fit - 1]) if fit else 0
            rest = rest.slice(fit)
            if len(rest):
                yield pa.concat_batches(pending)
                pending, size = [], 0
    if pending:
        yield pa.concat_batches(pending)
