"""Rows of a user's own table, csv, tsv, jsonl or parquet, as they stream from the zip."""

import csv
import json
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO, Any

from lemma.data.archives import guarded, open_zip
from lemma.data.document import Document
from lemma.data.readers import folder
from lemma.data.readers.lines import BLOCK, HALF, decoded, half
from lemma.errors import InputError, choose
from lemma.params import Dataset, Prepare

Row = tuple[str, ...]
Found = Iterator[tuple[int, Row]]
LONGEST = 1 << 27  # characters of one field
BATCH = 1 << 12  # rows of a parquet file read at a time
TEXT = {str}
SIGNS = {",": "csv", "\t": "tsv"}
OTHERS = (";", "\t", ",", "|")  # signs that may divide a table instead, the likeliest first
SHOWN = {"\t": "tabs"}


def own(source: Path, settings: Dataset, _: Prepare) -> Iterator[Document]:
    """Yield the documents of a table, or of a folder.

    A missing text or label is empty here: `prepare` decides what becomes of it.

    Raises:
        InputError: unknown ending, wrong encoding, broken line, unknown column; file and row named.
    """
    with open_zip(source, str(source), own=True) as archive:
        names = archive.namelist()
        if settings.path is not None and not settings.table:
            yield from folder.documents(archive, settings)
            return
        name = guarded(str(source), lambda: names[0])
        with guarded(f"{source}: {name}", archive.open, name) as stream:
            yield from _documents(name, stream, settings)


def _documents(name: str, stream: IO[bytes], settings: Dataset) -> Iterator[Document]:
    part = getattr(settings.split, "column", None)
    columns = [settings.text or "text", settings.label or "label", *([part] if part else [])]
    for number, row in rows(name, stream, settings.encoding, columns):
        yield Document(row[0], row[1], row[2] if part else None, f"{name}, row {number}")


def rows(name: str, stream: IO[bytes], encoding: str, columns: Sequence[str]) -> Found:
    """Yield (number from 1, values of `columns` as text) for each row of a table; a missing value is empty.

    Raises:
        InputError: wrong encoding, broken line, unknown column; file and row named.
    """
    ending = PurePosixPath(name).suffix.lower()
    if ending == ".parquet":
        return _parquet(name, stream, columns)
    if ending == ".jsonl":
        return _jsonl(name, stream, encoding, columns)
    return _csv(name, stream, encoding, "," if ending == ".csv" else "\t", columns)


def _texts(values: Sequence[Any], columns: Sequence[str], where: str) -> Row:
    """Return values as texts: texts as they are, numbers, dates and truth values as Python writes them."""
    texts = []
    for value, column in zip(values, columns):
        if isinstance(value, list | dict | bytes):
            kind = type(value).__name__
            raise InputError(f"{where}: column '{column}' holds a {kind}.", "Write one text or number there.")
        texts.append("" if value is None or value != value else str(value))  # NaN is unlike itself
        if torn := half(texts[-1]):
            raise InputError(f"{where}: column '{column}' holds {torn[1]}.", HALF)
    return tuple(texts)


def _unknown(where: str, column: str, valid: Sequence[str]) -> InputError:
    error = choose("column", column, sorted(valid))
    return InputError(f"{where}: {error.what}", error.fix)


def _check_header(name: str, header: Sequence[str], columns: Sequence[str]) -> None:
    for column in columns:
        if column not in header:
            raise _unknown(f"{name}, header", column, header)
        if header.count(column) > 1:
            raise InputError(f"{name}, header: column '{column}' stands twice.", "Rename one of the two.")


def _check_divided(name: str, line: str, delimiter: str) -> None:
    """Refuse a table whose header another sign divides."""
    if delimiter in line or not (other := next((sign for sign in OTHERS if sign in line), "")):
        return
    shown = SHOWN.get(other, repr(other))
    fix = f"Save it divided by {SHOWN.get(delimiter, repr(delimiter))}" + (
        f", or name it .{SIGNS[other]}." if other in SIGNS else "."
    )
    raise InputError(f"{name}, header: this file is divided by {shown}.", fix)


def _csv(name: str, stream: IO[bytes], encoding: str, delimiter: str, columns: Sequence[str]) -> Found:
    csv.field_size_limit(LONGEST)
    lines = decoded(name, stream, encoding, newline="")
    first = next(lines, "")
    if first.strip() not in columns:
        _check_divided(name, first, delimiter)
    reader = csv.reader(chain(filter(None, [first]), lines), delimiter=delimiter, strict=True)
    number = 0
    try:
        header = next(reader, None)
        if header is None:
            return
        _check_header(name, header, columns)
        width, places = len(header), [header.index(column) for column in columns]
        for number, fields in enumerate(filter(None, reader), start=1):
            if len(fields) != width:
                more = len(fields) > width
                raise InputError(
                    f"{name}, row {number}: {'more' if more else 'fewer'} fields than the header.",
                    "Quote what holds the delimiter." if more else "Give each column a field, if an empty one.",
                )
            yield number, tuple([fields[place] for place in places])
    except csv.Error as error:  # the line is where a quote ought to have ended, the row where it begins
        where = f"{name}, after row {number}, line {reader.line_num}"
        raise InputError(f"{where}: {error}.", "Mend the quoting of that row.") from None


def _jsonl(name: str, stream: IO[bytes], encoding: str, columns: Sequence[str]) -> Found:
    decode = json.JSONDecoder().decode
    # JSON strings may hold U+2028 and U+0085 unescaped, so lines end at "\n" alone.
    for number, line in enumerate(decoded(name, stream, encoding), start=1):
        if line.isspace():
            continue
        try:
            row = decode(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{name}, line {number}: not JSON: {error}.", "Each line is one JSON object.") from None
        if not isinstance(row, dict):
            raise InputError(f"{name}, line {number}: not a JSON object.", "Each line is one JSON object.")
        try:
            values = tuple([row[column] for column in columns])
        except KeyError as error:
            raise _unknown(f"{name}, row {number}", error.args[0], [*row]) from None
        # Only an escape can be half of a character.
        plain = set(map(type, values)) == TEXT and "\\u" not in line
        yield number, values if plain else _texts(values, columns, f"{name}, row {number}")


def _parquet(name: str, stream: IO[bytes], columns: Sequence[str]) -> Found:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        file = pq.ParquetFile(pa.PythonFile(stream, "r"), buffer_size=BLOCK, pre_buffer=False)
        _check_header(name, file.schema_arrow.names, columns)
        for batch in file.iter_batches(BATCH, columns=list(dict.fromkeys(columns))):
            held = [batch.column(column) for column in columns]
            plain = all(pa.types.is_string(column.type) and not column.null_count for column in held)
            for values in zip(*[column.to_pylist() for column in held]):
                number += 1
                yield number, values if plain else _texts(values, columns, f"{name}, row {number}")
    except (pa.ArrowException, OSError, ValueError, ArithmeticError) as error:
        raise InputError(f"{name}, after row {number}: not parquet: {error}.", "Check the file.") from None
