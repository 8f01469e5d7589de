"""Published files: every sentence comes back; a damaged archive is an InputError that names it."""

import io
import re
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.data.archives import ONE
from lemma.data.document import Document
from lemma.data.readers import READERS, UNLABELLED
from lemma.data.readers.sst import phrases
from lemma.errors import InputError
from lemma.params import Column, Dataset, Prepare, Shares

FAIR = settings(derandomize=True, deadline=None, max_examples=60)
OFFICIAL = Dataset(split="official")
SENTENCES = Prepare(granularity="sentences", duplicates="keep")
PHRASES = Prepare(granularity="phrases", duplicates="keep")
ESCAPED = {"(": "-LRB-", ")": "-RRB-"}
TREES = {
    "train": "(3 (2 Worth) (3 watching))\n(2 (2 Neither) (2 nor))\n(1 (2 Dull) (2 .))\n",
    "dev": "(4 (3 Great) (2 film))\n",
    "test": "(0 (1 Awful) (2 -RRB-))\n",
}
words = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=" \\"), min_size=1).filter(
    lambda word: not re.search("-[LR]RB-", word)
)
trees = st.recursive(
    st.tuples(st.integers(0, 4), words),
    lambda inner: st.tuples(st.integers(0, 4), st.lists(inner, min_size=1, max_size=3)),
)
Tree = tuple[int, "str | list[Tree]"]


def spelled(tree: Tree) -> str:
    label, inside = tree
    if isinstance(inside, list):
        return f"({label} {' '.join(map(spelled, inside))})"
    for plain, escaped in {**ESCAPED, "/": "\\/", "*": "\\*"}.items():
        inside = inside.replace(plain, escaped)
    return f"({label} {inside})"


def leaves(tree: Tree) -> list[str]:
    return [tree[1]] if isinstance(tree[1], str) else [leaf for inner in tree[1] for leaf in leaves(inner)]


def zipped(members: dict[str, bytes | str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(f"rt-polaritydata/rt-polarity.{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def treebank(trees: dict[str, str]) -> bytes:
    inner = zipped({f"trees/{part}.txt": content for part, content in trees.items()})
    return zipped({"trainDevTestTrees_PTB.zip": inner})


def polarity(**members: bytes) -> bytes:
    return zipped({"rt-polaritydata.tar.gz": tarred(members)})


def tweets(**members: str) -> bytes:
    held = {f"{part}_{kind}.txt": "" for part in ("train", "val", "test") for kind in ("text", "labels")}
    return zipped({**held, **{f"{name}.txt": content for name, content in members.items()}})


def imdb(*names: str, films: tuple[str, ...] = ("tt1", "tt2", "tt2")) -> bytes:
    """Return an archive of reviews, in this order, whose texts are their names."""
    stream = io.BytesIO()
    listed = "".join(f"http://www.imdb.com/title/{film}/usercomments\n" for film in films)
    lists = {f"aclImdb/{part}/urls_{sign}.txt": listed for part in ("train", "test") for sign in ("neg", "pos")}
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in [*((f"aclImdb/{name}.txt", name) for name in names), *lists.items()]:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
    return stream.getvalue()


def read(
    reader: str, source: Path, content: bytes, held: Dataset = OFFICIAL, prepare: Prepare = SENTENCES
) -> list[Document]:
    source.write_bytes(content)
    return list(READERS[reader](source, held, prepare))


def sentence(tree: str) -> str:
    return phrases(tree)[-1][1]


@FAIR
@given(trees)
def test_the_leaves_of_any_tree_come_back_in_order(tree: Tree) -> None:
    assert sentence(spelled(tree)) == " ".join(leaves(tree))


def test_a_no_break_space_within_a_leaf_does_not_lose_it() -> None:
    assert sentence("(3 (2 2\u00a01\\/2) (2 hours))") == "2\u00a01/2 hours"


@pytest.mark.parametrize("line", ["", "word", "(3)", "(3 )", "(3 (2 a) (2 b)", "(3 a))", "(5 a)", "(x (2 a))"])
def test_a_line_that_is_no_labelled_tree_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not a labelled tree"):
        sentence(line)


@FAIR
@given(trees)
def test_the_phrases_of_a_tree_are_those_of_all_its_nodes_its_own_last(tree: Tree) -> None:
    def nodes(of: Tree) -> list[tuple[int, str]]:
        inner = [node for part in of[1] for node in nodes(part)] if isinstance(of[1], list) else []
        return [*inner, (of[0], " ".join(leaves(of)))]

    assert phrases(spelled(tree)) == nodes(tree)
    assert phrases(spelled(tree), every=False) == nodes(tree)[-1:]


def test_phrases_are_of_train_alone_and_each_text_stands_once(tmp_path: Path) -> None:
    trees = TREES | {"train": "(3 (4 Good) (4 (4 Good) (2 fun)))\n(1 (4 Good) (0 (1 not) (2 so)))\n"}
    found = read("sst2", tmp_path / "s.zip", treebank(trees), prepare=PHRASES)
    assert [(d.text, d.label, d.part) for d in found] == [
        ("Good", "positive", "train"),
        ("Good fun", "positive", "train"),
        ("Good Good fun", "positive", "train"),
        ("not", "negative", "train"),
        ("not so", "negative", "train"),
        ("Good not so", "negative", "train"),
        ("Great film", "positive", "dev"),
        ("Awful )", "negative", "test"),
    ]
    fine = read("sst5", tmp_path / "s.zip", treebank(trees), prepare=PHRASES)
    assert [(d.text, d.label) for d in fine if d.part == "train"][:3] == [
        ("Good", "very positive"),
        ("fun", "neutral"),
        ("Good fun", "very positive"),
    ]


def test_tweets_and_labels_go_together_and_only_two_escapes_are_decoded(tmp_path: Path) -> None:
    content = tweets(train_text='Can\\u2019t "wait\\u002c \\u0041 \nno\u0085end \n', train_labels="2\n0\n")
    found = read("tweeteval", tmp_path / "s.zip", content)
    assert [(d.text, d.label, d.part) for d in found] == [
        ('Can\u2019t "wait, \\u0041', "positive", "train"),
        ("no\u0085end", "negative", "train"),
    ]


@pytest.mark.parametrize(
    ("texts", "labels", "problem"), [("a\nb\n", "1\n", "has 2 lines"), ("a\n", "3\n", "line 1: its label is '3'")]
)
def test_tweets_without_their_labels_are_refused(tmp_path: Path, texts: str, labels: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read("tweeteval", tmp_path / "s.zip", tweets(val_text=texts, val_labels=labels))


def test_questions_come_with_their_coarse_class_and_any_byte(tmp_path: Path) -> None:
    train = b"NUM:dist How far ?\nLOC:other A sister\xf0city ?\n"
    found = read("trec", tmp_path / "s.zip", zipped({"train_5500.label": train, "TREC_10.label": b"HUM:ind Who ?\n"}))
    assert [(d.text, d.label, d.part) for d in found] == [
        ("How far ?", "NUM", "train"),
        ("A sister\u00f0city ?", "LOC", "train"),
        ("Who ?", "HUM", "test"),
    ]


def test_film_reviews_come_in_the_order_of_their_names_with_their_film_in_either_packing(tmp_path: Path) -> None:
    names = ["test/pos/1_9", "train/neg/2_1", "train/neg/0_3", "train/unsup/1_0", "train/pos/0_8", "train/unsup/0_0"]
    whole = zipped({"aclImdb_v1.tar.gz": imdb(*names)})
    apart = zipped(
        {
            "aclImdb_v1.labelled.tar.gz": imdb(*(name for name in names if "unsup" not in name)),
            "aclImdb_v1.unsup.tar.gz": imdb(*(name for name in names if "unsup" in name)),
        }
    )
    for content in (whole, apart):
        found = read("imdb", tmp_path / "s.zip", content)
        assert [(d.text, d.label, d.part, d.group) for d in found] == [
            ("test/pos/1_9", "positive", "test", "tt2"),
            ("train/neg/0_3", "negative", "train", "tt1"),
            ("train/neg/2_1", "negative", "train", "tt2"),
            ("train/pos/0_8", "positive", "train", "tt1"),
        ]
        assert list(UNLABELLED["imdb"](tmp_path / "s.zip")) == ["train/unsup/0_0", "train/unsup/1_0"]


@pytest.mark.parametrize("name", ["train/pos/2_8", "train/pos/4_8"], ids=["its line names none", "no line"])
def test_a_review_whose_film_is_not_listed_is_refused(name: str, tmp_path: Path) -> None:
    films = ("tt1", "tt2", "none", "tt4")
    found = read("imdb", tmp_path / "s.zip", zipped({"aclImdb_v1.tar.gz": imdb("train/pos/3_8", films=films)}))
    assert found[0].group == "tt4"
    with pytest.raises(InputError, match=f"{name}.*does not list its film"):
        read("imdb", tmp_path / "s.zip", zipped({"aclImdb_v1.tar.gz": imdb(name, films=films)}))


def test_sst2_keeps_official_parts_joins_labels_by_two_and_leaves_neutral_out(tmp_path: Path) -> None:
    found = read("sst2", tmp_path / "s.zip", treebank(TREES))
    assert [(d.text, d.label, d.part) for d in found] == [
        ("Worth watching", "positive", "train"),
        ("Dull .", "negative", "train"),
        ("Great film", "positive", "dev"),
        ("Awful )", "negative", "test"),
    ]
    assert found[1].where == f"{tmp_path / 's.zip'}: trainDevTestTrees_PTB.zip: trees/train.txt, line 3"


def test_a_broken_tree_is_told_by_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape("trees/dev.txt, line 2: not a labelled tree: '(4 (3'")):
        read("sst2", tmp_path / "s.zip", treebank(TREES | {"dev": "(4 (3 a) (2 b))\n(4 (3"}))


def test_polarity_lines_end_at_the_line_feed_before_they_are_decoded(tmp_path: Path) -> None:
    content = polarity(neg=b"dull \x85 and long \n\n \n", pos=b"caf\xe9 \x97 a \x93joy\x94 \nfine\n")
    found = read("rt_polarity", tmp_path / "s.zip", content)
    assert [(d.text, d.label, d.part) for d in found] == [
        ("dull … and long", "negative", None),
        ("café — a “joy”", "positive", None),
        ("fine", "positive", None),
    ]
    assert found[2].where.endswith("rt-polaritydata/rt-polarity.pos, line 2")


def test_own_reads_the_columns_that_the_parameters_name(tmp_path: Path) -> None:
    held = Dataset(path="x.csv", text="says", label="mood", split=Column(column="use"))
    found = read("own", tmp_path / "s.zip", zipped({"a.csv": "use,mood,says\ndev,p,good\n"}), held)
    assert found == [Document("good", "p", "dev", "a.csv, row 1")]


def test_without_a_column_for_it_no_part_is_fixed(tmp_path: Path) -> None:
    held = Dataset(path="x.csv", text="text", label="label", split=Shares(dev=0.1, test=0.1))
    assert read("own", tmp_path / "s.zip", zipped({"a.csv": "text,label\na,p\n"}), held)[0].part is None


GOOD = {
    "sst2": treebank(TREES),
    "rt_polarity": polarity(neg=b"dull\n", pos=b"fine\n"),
    "own": zipped({"a.csv": "text,label\na,p\nb,n\n"}),
    "trec": zipped({"train_5500.label": b"NUM:dist How far ?\n", "TREC_10.label": b"HUM:ind Who ?\n"}),
    "tweeteval": tweets(train_text="a\n", train_labels="1\n"),
    "imdb": zipped({"aclImdb_v1.tar.gz": imdb("train/pos/0_8", "test/neg/1_2")}),
}
BAD = {
    "sst2": {
        "no archive inside": zipped({"other.zip": b""}),
        "the archive inside is none": zipped({"trainDevTestTrees_PTB.zip": b"<html>"}),
        "a part is missing": treebank({"train": TREES["train"]}),
        "not UTF-8": zipped({"trainDevTestTrees_PTB.zip": zipped({"trees/train.txt": b"(3 \xff)\n"})}),
    },
    "rt_polarity": {
        "no archive inside": zipped({"other.tar.gz": b""}),
        "the archive inside is none": zipped({"rt-polaritydata.tar.gz": b"<html>"}),
        "the archive inside is cut": zipped({"rt-polaritydata.tar.gz": tarred({"neg": b"dull\n"})[:-20]}),
        "a class is missing": polarity(neg=b"dull\n"),
        "a byte that cp1252 does not have": polarity(neg=b"dull\n", pos=b"\x81\n"),
    },
    "own": {"nothing inside": zipped({})},
    "trec": {"a file is missing": zipped({"TREC_10.label": b"HUM:ind Who ?\n"})},
    "tweeteval": {"a file is missing": zipped({"train_text.txt": b"a\n"})},
    "imdb": {
        "no archive inside": zipped({"other.tar.gz": b""}),
        "the archive inside is none": zipped({"aclImdb_v1.tar.gz": b"<html>"}),
    },
}


@pytest.mark.parametrize(("reader", "case"), [(reader, case) for reader, cases in BAD.items() for case in cases])
def test_an_archive_without_what_it_should_hold_is_refused_by_name(reader: str, case: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape(str(tmp_path / "s.zip"))):
        read(reader, tmp_path / "s.zip", BAD[reader][case])


@pytest.mark.parametrize("reader", GOOD)
def test_a_missing_archive_is_told_with_the_stage_that_makes_it(reader: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist") as caught:
        list(READERS[reader](tmp_path / "s.zip", OFFICIAL, SENTENCES))
    assert "lemma download" in caught.value.fix


@pytest.mark.parametrize("reader", GOOD)
def test_an_archive_with_any_byte_changed_or_cut_anywhere_is_read_or_refused_by_name(
    reader: str, tmp_path: Path
) -> None:
    source, good = tmp_path / "s.zip", GOOD[reader]
    for place in range(0, len(good), 7):
        for content in (good[:place], good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :]):
            try:
                read(reader, source, content)
            except InputError as error:
                assert str(source) in error.what or "a.csv" in error.what  # noqa: PT017


def test_a_member_that_claims_to_be_huge_is_not_read(tmp_path: Path) -> None:
    content = bytearray(GOOD["trec"])
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (ONE + 1).to_bytes(4, "little")  # uncompressed size in the central directory
    with pytest.raises(InputError, match="more than"):
        read("trec", tmp_path / "s.zip", bytes(content))
