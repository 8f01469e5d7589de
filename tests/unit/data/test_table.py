"""Rows of users' files: what is written comes back, and whatever cannot is an InputError that says where."""

import csv
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lemma.data.readers import lines
from lemma.data.readers.table import rows
from lemma.errors import InputError

COLUMNS = ("text", "label")
ENDINGS = ("csv", "tsv", "jsonl", "parquet")
texts = st.text(st.characters(exclude_categories=["Cs"])).filter(str.strip)
tables = st.lists(st.tuples(texts, texts), min_size=1, max_size=5)


def written(ending: str, held: list[tuple[Any, ...]], columns: tuple[str, ...] = COLUMNS) -> bytes:
    if ending == "parquet":
        sink = io.BytesIO()
        pq.write_table(pa.table({name: [row[i] for row in held] for i, name in enumerate(columns)}), sink)
        return sink.getvalue()
    if ending == "jsonl":
        return "".join(json.dumps(dict(zip(columns, row)), ensure_ascii=False) + "\n" for row in held).encode()
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter="," if ending == "csv" else "\t", quoting=csv.QUOTE_ALL)
    writer.writerows([columns, *held])
    return stream.getvalue().encode()


def read(
    name: str, content: bytes, encoding: str = "utf-8", columns: tuple[str, ...] = COLUMNS
) -> list[tuple[str, ...]]:
    found = list(rows(name, io.BytesIO(content), encoding, columns))
    assert [number for number, _ in found] == sorted({number for number, _ in found})
    return [row for _, row in found]


def fault(name: str, content: bytes | str, encoding: str = "utf-8", columns: tuple[str, ...] = COLUMNS) -> str:
    """Return the message on a bad file, which names the file and what to do."""
    with pytest.raises(InputError) as caught:
        read(name, content if isinstance(content, bytes) else content.encode(), encoding, columns)
    assert caught.value.what.startswith(name)
    assert caught.value.fix
    return caught.value.what


@pytest.mark.parametrize("ending", ENDINGS)
@given(held=tables)
@settings(derandomize=True, max_examples=30)
@example(held=[('a, "quoted"\tword', "p"), ("two\nlines\r\nof it", "n"), ("\x85 a\u2028b\u2029c\x1ed", "\ufeffx")])
def test_any_text_comes_back_as_it_was_written(ending: str, held: list[tuple[str, str]]) -> None:
    assert read(f"a.{ending}", written(ending, held)) == held


@pytest.mark.parametrize("ending", ENDINGS)
def test_only_the_named_columns_are_read_in_the_order_asked_for(ending: str) -> None:
    content = written(ending, [("good", "7", "p"), ("bad", "8", "n")], ("text", "id", "label"))
    assert read(f"a.{ending}", content, columns=("label", "text")) == [("p", "good"), ("n", "bad")]


@pytest.mark.parametrize("ending", ["CSV", "Csv", "csv"])
def test_the_ending_is_read_in_any_case(ending: str) -> None:
    assert read(f"a.{ending}", b"text,label\ngood,p\n") == [("good", "p")]


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "utf_8", "utf8", "U8"])
def test_a_byte_order_mark_is_no_part_of_the_first_column(ending: str, encoding: str) -> None:
    assert read(f"a.{ending}", b"\xef\xbb\xbf" + written(ending, [("good", "p")]), encoding) == [("good", "p")]


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_lines_may_end_as_windows_ends_them(ending: str) -> None:
    content = written(ending, [("good", "p"), ("bad", "n")]).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert read(f"a.{ending}", content) == [("good", "p"), ("bad", "n")]


def test_lines_of_a_table_may_end_as_old_macintoshes_end_them() -> None:
    assert read("a.csv", b"text,label\rgood,p\rbad,n\r") == [("good", "p"), ("bad", "n")]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16"])
def test_a_file_is_read_in_the_encoding_it_is_said_to_have(encoding: str) -> None:
    assert read("a.csv", "text,label\ncafé,p\n".encode(encoding), encoding) == [("café", "p")]


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_numbers_and_truth_values_become_their_text(ending: str) -> None:
    assert read(f"a.{ending}", written(ending, [("a", 1), ("b", 0)])) == [("a", "1"), ("b", "0")]
    assert read(f"a.{ending}", written(ending, [("a", True)])) == [("a", "True")]


def test_empty_lines_are_no_rows_but_count_where_lines_are_named() -> None:
    assert read("a.csv", b"text,label\n\ngood,p\n\n") == [("good", "p")]
    assert read("a.jsonl", b'\n{"text": "good", "label": "p"}\n\n') == [("good", "p")]
    assert "line 3" in fault("a.jsonl", '{"text": "good", "label": "p"}\n\n{')


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_a_wrong_encoding_is_told_by_line_and_byte(ending: str, start: bytes) -> None:
    content = start + written(ending, [("good", "p"), ("caf\x00", "n")]).replace(b"\x00", b"\xe9").replace(
        b"\\u0000", b"\xe9"
    )
    line = 2 if ending == "jsonl" else 3
    assert fault(f"a.{ending}", content) == f"a.{ending}, line {line}: byte 0xe9 is not utf-8."


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_a_wrong_byte_at_the_start_of_a_line_is_of_that_line(start: bytes) -> None:
    assert "line 2: byte 0xe9" in fault("a.csv", start + b"text,label\n\xe9t\xe9,p\n")


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize(
    ("ending", "sign", "said"), [("csv", ";", "';'"), ("csv", "\t", "tabs"), ("tsv", ",", "','"), ("csv", "|", "'|'")]
)
def test_a_table_divided_by_another_sign_is_told_by_that_sign(ending: str, sign: str, said: str, quote: str) -> None:
    content = "".join(f"{quote}{text}{quote}{sign}{quote}{label}{quote}\n" for text, label in [COLUMNS, ("good", "p")])
    assert fault(f"a.{ending}", content) == f"a.{ending}, header: this file is divided by {said}."


def test_a_sign_in_a_column_s_name_divides_nothing() -> None:
    assert read("a.csv", b"a;b\ngood\n", columns=("a;b", "a;b")) == [("good", "good")]
    assert read("a.csv", b"text;x,label\ngood,p\n", columns=("text;x", "label")) == [("good", "p")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_file_that_begins_like_utf_16_is_told_so(encoding: str) -> None:
    with pytest.raises(InputError, match="begins like UTF-16, not like utf-8") as caught:
        read("a.csv", "\ufefftext,label\ngood,p\n".encode(encoding))
    assert "encoding: utf-16" in caught.value.fix


@pytest.mark.parametrize("encoding", ["nonsense", "hex", "undefined", "a\0b", ""])
def test_an_unknown_encoding_is_named(encoding: str) -> None:
    assert fault("a.csv", "text,label\n", encoding) == f"a.csv: unknown encoding '{encoding}'."


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_unknown_column_is_told_with_the_columns_there_are(ending: str) -> None:
    with pytest.raises(
        InputError, match=rf"^a.{ending}, (header|row 1): Unknown column 'txt'. Did you mean 'text'"
    ) as caught:
        read(f"a.{ending}", written(ending, [("good", "p")]), columns=("txt", "label"))
    assert caught.value.fix == "Choose one of: label, text."


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
@pytest.mark.parametrize("missing", [None, float("nan")])
def test_null_and_not_a_number_are_empty(ending: str, missing: float | None) -> None:
    assert read(f"a.{ending}", written(ending, [("a", 1.0), ("b", missing)])) == [("a", "1.0"), ("b", "")]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_where_a_block_ends_changes_nothing(
    ending: str, encoding: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [("café, two\r\nlines", "p"), ("a\rb", "n"), ("", "n"), ("last", "p")]
    content = written(ending, held).decode().encode(encoding)
    monkeypatch.setattr(lines, "BLOCK", size)
    assert read(f"a.{ending}", content, encoding) == held


@pytest.mark.parametrize(("value", "kind"), [(["a"], "list"), ({"a": "b"}, "dict"), (b"a", "bytes")])
def test_a_value_that_is_no_text_or_number_is_refused(value: Any, kind: str) -> None:
    assert fault("a.parquet", written("parquet", [(value, "p")])) == f"a.parquet, row 1: column 'text' holds a {kind}."


def test_half_a_character_is_refused() -> None:
    assert "row 1: column 'text' holds U+D800" in fault("a.jsonl", '{"text": "a \\ud800", "label": "p"}')


@pytest.mark.parametrize(("ending", "mark"), [("csv", ","), ("tsv", "\t")])
@pytest.mark.parametrize(("row", "problem"), [("b", "fewer"), ("b,n,x", "more"), ("b,n,", "more")])
def test_a_row_of_more_or_fewer_fields_than_the_header_is_refused(
    ending: str, mark: str, row: str, problem: str
) -> None:
    content = f"text,label\na,p\n{row}\n".replace(",", mark)
    assert fault(f"a.{ending}", content) == f"a.{ending}, row 2: {problem} fields than the header."


@pytest.mark.parametrize("broken", ['"a', '"a" b,p', '"a"b"'])
def test_broken_quoting_is_told_by_line(broken: str) -> None:
    assert fault("a.csv", f"text,label\ngood,p\n{broken}").startswith("a.csv, after row 1, line 3: ")


def test_a_quote_that_never_ends_is_told_by_the_row_it_begins_in() -> None:
    assert fault("a.csv", 'text,label\ngood,p\n"bad,n\na,p\n').startswith("a.csv, after row 1, line 4: ")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_column_that_stands_twice_is_refused(ending: str) -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table([["a"], ["b"], ["p"]], names=["text", "text", "label"]), sink)
    content = sink.getvalue() if ending == "parquet" else b"text,text,label\na,b,p\n"
    assert fault(f"a.{ending}", content) == f"a.{ending}, header: column 'text' stands twice."


@pytest.mark.parametrize("broken", ['{"text": "a"', "nonsense", "[1]", '"text"', "1" * 5000, "[" * 100_000, "\ufeff{}"])
def test_a_line_that_is_no_json_object_is_told_by_number(broken: str) -> None:
    assert fault("a.jsonl", '{"text": "good", "label": "p"}\n' + broken).startswith("a.jsonl, line 2: not ")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"text,label\n"])
def test_a_file_that_only_claims_to_be_parquet_is_refused(content: bytes) -> None:
    assert "not parquet" in fault("a.parquet", content)


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_a_file_without_rows_gives_none(ending: str) -> None:
    assert read(f"a.{ending}", b"") == []


damage = st.tuples(st.integers(0, 2**16), st.binary(max_size=4))


@pytest.mark.parametrize("ending", ENDINGS)
@given(hits=st.lists(damage, min_size=1, max_size=4), end=st.integers(0, 2**16), noise=st.binary())
@settings(derandomize=True, max_examples=80)
def test_damaged_bytes_are_rows_or_an_input_error_and_nothing_else(
    ending: str, hits: list[tuple[int, bytes]], end: int, noise: bytes
) -> None:
    whole = written(ending, [("a good film", "p"), ('a "bad" one', "n")])
    damaged = bytearray(whole)
    for place, value in hits:
        damaged[place % len(whole) : place % len(whole) + len(value)] = value
    for content in (bytes(damaged), bytes(damaged)[: end % len(whole)], noise, whole + noise):
        for encoding in ("utf-8", "utf-16", "cp1252"):
            try:
                found = read(f"a.{ending}", content, encoding)
            except InputError as error:
                assert error.what.startswith(f"a.{ending}")  # noqa: PT017
            else:
                assert all(isinstance(value, str) for row in found for value in row)


@pytest.mark.parametrize("encoding", ["utf-7", "unicode_escape"])
def test_an_encoding_that_can_write_half_a_character_is_told_by_line(encoding: str) -> None:
    content = b"text,label\na,p\n" + "\ud800,p\n".encode(encoding, "surrogatepass" if encoding == "utf-7" else "strict")
    assert fault("a.csv", content, encoding) == "a.csv, line 3: U+D800, half of a character."


def test_a_line_longer_than_any_block_is_whole() -> None:
    text = "x" * (5 * lines.BLOCK) + "\ry"
    assert read("a.jsonl", written("jsonl", [(text, "p"), ("b", "n")])) == [(text, "p"), ("b", "n")]
    assert read("a.csv", written("csv", [(text, "p"), ("b", "n")])) == [(text, "p"), ("b", "n")]


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_a_row_can_be_had_before_the_rest_of_the_file_is_read(ending: str) -> None:
    stream = io.BytesIO(written(ending, [(f"{number:05} {'long' * 500}", "p") for number in range(9000)]))
    assert next(rows(f"a.{ending}", stream, "utf-8", COLUMNS))[1][0].startswith("00000")
    assert stream.tell() <= 2 * lines.BLOCK < len(stream.getvalue())
