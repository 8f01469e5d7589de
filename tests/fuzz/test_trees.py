"""Random and mutated trees, questions, tweets, reviews and folders are read, or refused with the place of the error."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma.data.readers import READERS, UNLABELLED
from lemma.data.readers.document import Document
from lemma.data.readers.sst import parse_tree
from lemma.errors import LemmaError
from lemma.params import Dataset, DevSplit, RandomSplit
from tests.fuzz.fuzzing import fuzz, mutated, survived
from tests.unit.data.packed import tarred as packed
from tests.unit.data.published import OFFICIAL, PHRASES, SENTENCES, TREES, polarity, treebank, tweets, zipped

PIECES = (
    b"(",
    b")",
    b"(2 ",
    b" ",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xf0",
    b"\x85",
    b"\xc2\xa0",
    b"-LRB-",
    b"\t",
    b"5",
    b"/",
    b"..",
)
TREE = TREES["train"].encode()
TREC = b"DESC:manner How did serfdom develop ?\nENTY:cremat What films featured Popeye ?\n" * 3
LINES = b"a fine film .\nan awful one\n" * 3
LABELS = b"0\n1\n2\n0\n1\n2\n"
ADDRESSES = b"http://www.imdb.com/title/tt1/usercomments\n" * 4
SETTINGS: dict[str, Any] = {
    "divided": Dataset(path="held", split="folders"),
    "cut": Dataset(path="held", split=DevSplit(dev=0.1)),
    "flat": Dataset(path="held", split=RandomSplit(dev=0.1, test=0.1)),
}
paths = st.lists(st.sampled_from(["train", "dev", "test", "a", "b", ".x", "..", "", "\\", "é", "a" * 300]), max_size=4)


def _read(folder: Path, reader: str, content: bytes, settings: Dataset = OFFICIAL, prepare: Any = SENTENCES) -> object:
    source = folder / "source.zip"
    source.write_bytes(content)
    result = survived(f"published forms: {reader}", lambda: list(READERS[reader](source, settings, prepare)))
    if not isinstance(result, LemmaError):
        for document in result:
            assert isinstance(document, Document)
            assert document.location.startswith((str(source), str(settings.path)))
    return result


@fuzz()
@given(
    tree=mutated(st.just(TREE), *PIECES).map(lambda settings: settings.decode("utf-8", "replace"))
    | st.text("()0123 45ab\xa0")
)
def test_any_text_is_a_tree_or_refused(tree: str) -> None:
    def read() -> list[tuple[int, str]]:
        try:
            return parse_tree(tree)
        except ValueError as error:
            assert "not a labelled tree" in str(error)  # noqa: PT017 - a tree is fine too, another exception is not
            return []

    result = survived("published forms: trees", read)
    assert not isinstance(result, LemmaError)
    assert all(label in range(5) and text for label, text in result)


@fuzz(0.5)
@given(reader=st.sampled_from(["sst2", "sst5"]), train=mutated(st.just(TREE), *PIECES), all_nodes=st.booleans())
def test_mutated_trees_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, reader: str, train: bytes, all_nodes: bool
) -> None:
    inner = zipped({"trees/train.txt": train, "trees/dev.txt": TREES["dev"], "trees/test.txt": TREES["test"]})
    content = zipped({"trainDevTestTrees_PTB.zip": inner})
    _read(tmp_path_factory.getbasetemp(), reader, content, prepare=PHRASES if all_nodes else SENTENCES)


@fuzz(0.5)
@given(train=mutated(st.just(TREC), *PIECES, b":", b"ABBR:"), test=mutated(st.just(TREC), *PIECES))
def test_mutated_questions_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, train: bytes, test: bytes
) -> None:
    _read(tmp_path_factory.getbasetemp(), "trec", zipped({"train_5500.label": train, "TREC_10.label": test}))


@fuzz(0.5)
@given(neg=mutated(st.just(LINES), *PIECES, b"\x81"), pos=mutated(st.just(LINES), *PIECES))
def test_mutated_sentences_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, neg: bytes, pos: bytes
) -> None:
    _read(tmp_path_factory.getbasetemp(), "rt_polarity", polarity(neg=neg, pos=pos))


@fuzz(0.5)
@given(text=mutated(st.just(LINES), *PIECES, b"\\u2019", b"\\ud800"), labels=mutated(st.just(LABELS), *PIECES))
def test_mutated_tweets_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: bytes, labels: bytes
) -> None:
    contents = {f"{part}_{kind}.txt": b"" for part in ("val", "test") for kind in ("text", "labels")}
    content = zipped({**contents, "train_text.txt": text, "train_labels.txt": labels})
    _read(tmp_path_factory.getbasetemp(), "tweeteval", content)


@fuzz(0.5)
@given(
    review=mutated(st.just(LINES), *PIECES),
    films=mutated(st.just(ADDRESSES), *PIECES, b"/title/", b"tt"),
    name=st.from_regex(r"aclImdb/(train|test)/(neg|pos|unsup)/[0-9٣]{1,30}_\d{1,2}\.txt", fullmatch=True),
)
def test_mutated_reviews_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, review: bytes, films: bytes, name: str
) -> None:
    lists = [(f"aclImdb/{part}/urls_{sign}.txt", films) for part in ("train", "test") for sign in ("neg", "pos")]
    content = zipped({"aclImdb_v1.tar.gz": packed((name, review), *lists).getvalue()})
    folder = tmp_path_factory.getbasetemp()
    _read(folder, "imdb", content)
    survived("published forms: imdb", lambda: list(UNLABELLED["imdb"](folder / "source.zip")))


@fuzz(0.5)
@given(
    files=st.dictionaries(paths.map("/".join), st.binary(max_size=20), max_size=5),
    kind=st.sampled_from(sorted(SETTINGS)),
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252", "none"]),
)
def test_folders_of_any_shape_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], kind: str, encoding: str
) -> None:
    settings = SETTINGS[kind].model_copy(update={"encoding": encoding})
    _read(tmp_path_factory.getbasetemp(), "own", zipped(dict(files)), settings)


@fuzz(0.5)
@given(
    reader=st.sampled_from(sorted(READERS)),
    content=st.binary(max_size=100)
    | mutated(st.sampled_from([treebank(TREES), polarity(neg=LINES, pos=LINES), tweets(train_text="a\n")])),
)
def test_any_archive_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, reader: str, content: bytes) -> None:
    settings = Dataset(path="held.csv", text="text", label="label", split=RandomSplit(dev=0.1, test=0.1))
    _read(tmp_path_factory.getbasetemp(), reader, content, settings if reader == "own" else OFFICIAL)


def test_unclosed_brackets_are_refused_without_recursion(tmp_path: Path) -> None:
    for tree in ("(2 " * 300_000, ")" * 300_000, "(2 a" + ")" * 300_000, "(2 " * 1000 + "a" + ")" * 1000 + "x"):
        result = _read(tmp_path, "sst5", treebank({**TREES, "train": tree}))
        assert isinstance(result, LemmaError)
        assert "not a labelled tree" in result.what
