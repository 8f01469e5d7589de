"""Random, mutated and hostile tables are read, or are an error that names line, row or column."""

import csv
import datetime
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma.data.readers import READERS
from lemma.data.readers.document import Document
from lemma.errors import LemmaError
from lemma.params import Dataset, RandomSplit, SplitColumn
from tests.fuzz.fuzzing import any_json, fuzz, mutated, survived
from tests.unit.data.published import SENTENCES, zipped

ENDINGS = (".csv", ".tsv", ".jsonl", ".parquet")
ENCODINGS = ["utf-8", "utf-8", "utf-16", "utf-32-be", "latin-1", "cp1252", "shift_jis", "utf-7", "hz"]
ENCODINGS += ["rot13", "base64", "zlib", "\0", "none", ""]
ROWS = [{"text": f'A "film", {n}\n\N{PILE OF POO}', "label": "ab"[n % 2], "part": "train", "n": n} for n in range(5)]
TYPES: list[Any] = [
    *(pa.string(), pa.large_string(), pa.binary(), pa.int8(), pa.uint64(), pa.float16(), pa.float64(), pa.bool_()),
    *(pa.date32(), pa.date64(), pa.time64("ns"), pa.timestamp("s"), pa.timestamp("ns"), pa.duration("s"), pa.null()),
    *(pa.timestamp("ms", "Mars/Phobos"), pa.timestamp("s", "+99:00"), pa.timestamp("us", "Europe/Vienna")),
    *(pa.decimal128(38, 9), pa.decimal256(76, 0), pa.list_(pa.string()), pa.struct([("a", pa.int32())])),
    *(pa.map_(pa.string(), pa.int32()), pa.dictionary(pa.int32(), pa.string()), pa.binary(3)),
]


def _table(ending: str) -> bytes:
    if ending == ".jsonl":
        return "".join(f"{json.dumps(row)}\n" for row in ROWS).encode()
    if ending == ".parquet":
        return _parquet(pa.Table.from_pylist(ROWS))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(ROWS[0]), delimiter="," if ending == ".csv" else "\t")
    writer.writeheader()
    writer.writerows(ROWS)
    return stream.getvalue().encode()


def _parquet(table: Any, **how: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream, **how)
    return stream.getvalue()


PIECES = (
    b'"',
    b'""',
    b"\r",
    b"\n",
    b"\r\n",
    b"\0",
    b",",
    b"\t",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
)
JSON = (
    b"\\ud800",
    b"\\u0000",
    b"[",
    b"{",
    b"NaN",
    b"1e999",
    b"9" * 5000,
    b"null",
    b"text",
    b"true",
    b"-",
    b"\\",
    b"\xe2\x80\xa8",
)


def _read(folder: Path, ending: str, content: bytes, encoding: str = "utf-8", part: bool = False) -> object:
    split: Any = SplitColumn(column="part") if part else RandomSplit(dev=0.1, test=0.1)
    name = f"held{ending}"
    settings = Dataset(path=name, text="text", label="label", split=split, encoding=encoding)
    source = folder / "source.zip"
    source.write_bytes(zipped({name: content}))
    result = survived(f"table: {ending}", lambda: list(READERS["own"](source, settings, SENTENCES)))
    if not isinstance(result, LemmaError):
        for document in result:
            assert isinstance(document, Document)
            assert document.text.encode() is not None
            assert isinstance(document.label, str)
    return result


@fuzz()
@pytest.mark.parametrize("ending", ENDINGS)
@given(data=st.data(), encoding=st.sampled_from(ENCODINGS), part=st.booleans())
def test_a_mutated_table_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, ending: str, data: st.DataObject, encoding: str, part: bool
) -> None:
    content = data.draw(mutated(st.just(_table(ending)), *PIECES, *(JSON if ending == ".jsonl" else ())))
    _read(tmp_path_factory.getbasetemp(), ending, content, encoding, part)


@fuzz(0.5)
@given(
    ending=st.sampled_from(ENDINGS),
    content=st.binary(max_size=200) | st.text('text,label\t"\r\n{}[]:\\u01', max_size=100).map(str.encode),
    encoding=st.sampled_from(ENCODINGS),
)
def test_random_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, ending: str, content: bytes, encoding: str
) -> None:
    _read(tmp_path_factory.getbasetemp(), ending, content, encoding)


@fuzz(0.5)
@given(
    rows=st.lists(st.dictionaries(st.sampled_from(["text", "label", "part", "é"]), any_json(), max_size=4), max_size=4)
)
def test_random_json_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    content = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    _read(tmp_path_factory.getbasetemp(), ".jsonl", content, part=True)


@fuzz(0.5)
@given(
    kinds=st.tuples(st.sampled_from(TYPES), st.sampled_from(TYPES)),
    values=st.lists(st.integers(-(2**62), 2**62) | st.integers(-3, 3) | st.none(), max_size=4),
    version=st.sampled_from(["1.0", "2.6"]),
)
def test_columns_of_any_type_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, kinds: tuple[Any, Any], values: list[int | None], version: str
) -> None:
    columns = []
    for kind in kinds:
        settings = pa.array(values, pa.int64())
        try:
            columns.append(
                settings.cast(pa.timestamp(kind.unit)).cast(kind)
                if pa.types.is_timestamp(kind)
                else settings.cast(kind)
            )
        except (pa.ArrowException, KeyError):
            columns.append(pa.nulls(len(values), kind))
    table = pa.table({"text": columns[0], "label": columns[1]})
    try:
        content = _parquet(table, version=version, allow_truncated_timestamps=True)
    except pa.ArrowException:  # a type that parquet does not have
        return
    _read(tmp_path_factory.getbasetemp(), ".parquet", content)


def test_an_unknown_time_zone_is_an_error_without_a_traceback(tmp_path: Path) -> None:
    when = pa.array([datetime.datetime(2020, 1, 1)], pa.timestamp("ms")).cast(pa.timestamp("ms", "Mars/Phobos"))
    result = _read(tmp_path, ".parquet", _parquet(pa.table({"text": when, "label": pa.array(["a"])})))
    assert isinstance(result, LemmaError)


HOSTILE = {
    "a quote without end": (".csv", b'text,label\n"' + b"a,\n" * 1_000_000, "after row"),
    "brackets without end": (".jsonl", b"[" * 1_000_000, "not JSON"),
    "a number of many digits": (".jsonl", b'{"text": ' + b"9" * 100_000 + b', "label": 1}', "not JSON"),
    "columns without end": (".csv", b",".join(b"c%d" % n for n in range(100_000)), "Unknown column 'text'"),
    "a table that is a parquet file's end": (".parquet", b"PAR1" + b"\xff\xff\xff\x7f" + b"PAR1", "not parquet"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_table_that_would_exhaust_memory_is_refused_with_the_reason(tmp_path: Path, case: str) -> None:
    ending, content, reason = HOSTILE[case]
    result = _read(tmp_path, ending, content)
    assert isinstance(result, LemmaError)
    assert reason in result.what
