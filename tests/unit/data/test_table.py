"""A user's table: rows are read as they were written."""

import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lemma.data.readers import text_lines
from lemma.data.readers.table import read_rows
from tests.unit.data.tables import COLUMNS, ENDINGS, fault, read, written

texts = st.text(st.characters(exclude_categories=["Cs"])).filter(str.strip)
tables = st.lists(st.tuples(texts, texts), min_size=1, max_size=5)


@pytest.mark.parametrize("ending", ENDINGS)
@given(table=tables)
@settings(derandomize=True, max_examples=30)
@example(table=[('a, "quoted"\tword', "p"), ("two\nlines\r\nof it", "n"), ("\x85 a\u2028b\u2029c\x1ed", "\ufeffx")])
def test_every_text_is_read_as_it_was_written(ending: str, table: list[tuple[str, str]]) -> None:
    assert read(f"a.{ending}", written(ending, table)) == table


@pytest.mark.parametrize("ending", ENDINGS)
def test_only_the_given_columns_are_read_in_the_given_order(ending: str) -> None:
    content = written(ending, [("good", "7", "p"), ("bad", "8", "n")], ("text", "id", "label"))
    assert read(f"a.{ending}", content, columns=("label", "text")) == [("p", "good"), ("n", "bad")]


@pytest.mark.parametrize("ending", ["CSV", "Csv", "csv"])
def test_the_case_of_the_ending_is_ignored(ending: str) -> None:
    assert read(f"a.{ending}", b"text,label\ngood,p\n") == [("good", "p")]


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "utf_8", "utf8", "U8"])
def test_a_byte_order_mark_is_not_in_the_name_of_the_first_column(ending: str, encoding: str) -> None:
    assert read(f"a.{ending}", b"\xef\xbb\xbf" + written(ending, [("good", "p")]), encoding) == [("good", "p")]


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_lines_may_end_with_carriage_return_and_line_feed(ending: str) -> None:
    content = written(ending, [("good", "p"), ("bad", "n")]).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert read(f"a.{ending}", content) == [("good", "p"), ("bad", "n")]


def test_lines_may_end_with_a_carriage_return() -> None:
    assert read("a.csv", b"text,label\rgood,p\rbad,n\r") == [("good", "p"), ("bad", "n")]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16"])
def test_a_file_is_read_in_the_given_encoding(encoding: str) -> None:
    assert read("a.csv", "text,label\ncafé,p\n".encode(encoding), encoding) == [("café", "p")]


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_numbers_and_truth_values_are_converted_to_text(ending: str) -> None:
    assert read(f"a.{ending}", written(ending, [("a", 1), ("b", 0)])) == [("a", "1"), ("b", "0")]
    assert read(f"a.{ending}", written(ending, [("a", True)])) == [("a", "True")]


def test_empty_lines_are_skipped_but_count_in_line_numbers() -> None:
    assert read("a.csv", b"text,label\n\ngood,p\n\n") == [("good", "p")]
    assert read("a.jsonl", b'\n{"text": "good", "label": "p"}\n\n') == [("good", "p")]
    assert "line 3" in fault("a.jsonl", '{"text": "good", "label": "p"}\n\n{')


def test_a_column_name_may_contain_another_delimiter() -> None:
    assert read("a.csv", b"a;b\ngood\n", columns=("a;b", "a;b")) == [("good", "good")]
    assert read("a.csv", b"text;x,label\ngood,p\n", columns=("text;x", "label")) == [("good", "p")]


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
@pytest.mark.parametrize("missing", [None, float("nan")])
def test_null_and_not_a_number_are_empty(ending: str, missing: float | None) -> None:
    assert read(f"a.{ending}", written(ending, [("a", 1.0), ("b", missing)])) == [("a", "1.0"), ("b", "")]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_the_size_of_blocks_does_not_matter(
    ending: str, encoding: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = [("café, two\r\nlines", "p"), ("a\rb", "n"), ("", "n"), ("last", "p")]
    content = written(ending, table).decode().encode(encoding)
    monkeypatch.setattr(text_lines, "BLOCK", size)
    assert read(f"a.{ending}", content, encoding) == table


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_a_file_without_rows_gives_no_rows(ending: str) -> None:
    assert read(f"a.{ending}", b"") == []


def test_a_line_longer_than_a_block_is_complete() -> None:
    text = "x" * (5 * text_lines.BLOCK) + "\ry"
    assert read("a.jsonl", written("jsonl", [(text, "p"), ("b", "n")])) == [(text, "p"), ("b", "n")]
    assert read("a.csv", written("csv", [(text, "p"), ("b", "n")])) == [(text, "p"), ("b", "n")]


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_rows_are_streamed(ending: str) -> None:
    stream = io.BytesIO(written(ending, [(f"{number:05} {'long' * 500}", "p") for number in range(9000)]))
    assert next(read_rows(f"a.{ending}", stream, "utf-8", COLUMNS))[1][0].startswith("00000")
    assert stream.tell() <= 2 * text_lines.BLOCK < len(stream.getvalue())
