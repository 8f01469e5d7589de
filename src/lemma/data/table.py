"""Rows of a user's own file: csv, tsv, jsonl or parquet."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

from lemma.errors import InputError, choose

Row = tuple[str, ...]


def rows(name: str, content: bytes, encoding: str, columns: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Yield (number from 1, values of `columns` as text) for each row of a table.

    Raises:
        InputError: unknown ending, wrong encoding, broken line, unknown column or missing value; file and row named.
    """
    ending = PurePath(name).suffix.lower()
    if ending == ".parquet":
        found = _parquet(name, content)
    elif ending == ".jsonl":
        found = _jsonl(name, _decode(name, content, encoding))
    elif ending in (".csv", ".tsv"):
        found = _csv(name, _decode(name, content, encoding), "," if ending == ".csv" else "\t")
    else:
        raise InputError(f"{name}: files of kind '{ending}' are not read.", "Use csv, tsv, jsonl or parquet.")
    for number, row in found:
        for column in columns:
            if column not in row:
                error = choose("column", column, sorted(row))
                raise InputError(f"{name}, row {number}: {error.what}", error.fix)
            if row[column] is None or (isinstance(row[column], str) and not row[column].strip()):
                raise InputError(f"{name}, row {number}: column '{column}' is empty.", "Fill it in or remove the row.")
        yield number, tuple(str(row[column]) for column in columns)


def _decode(name: str, content: bytes, encoding: str) -> str:
    try:
        return content.decode("utf-8-sig" if encoding.lower().replace("-", "") == "utf8" else encoding)
    except LookupError:
        raise InputError(f"{name}: unknown encoding '{encoding}'.", "Write utf-8, latin-1 or cp1252, say.") from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{name}, line {line}: byte 0x{content[error.start]:02x} is not {encoding}.",
            "Say the file's encoding in params.yaml (latin-1 or cp1252, say) beside its path.",
        ) from None


def _csv(name: str, text: str, delimiter: str) -> Iterator[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(1 << 27)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, row in enumerate(reader, start=1):
            if None in row:
                raise InputError(
                    f"{name}, row {number}: more fields than the header.", "Quote what holds the delimiter."
                )
            yield number, row
    except csv.Error as error:
        raise InputError(f"{name}, line {reader.line_num}: {error}.", "Mend the quoting of that line.") from None


def _jsonl(name: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    # JSON strings may hold U+2028 and U+0085 unescaped, so lines end at "\n" alone.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputError(f"{name}, line {number}: not JSON: {error}.", "Each line is one JSON object.") from None
        if not isinstance(row, dict):
            raise InputError(f"{name}, line {number}: not a JSON object.", "Each line is one JSON object.")
        yield number, row


def _parquet(name: str, content: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(content))
        number = 0
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                number += 1
                yield number, row
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{name} is not a parquet file: {error}.", "Check the file.") from None
