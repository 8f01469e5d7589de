"""Tables, trees, folders and the published forms."""

import gzip
import io
import json
import tarfile
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma.data.readers import READERS, UNLABELLED
from lemma.data.readers.sst import phrases
from lemma.data.readers.table import rows
from lemma.params import Dataset, Prepare
from tests.fuzz.harness import damaged, fuzzed, odd, tried

PREPARE = Prepare(granularity="phrases", duplicates="keep")
ENCODINGS = ["utf-8", "latin-1", "utf-16", "utf-7", "idna", "punycode", "rot13", "hex", "no such", "undefined"]
CSV = b'\xef\xbb\xbfid,text,label\r\n1,"a ""b"", c\nd",x\n2,\xc3\xa9,y\n'
JSONL = b'{"text": "a\\u00e9 \\ud83d\\ude00", "label": "x"}\n{"label": 2, "text": null, "more": [1]}\n'
TREES = b"(3 (2 It) (4 (4 's) (2 (2 a) (3 -LRB-joy-RRB-))))\n(1 (2 Not) (1 good))\n"


def _parquet() -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table({"text": ["a", None, "c"], "label": ["x", "y", "x"], "n": [1.5, 2.5, 3.5]}), content)
    return content.getvalue()


def _zip(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def _tar(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(content.getvalue(), 1)


FILMS = b"http://www.imdb.com/title/tt0064354/usercomments\n" * 3
REVIEWS = {
    "aclImdb/train/neg/0_3.txt": b"Bad.",
    "aclImdb/train/urls_neg.txt": FILMS,
    "aclImdb/train/unsup/0_0.txt": b"?",
}
FORMS = {
    "trec": {"train_5500.label": b"NUM:dist How far ?\nHUM:ind Who \xf0 ?\n", "TREC_10.label": b"LOC:city Where ?\n"},
    "tweeteval": {
        f"{part}_{kind}.txt": content
        for part in ("train", "val", "test")
        for kind, content in (("text", b"so good \\u2019\nbad\n"), ("labels", b"2\n0\n"))
    },
    "sst2": {"trainDevTestTrees_PTB.zip": _zip({f"trees/{part}.txt": TREES for part in ("train", "dev", "test")})},
    "rt_polarity": {
        "rt-polaritydata.tar.gz": _tar(
            {f"rt-polaritydata/rt-polarity.{sign}": b"a film .\nanother \x97 one\n" for sign in ("pos", "neg")}
        )
    },
    "imdb": {"aclImdb_v1.tar.gz": _tar(REVIEWS)},
}


@pytest.mark.parametrize(("name", "whole"), [("t.csv", CSV), ("t.tsv", CSV.replace(b",", b"\t")), ("t.jsonl", JSONL)])
@fuzzed
@given(data=st.data())
def test_a_table_of_text(name: str, whole: bytes, data: st.DataObject) -> None:
    content = data.draw(damaged(whole) | st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
    encoding = data.draw(st.sampled_from(ENCODINGS))
    with tried("tables"):
        list(rows(name, io.BytesIO(content), encoding, data.draw(st.sampled_from([["text", "label"], ["id"], [""]]))))


@fuzzed
@given(lines=st.lists(odd | st.dictionaries(st.sampled_from(["text", "label"]), odd), max_size=5))
def test_lines_of_any_json(lines: list[object]) -> None:
    content = "\n".join(json.dumps(line) for line in lines).encode()
    with tried("tables"):
        list(rows("t.jsonl", io.BytesIO(content), "utf-8", ["text", "label"]))


@fuzzed
@given(content=damaged(_parquet()))
def test_a_parquet_file(content: bytes) -> None:
    with tried("tables"):
        list(rows("t.parquet", io.BytesIO(content), "utf-8", ["text", "label", "n"]))


@fuzzed
@given(tree=st.text("()01234 ab\u00a0\\", max_size=60) | damaged(TREES[:49]).map(lambda raw: raw.decode("latin-1")))
def test_a_tree(tree: str) -> None:
    with tried("trees"), suppress(ValueError):  # which the reader turns into an error with the line
        phrases(tree)


@pytest.mark.parametrize("form", FORMS)
@fuzzed
@given(data=st.data())
def test_a_published_file(form: str, data: st.DataObject) -> None:
    members = dict(FORMS[form])
    name = data.draw(st.sampled_from(sorted(members)))
    members[name] = data.draw(damaged(members[name]) | st.binary(max_size=200))
    whole = _zip(members)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "source.zip"
        path.write_bytes(data.draw(st.just(whole) | damaged(whole)))
        with tried("published files"):
            list(READERS[form](path, Dataset(split="official"), PREPARE))
        if form in UNLABELLED:
            with tried("published files"):
                list(UNLABELLED[form](path))


@fuzzed
@given(
    names=st.lists(st.text("ab./\\:\u202e .-", min_size=1, max_size=12), max_size=4, unique=True), content=st.binary()
)
def test_a_folder_of_ones_own(names: list[str], content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "source.zip"
        path.write_bytes(_zip(dict.fromkeys(names, content)))
        with tried("folders"):
            list(READERS["own"](path, Dataset(split="folders", path="letters"), PREPARE))
