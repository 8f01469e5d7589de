"""Reader of a user's own table (csv, tsv, jsonl or parquet), row by row as it streams from the zip, or folder."""

import csv
import json
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO, Any

from lemma.data.readers.document import Document
from lemma.data.readers.folder import read_folder
from lemma.data.readers.text_lines import BLOCK, SURROGATE_FIX, decode_lines, find_surrogate
from lemma.data.sources.archives import guard, open_zip
from lemma.errors import InputError, choose
from lemma.params import Dataset, Prepare

Row = tuple[str, ...]
NumberedRows = Iterator[tuple[int, Row]]
MAX_FIELD = 1 << 27  # characters of a field
BATCH = 1 << 12  # rows of a parquet file read at a time
STRINGS = {str}
ENDING_OF = {",": "csv", "\t": "tsv"}
DELIMITERS = (";", "\t", ",", "|")  # that a table may have by mistake, the most likely first
NAME_OF = {"\t": "tabs"}


def read_own(source: Path, settings: Dataset, _: Prepare) -> Iterator[Document]:
    """Yield the documents of a table or a folder.

    A missing text or label is yielded as an empty string: `prepare` decides whether to refuse or to drop it.

    Raises:
        InputError: the encoding, a line, a column or the file name's ending is wrong; file and row are named.
    """
    with open_zip(source, str(source), own=True) as archive:
        names = archive.namelist()
        if settings.path is not None and not settings.table:
            yield from read_folder(archive, settings)
            return
        name = guard(str(source), lambda: names[0])
        with guard(f"{source}: {name}", archive.open, name) as stream:
            yield from _read_documents(name, stream, settings)


def _read_documents(name: str, stream: IO[bytes], settings: Dataset) -> Iterator[Document]:
    split = getattr(settings.split, "column", None)
    columns = [settings.text or "text", settings.label or "label", *([split] if split else [])]
    for number, row in read_rows(name, stream, settings.encoding, columns):
        yield Document(row[0], row[1], row[2] if split else None, f"{name}, row {number}")


def read_rows(name: str, stream: IO[bytes], encoding: str, columns: Sequence[str]) -> NumberedRows:
    """Yield for each row of a table its number, from 1, and the values of `columns` as strings, "" if missing.

    Args:
        name: of the file, whose ending decides on the format.
        stream: its bytes.
        encoding: of its text.
        columns: to read, in this order.

    Raises:
        InputError: the encoding, a line or a column is wrong; file and row are named.
    """
    ending = PurePosixPath(name).suffix.lower()
    if ending == ".parquet":
        return _read_parquet(name, stream, columns)
    if ending == ".jsonl":
        return _read_jsonl(name, stream, encoding, columns)
    return _read_csv(name, stream, encoding, "," if ending == ".csv" else "\t", columns)


def _to_strings(values: Sequence[Any], columns: Sequence[str], location: str) -> Row:
    """Return values as strings: strings as they are; numbers, dates and truth values as `str` writes them."""
    strings = []
    for value, column in zip(values, columns):
        if isinstance(value, list | dict | bytes):
            kind = type(value).__name__
            raise InputError(f"{location}: column '{column}' contains a {kind}.", "Write one text or number there.")
        strings.append("" if value is None or value != value else str(value))  # NaN does not equal itself
        if surrogate := find_surrogate(strings[-1]):
            raise InputError(f"{location}: column '{column}' contains {surrogate[1]}.", SURROGATE_FIX)
    return tuple(strings)


def _unknown_column(location: str, column: str, valid: Sequence[str]) -> InputError:
    error = choose("column", column, sorted(valid))
    return InputError(f"{location}: {error.what}", error.fix)


def _check_header(name: str, header: Sequence[str], columns: Sequence[str]) -> None:
    for column in columns:
        if column not in header:
            raise _unknown_column(f"{name}, header", column, header)
        if header.count(column) > 1:
            raise InputError(f"{name}, header: column '{column}' occurs twice.", "Rename one of the two.")


def _check_delimiter(name: str, header: str, delimiter: str) -> None:
    """Refuse a table whose header has another delimiter than its ending says."""
    if delimiter in header or not (actual := next((sign for sign in DELIMITERS if sign in header), "")):
        return
    expected = NAME_OF.get(delimiter, repr(delimiter))
    fix = f"Save it with {expected} as delimiter" + (
        f", or rename it to .{ENDING_OF[actual]}." if actual in ENDING_OF else "."
    )
    raise InputError(f"{name}, header: the delimiter is {NAME_OF.get(actual, repr(actual))}, expected {expected}.", fix)


def _read_csv(name: str, stream: IO[bytes], encoding: str, delimiter: str, columns: Sequence[str]) -> NumberedRows:
    csv.field_size_limit(MAX_FIELD)
    lines = decode_lines(name, stream, encoding, newline="")
    first = next(lines, "")
    if first.strip() not in columns:
        _check_delimiter(name, first, delimiter)
    reader = csv.reader(chain(filter(None, [first]), lines), delimiter=delimiter, strict=True)
    number = 0
    try:
        header = next(reader, None)
        if header is None:
            return
        _check_header(name, header, columns)
        width, positions = len(header), [header.index(column) for column in columns]
        for number, fields in enumerate(filter(None, reader), start=1):
            if len(fields) != width:
                has_more = len(fields) > width
                raise InputError(
                    f"{name}, row {number}: {len(fields)} fields, the header has {width}.",
                    "Quote fields that contain the delimiter." if has_more else "Write a field for each column.",
                )
            yield number, tuple([fields[position] for position in positions])
    except csv.Error as error:  # the row is where a quotation starts, the line where its end was expected
        location = f"{name}, after row {number}, line {reader.line_num}"
        raise InputError(f"{location}: {error}.", "Correct the quotation marks of that row.") from None


def _read_jsonl(name: str, stream: IO[bytes], encoding: str, columns: Sequence[str]) -> NumberedRows:
    decode = json.JSONDecoder().decode
    # JSON strings may contain U+2028 and U+0085 unescaped, so only "\n" ends a line.
    for number, line in enumerate(decode_lines(name, stream, encoding), start=1):
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
            raise _unknown_column(f"{name}, row {number}", error.args[0], [*row]) from None
        # Only an escape can be an unpaired surrogate.
        is_plain = set(map(type, values)) == STRINGS and "\\u" not in line
        yield number, values if is_plain else _to_strings(values, columns, f"{name}, row {number}")


def _read_parquet(name: str, stream: IO[bytes], columns: Sequence[str]) -> NumberedRows:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        file = pq.ParquetFile(pa.PythonFile(stream, "r"), buffer_size=BLOCK, pre_buffer=False)
        _check_header(name, file.schema_arrow.names, columns)
        for batch in file.iter_batches(BATCH, columns=list(dict.fromkeys(columns))):
            arrays = [batch.column(column) for column in columns]
            is_plain = all(pa.types.is_string(array.type) and not array.null_count for array in arrays)
            for values in zip(*[array.to_pylist() for array in arrays]):
                number += 1
                yield number, values if is_plain else _to_strings(values, columns, f"{name}, row {number}")
    except (pa.ArrowException, OSError, ValueError, ArithmeticError) as error:
        raise InputError(f"{name}, after row {number}: not parquet: {error}.", "Check the file.") from None
