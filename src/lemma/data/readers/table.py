"""Rows of a user's own table, csv, tsv, jsonl or parquet, as they stream from the zip."""

import codecs
import csv
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any

from lemma.data.archives import guarded, open_zip
from lemma.data.document import Document
from lemma.data.readers import folder
from lemma.errors import InputError, choose
from lemma.params import Dataset, Prepare

Row = tuple[str, ...]
Found = Iterator[tuple[int, dict[str, Any]]]
LONGEST = 1 << 27  # characters of one field
BLOCK = 1 << 20  # bytes read at a time
NEWLINE = "\n"


def own(source: Path, settings: Dataset, _: Prepare) -> Iterator[Document]:
    """Yield the documents of a table, or of a folder.

    A missing text or label is empty here: `prepare` decides what becomes of it.

    Raises:
        InputError: unknown ending, wrong encoding, broken line, unknown column; file and row named.
    """
    with open_zip(source, str(source)) as archive:
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


def rows(name: str, stream: IO[bytes], encoding: str, columns: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Yield (number from 1, values of `columns` as text) for each row of a table; a missing value is empty.

    Raises:
        InputError: wrong encoding, broken line, unknown column; file and row named.
    """
    ending = PurePosixPath(name).suffix.lower()
    if ending == ".parquet":
        found = _parquet(name, stream, columns)
    elif ending == ".jsonl":
        found = _jsonl(name, stream, encoding)
    else:
        found = _csv(name, stream, encoding, "," if ending == ".csv" else "\t", columns)
    for number, row in found:
        yield number, tuple(_value(row, column, f"{name}, row {number}") for column in columns)


def _value(row: dict[str, Any], column: str, where: str) -> str:
    """Return a value as text: texts as they are, numbers, dates and truth values as Python writes them."""
    if column not in row:
        raise _unknown(where, column, [*row])
    value = row[column]
    if value is None or value != value:  # NaN is unlike itself
        return ""
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


def decoded(name: str, stream: IO[bytes], encoding: str, ends: str = r"\n") -> Iterator[str]:
    """Yield the lines of a text, each with what ends it: one of `ends`, a regular expression, and nothing else.

    Raises:
        InputError: the encoding is unknown, or a byte is not of it: its line is named.
    """
    decoder = _decoder(name, encoding)
    end = re.compile(ends)
    held, number = "", 1
    while True:
        block = guarded(name, stream.read, BLOCK)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(encoding, "replace")
            raise InputError(
                f"{name}, line {number + (held + before).count(NEWLINE)}: "
                f"byte 0x{error.object[error.start]:02x} is not {encoding}.",
                "Say the file's encoding in params.yaml (latin-1 or cp1252, say) beside its path.",
            ) from None
        except UnicodeError as error:  # no mark of the order of bytes, say
            raise InputError(
                f"{name}, line {number}: not {encoding}: {error}.", "Say the file's encoding in params.yaml."
            ) from None
        held += text
        # A carriage return at the end of a block may be half of what ends the line.
        whole = held[:-1] if block and held.endswith("\r") else held
        at = 0
        for found in end.finditer(whole):
            yield whole[at : found.end()]
            at = found.end()
        number += held.count(NEWLINE, 0, at)
        held = held[at:]
        if not block:
            if held:
                yield held
            return


def _decoder(name: str, encoding: str) -> codecs.IncrementalDecoder:
    try:
        codec = codecs.lookup(encoding)
        codec = codecs.lookup("utf-8-sig") if codec.name == "utf-8" else codec
        "".encode(encoding)  # only an encoding of texts takes one
        assert codec.incrementaldecoder is not None
        return codec.incrementaldecoder()
    except (LookupError, ValueError, AssertionError):
        raise InputError(f"{name}: unknown encoding '{encoding}'.", "Write utf-8, latin-1 or cp1252, say.") from None


def _csv(name: str, stream: IO[bytes], encoding: str, delimiter: str, columns: Sequence[str]) -> Found:
    csv.field_size_limit(LONGEST)
    reader = csv.reader(decoded(name, stream, encoding, r"\r\n|\n|\r"), delimiter=delimiter, strict=True)
    number = 0
    try:
        header = next(reader, None)
        if header is None:
            return
        _check_header(name, header, columns)
        for fields in reader:
            if not fields:
                continue
            number += 1
            if len(fields) > len(header):
                raise InputError(
                    f"{name}, row {number}: more fields than the header.", "Quote what holds the delimiter."
                )
            if len(fields) < len(header):
                raise InputError(
                    f"{name}, row {number}: fewer fields than the header.", "Give each column a field, if an empty one."
                )
            yield number, dict(zip(header, fields))
    except csv.Error as error:  # the line is where a quote ought to have ended, the row where it begins
        where = f"{name}, after row {number}, line {reader.line_num}"
        raise InputError(f"{where}: {error}.", "Mend the quoting of that row.") from None


def _jsonl(name: str, stream: IO[bytes], encoding: str) -> Found:
    # JSON strings may hold U+2028 and U+0085 unescaped, so lines end at "\n" alone.
    for number, line in enumerate(decoded(name, stream, encoding), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{name}, line {number}: not JSON: {error}.", "Each line is one JSON object.") from None
        if not isinstance(row, dict):
            raise InputError(f"{name}, line {number}: not a JSON object.", "Each line is one JSON object.")
        yield number, row


def _parquet(name: str, stream: IO[bytes], columns: Sequence[str]) -> Found:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        file = pq.ParquetFile(pa.PythonFile(stream, "r"))
        _check_header(name, file.schema_arrow.names, columns)
        for batch in file.iter_batches(columns=list(dict.fromkeys(columns))):
            for row in batch.to_pylist():
                number += 1
                yield number, row
    except (pa.ArrowException, OSError, ValueError, ArithmeticError) as error:
        raise InputError(f"{name}, after row {number}: not parquet: {error}.", "Check the file.") from None
