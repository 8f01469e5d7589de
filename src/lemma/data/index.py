"""Stage `index`: join the shards of a data set and number the words of the whole corpus, the most frequent first.

Reads the shards twice, for the words and their counts and then for the tokens: memory holds the distinct words and one
chunk of tokens. What it writes does not depend on how many shards there were.
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

CHUNK = 2**24  # tokens of a chunk, at most; a longer document has one for itself
LINES = 2**16  # words written at a time


def index(layout: Layout, dataset: str, params: Params) -> None:
    """Write `tokens.arrow` (tokens, label, part) and `tokenizer.json` of a data set.

    Raises:
        InputError: a shard is missing or damaged, or the shards do not belong together.
    """
    paths = [layout.shard(dataset, shard) for shard in params.tokenize.shards]
    held = _fitting(paths)
    words, counts, numbers = _numbered(paths)
    how = TokenizerConfig(**held["splitting"])
    how = replace(how, contractions=not how.tokenized or has_separate_contractions(words, counts))
    about = {key: held[key] for key in tokenize.OF_DOCUMENTS} | {"types": len(words)}
    schema = tokens.SCHEMA.with_metadata({METADATA: files.canonical(about).encode()})
    with files.atomic(layout.tokens(dataset)) as stream, pa.ipc.new_file(stream, schema) as writer:
        for chunk in _chunks(_renumbered(paths, numbers)):
            writer.write_batch(chunk.replace_schema_metadata(schema.metadata))
    with files.atomic(layout.tokenizer(dataset)) as stream:
        stream.write(f'{{"config": {json.dumps(asdict(how), sort_keys=True)},\n"tokens": ['.encode())
        for start in range(0, len(words), LINES):
            lines = json.dumps(words.slice(start, LINES).to_pylist(), ensure_ascii=False, separators=(",\n", ":"))
            stream.write((",\n" if start else "\n").encode() + lines[1:-1].encode())
        stream.write(b"\n]}\n")


def _fitting(paths: list[Path]) -> dict[str, Any]:
    """Return what all shards say of themselves, and refuse such as are not of one division of the same documents."""
    first: dict[str, Any] = {}
    place = 0
    for path in paths:
        held = _about(path)
        start, stop = held.pop("start"), held.pop("stop")
        first = first or held
        other = [key for key in first if held[key] != first[key]]
        if other or start != place:
            where = f"its {other[0]} is another" if other else f"it starts at document {start}, not {place}"
            raise _misfit(path, f"does not continue the shard before it: {where}")
        place = stop
    if place != first["rows"]:
        raise _misfit(paths[-1], f"ends at document {place} of {first['rows']}")
    return first


def _misfit(path: Path, what: str) -> InputError:
    return InputError(f"{path} {what}.", f"Delete the shards and run again: `rm {path.parent}/*.arrow`.")


def _about(path: Path) -> dict[str, Any]:
    """Return what a shard says of itself."""
    with _opened(path) as reader:
        held = read_metadata(reader.schema, path)
        if not reader.schema.equals(tokenize.SCHEMA) or not held.keys() >= tokenize.ABOUT:
            raise ValueError("it is no shard of this version of lemma")
        return held


@contextmanager
def _opened(path: Path) -> Iterator[pa.RecordBatchStreamReader]:
    """Open a shard; what fails while it is read is told of its file. It is not mapped, so that it takes no memory."""
    try:
        with pa.OSFile(str(path)) as source, pa.ipc.open_stream(source) as reader:
            yield reader
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run `lemma tokenize` for this shard first.") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, error) from None


def _batches(paths: list[Path]) -> Iterator[pa.RecordBatch]:
    """Yield the blocks of all shards in order."""
    for path in paths:
        with _opened(path) as reader:
            about, rows = read_metadata(reader.schema, path), 0
            for batch in reader:
                batch.validate(full=True)  # words are UTF-8, and every number is one of the dictionary's
                if any(column.null_count for column in batch.columns) or batch.column("tokens").flatten().null_count:
                    raise ValueError("a value is missing")
                rows += len(batch)
                yield batch
            if rows != about["stop"] - about["start"]:
                raise ValueError(f"it holds {rows} documents, not {about['stop'] - about['start']}")


def _numbered(paths: list[Path]) -> tuple[pa.Array, NDArray[np.int64], list[NDArray[np.int32]]]:
    """Return the distinct words, most frequent first, their counts, and for each block the numbers of its words."""
    found, often = [], []
    for batch in _batches(paths):
        tokens = batch.column("tokens").flatten()
        found.append(tokens.dictionary)
        often.append(np.bincount(tokens.indices.to_numpy(), minlength=len(tokens.dictionary)).astype(np.int32))
    every = pa.chunked_array(found, pa.string()).combine_chunks()
    found.clear()
    joined = every.dictionary_encode()
    del every  # the distinct words may be most of what there is
    words = joined.dictionary
    met = np.split(joined.indices.to_numpy(), np.cumsum([len(count) for count in often])[:-1])
    counts = np.zeros(len(words), np.int64)
    for numbers, count in zip(met, often):
        np.add.at(counts, numbers, count)
    table = pa.table({"word": words, "count": counts})
    order = pc.sort_indices(table, [("count", "descending"), ("word", "ascending")])
    rank = np.empty(len(words), np.int32)
    rank[order.to_numpy()] = np.arange(len(words), dtype=np.int32)
    return words.take(order), counts[order.to_numpy()], [rank[numbers] for numbers in met]


def _renumbered(paths: list[Path], numbers: list[NDArray[np.int32]]) -> Iterator[pa.RecordBatch]:
    """Yield the blocks with their words numbered for the whole corpus."""
    for batch, known in zip(_batches(paths), numbers):
        words = batch.column("tokens")
        ids = known[words.flatten().indices.to_numpy()]
        starts = words.offsets.to_numpy() - words.offsets[0].as_py()
        numbered = pa.ListArray.from_arrays(pa.array(starts), pa.array(ids))
        yield pa.record_batch([numbered, batch.column("label"), batch.column("split")], schema=tokens.SCHEMA)


def _chunks(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the same documents in chunks of at most CHUNK tokens, however they were divided before."""
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        rest = batch
        while len(rest):
            ends = np.cumsum(pc.list_value_length(rest.column("tokens")).to_numpy(), dtype=np.int64)
            fit = int(np.searchsorted(ends, CHUNK - size, side="right"))
            fit = fit if held else max(fit, 1)
            held.append(rest.slice(0, fit))
            size += int(ends[fit - 1]) if fit else 0
            rest = rest.slice(fit)
            if len(rest):
                yield pa.concat_batches(held)
                held, size = [], 0
    if held:
        yield pa.concat_batches(held)
