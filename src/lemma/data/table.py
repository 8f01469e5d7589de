"""Rows of a user's own file: csv, tsv, jsonl or parquet."""

import codecs
import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

from lemma.errors import InputError, choose

Row = tuple[str, ...]
Found = Iterator[tuple[int, dict[str, Any]]]


def rows(name: str, content: bytes, encoding: str, columns: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Yield (number from 1, values of `columns` as text) for each row of a table.

    Raises:
        InputError: unknown ending, wrong encoding, broken line, unknown column or missing value; file and row named.
    """
    ending = PurePath(name).suffix.lower()
    if ending == ".parquet":
        found = _parquet(name, content, columns)
    elif ending == ".jsonl":
        found = _jsonl(name, _decode(name, content, encoding))
    elif ending in (".csv", ".tsv"):
        found = _csv(name, _decode(name, content, encoding), "," if ending == ".csv" else "\t", columns)
    else:
        raise InputError(f"{name}: files of kind '{ending}' are not read.", "Use csv, tsv, jsonl or parquet.")
    for number, row in found:
        yield number, tuple(_value(row, column, f"{name}, row {number}") for column in columns)


def _value(row: dict[str, Any], column: str, where: str) -> str:
    """Return a value as text: texts as they are, numbers, dates and truth values as Python writes them."""
    if column not in row:
        raise _unknown(where, column, [*row])
    value = row[column]
    if value is None or value != value or (isinstance(value, str) and not value.strip()):  # NaN is unlike itself
        raise InputError(f"{where}: column '{column}' is empty.", "Fill it in or remove the row.")
    if isinstance(value, list | dict | bytes):
        kind = type(value).__name__
        raise InputError(f"{where}: column '{column}' holds a {kind}.", "Write one text or number there.")
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        half = f"U+{ord(text[error.start]):04X}"
        raise InputError(
            f"{where}: column '{column}' holds {half}, half of a character.", "Write both halves, or the character."
        ) from None
    return text


def _unknown(where: str, column: str, valid: Sequence[str]) -> InputError:
    error = choose("column", column, sorted(valid))
    return InputError(f"{where}: {error.what}", error.fix)


def _check_header(name: str, header: Sequence[str], columns: Sequence[str]) -> None:
    for column in columns:
        if column not in header:
            raise _unknown(f"{name}, header", column, header)
        if header.count(column) > 1:
            raise InputError(f"{name}, header: column '{column}' stands twice.", "Rename one of the two.")


def _decode(name: str, content: bytes, encoding: str) -> str:
    try:
        return content.decode("utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1  # of what follows a byte order mark
        raise InputError(
            f"{name}, line {line}: byte 0x{error.object[error.start]:02x} is not {encoding}.",
            "Say the file's encoding in params.yaml (latin-1 or cp1252, say) beside its path.",
        ) from None
    except (LookupError, ValueError):  # no such name, or one that is not of a text's encoding
        raise InputError(f"{name}: unknown encoding '{encoding}'.", "Write utf-8, latin-1 or cp1252, say.") from None


def _csv(name: str, text: str, delimiter: str, columns: Sequence[str]) -> Found:
    csv.field_size_limit(1 << 27)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        if reader.fieldnames is not None:
            _check_header(name, reader.fieldnames, columns)
        for number, row in enumerate(reader, start=1):
            if None in row:
                raise InputError(
                    f"{name}, row {number}: more fields than the header.", "Quote what holds the delimiter."
                )
            if None in row.values():
                raise InputError(
                    f"{name}, row {number}: fewer fields than the header.", "Give each column a field, if an empty one."
                )
            yield number, row
    except csv.Error as error:  # the line is where a quote ought to have ended, the row where it begins
        where = f"{name}, after row {number}, line {reader.reader.line_num}"
        raise InputError(f"{where}: {error}.", "Mend the quoting of that row.") from None


def _jsonl(name: str, text: str) -> Found:
    # JSON strings may hold U+2028 and U+0085 unescaped, so lines end at "\n" alone.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{name}, line {number}: not JSON: {error}.", "Each line is one JSON object.") from None
        if not isinstance(row, dict):
            raise InputError(f"{name}, line {number}: not a JSON object.", "Each line is one JSON object.")
        yield number, row


def _parquet(name: str, content: bytes, columns: Sequence[str]) -> Found:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        _check_header(name, file.schema_arrow.names, columns)
        for batch in file.iter_batches(columns=list(dict.fromkeys(columns))):
            for row in batch.to_pylist():
                number += 1
                yield number, row
    except (pa.ArrowException, OSError, ValueError, ArithmeticError) as error:
        raise InputError(f"{name}, after row {number}: not parquet: {error}.", "Check the file.") from None
