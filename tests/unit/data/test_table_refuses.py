"""A user's table: whatever cannot be read is an error that names the place."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.errors import InputError
from tests.unit.data.tables import COLUMNS, ENDINGS, fault, read, written

damage = st.tuples(st.integers(0, 2**16), st.binary(max_size=4))


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_the_error_for_a_wrong_encoding_names_line_and_byte(ending: str, start: bytes) -> None:
    content = start + written(ending, [("good", "p"), ("caf\x00", "n")]).replace(b"\x00", b"\xe9").replace(
        b"\\u0000", b"\xe9"
    )
    line = 2 if ending == "jsonl" else 3
    assert fault(f"a.{ending}", content) == f"a.{ending}, line {line}: byte 0xe9 is not utf-8."


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_a_wrong_byte_at_the_start_of_a_line_has_the_number_of_that_line(start: bytes) -> None:
    assert "line 2: byte 0xe9" in fault("a.csv", start + b"text,label\n\xe9t\xe9,p\n")


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize(
    ("ending", "sign", "said"), [("csv", ";", "';'"), ("csv", "\t", "tabs"), ("tsv", ",", "','"), ("csv", "|", "'|'")]
)
def test_a_wrong_delimiter_is_named(ending: str, sign: str, said: str, quote: str) -> None:
    content = "".join(f"{quote}{text}{quote}{sign}{quote}{label}{quote}\n" for text, label in [COLUMNS, ("good", "p")])
    expected = "','" if ending == "csv" else "tabs"
    assert fault(f"a.{ending}", content) == f"a.{ending}, header: the delimiter is {said}, expected {expected}."


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_utf_16_byte_order_mark_is_named_in_the_error(encoding: str) -> None:
    with pytest.raises(InputError, match="begins with the byte order mark of UTF-16") as caught:
        read("a.csv", "\ufefftext,label\ngood,p\n".encode(encoding))
    assert "encoding: utf-16" in caught.value.fix


@pytest.mark.parametrize("encoding", ["nonsense", "hex", "undefined", "a\0b", ""])
def test_an_unknown_encoding_is_named(encoding: str) -> None:
    assert fault("a.csv", "text,label\n", encoding) == f"a.csv: unknown encoding '{encoding}'."


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_error_for_an_unknown_column_lists_the_columns(ending: str) -> None:
    with pytest.raises(
        InputError, match=rf"^a.{ending}, (header|row 1): Unknown column 'txt'. Did you mean 'text'"
    ) as caught:
        read(f"a.{ending}", written(ending, [("good", "p")]), columns=("txt", "label"))
    assert caught.value.fix == "Choose one of: label, text."


@pytest.mark.parametrize(("value", "kind"), [(["a"], "list"), ({"a": "b"}, "dict"), (b"a", "bytes")])
def test_a_value_that_is_neither_text_nor_number_is_refused(value: Any, kind: str) -> None:
    assert (
        fault("a.parquet", written("parquet", [(value, "p")])) == f"a.parquet, row 1: column 'text' contains a {kind}."
    )


def test_an_unpaired_surrogate_is_refused() -> None:
    assert "row 1: column 'text' contains U+D800" in fault("a.jsonl", '{"text": "a \\ud800", "label": "p"}')


@pytest.mark.parametrize(("ending", "mark"), [("csv", ","), ("tsv", "\t")])
@pytest.mark.parametrize(("row", "fields"), [("b", 1), ("b,n,x", 3), ("b,n,", 3)])
def test_a_row_with_another_number_of_fields_than_the_header_is_refused(
    ending: str, mark: str, row: str, fields: int
) -> None:
    content = f"text,label\na,p\n{row}\n".replace(",", mark)
    assert fault(f"a.{ending}", content) == f"a.{ending}, row 2: {fields} fields, the header has 2."


@pytest.mark.parametrize("broken", ['"a', '"a" b,p', '"a"b"'])
def test_the_error_for_invalid_quoting_names_the_line(broken: str) -> None:
    assert fault("a.csv", f"text,label\ngood,p\n{broken}").startswith("a.csv, after row 1, line 3: ")


def test_an_unclosed_quotation_is_reported_at_the_row_where_it_starts() -> None:
    assert fault("a.csv", 'text,label\ngood,p\n"bad,n\na,p\n').startswith("a.csv, after row 1, line 4: ")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_repeated_column_is_refused(ending: str) -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table([["a"], ["b"], ["p"]], names=["text", "text", "label"]), sink)
    content = sink.getvalue() if ending == "parquet" else b"text,text,label\na,b,p\n"
    assert fault(f"a.{ending}", content) == f"a.{ending}, header: column 'text' occurs twice."


@pytest.mark.parametrize("broken", ['{"text": "a"', "nonsense", "[1]", '"text"', "1" * 5000, "[" * 100_000, "\ufeff{}"])
def test_the_error_for_a_line_without_a_json_object_names_its_number(broken: str) -> None:
    assert fault("a.jsonl", '{"text": "good", "label": "p"}\n' + broken).startswith("a.jsonl, line 2: not ")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"text,label\n"])
def test_a_file_that_is_not_parquet_is_refused(content: bytes) -> None:
    assert "not parquet" in fault("a.parquet", content)


@pytest.mark.parametrize("ending", ENDINGS)
@given(hits=st.lists(damage, min_size=1, max_size=4), end=st.integers(0, 2**16), noise=st.binary())
@settings(derandomize=True, max_examples=80)
def test_damaged_bytes_give_rows_or_an_input_error(
    ending: str, hits: list[tuple[int, bytes]], end: int, noise: bytes
) -> None:
    whole = written(ending, [("a good film", "p"), ('a "bad" one', "n")])
    damaged = bytearray(whole)
    for place, value in hits:
        damaged[place % len(whole) : place % len(whole) + len(value)] = value
    for content in (bytes(damaged), bytes(damaged)[: end % len(whole)], noise, whole + noise):
        for encoding in ("utf-8", "utf-16", "cp1252"):
            try:
                rows = read(f"a.{ending}", content, encoding)
            except InputError as error:
                assert error.what.startswith(f"a.{ending}")  # noqa: PT017
            else:
                assert all(isinstance(value, str) for row in rows for value in row)


@pytest.mark.parametrize("encoding", ["utf-7", "unicode_escape"])
def test_an_unpaired_surrogate_in_an_encoding_is_reported_with_its_line(encoding: str) -> None:
    content = b"text,label\na,p\n" + "\ud800,p\n".encode(encoding, "surrogatepass" if encoding == "utf-7" else "strict")
    assert fault("a.csv", content, encoding) == "a.csv, line 3: U+D800, an unpaired surrogate (half of a character)."
