"""Tables of a user in memory, in each format, and their rows as they are read."""

import csv
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lemma.data.readers.table import read_rows
from lemma.errors import InputError

COLUMNS = ("text", "label")
ENDINGS = ("csv", "tsv", "jsonl", "parquet")


def written(ending: str, table: list[tuple[Any, ...]], columns: tuple[str, ...] = COLUMNS) -> bytes:
    if ending == "parquet":
        sink = io.BytesIO()
        pq.write_table(pa.table({name: [row[i] for row in table] for i, name in enumerate(columns)}), sink)
        return sink.getvalue()
    if ending == "jsonl":
        return "".join(json.dumps(dict(zip(columns, row)), ensure_ascii=False) + "\n" for row in table).encode()
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter="," if ending == "csv" else "\t", quoting=csv.QUOTE_ALL)
    writer.writerows([columns, *table])
    return stream.getvalue().encode()


def read(
    name: str, content: bytes, encoding: str = "utf-8", columns: tuple[str, ...] = COLUMNS
) -> list[tuple[str, ...]]:
    numbered = list(read_rows(name, io.BytesIO(content), encoding, columns))
    assert [number for number, _ in numbered] == sorted({number for number, _ in numbered})
    return [row for _, row in numbered]


def fault(name: str, content: bytes | str, encoding: str = "utf-8", columns: tuple[str, ...] = COLUMNS) -> str:
    """Return the message on a bad file, which names the file and what to do."""
    with pytest.raises(InputError) as caught:
        read(name, content if isinstance(content, bytes) else content.encode(), encoding, columns)
    assert caught.value.what.startswith(name)
    assert caught.value.fix
    return caught.value.what
