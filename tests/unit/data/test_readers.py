"""Readers of the published formats: every text is read; a damaged archive is an error that names it."""

import re
from pathlib import Path

import pytest

from lemma.data.readers import READERS, UNLABELLED
from lemma.data.readers.document import Document
from lemma.data.sources.archives import MAX_MEMBER_BYTES
from lemma.errors import InputError
from lemma.params import Dataset, RandomSplit, SplitColumn
from tests.unit.data.published import OFFICIAL, SENTENCES, TREES, imdb, polarity, read, tarred, treebank, tweets, zipped


def test_tweets_are_paired_with_labels_and_two_escapes_are_decoded(tmp_path: Path) -> None:
    content = tweets(train_text='Can\\u2019t "wait\\u002c \\u0041 \nno\u0085end \n', train_labels="2\n0\n")
    documents = read("tweeteval", tmp_path / "s.zip", content)
    assert [(d.text, d.label, d.split) for d in documents] == [
        ('Can\u2019t "wait, \\u0041', "positive", "train"),
        ("no\u0085end", "negative", "train"),
    ]


@pytest.mark.parametrize(
    ("texts", "labels", "problem"), [("a\nb\n", "1\n", "has 2 lines"), ("a\n", "3\n", "line 1: its label is '3'")]
)
def test_a_different_number_of_tweets_and_labels_is_an_error(
    tmp_path: Path, texts: str, labels: str, problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        read("tweeteval", tmp_path / "s.zip", tweets(val_text=texts, val_labels=labels))


def test_questions_have_their_coarse_class_and_any_latin_1_character(tmp_path: Path) -> None:
    train = b"NUM:dist How far ?\nLOC:other A sister\xf0city ?\n"
    documents = read(
        "trec", tmp_path / "s.zip", zipped({"train_5500.label": train, "TREC_10.label": b"HUM:ind Who ?\n"})
    )
    assert [(d.text, d.label, d.split) for d in documents] == [
        ("How far ?", "NUM", "train"),
        ("A sister\u00f0city ?", "LOC", "train"),
        ("Who ?", "HUM", "test"),
    ]


def test_film_reviews_are_sorted_by_name_and_grouped_by_film_in_both_kinds_of_archives(tmp_path: Path) -> None:
    names = ["test/pos/1_9", "train/neg/2_1", "train/neg/0_3", "train/unsup/1_0", "train/pos/0_8", "train/unsup/0_0"]
    whole = zipped({"aclImdb_v1.tar.gz": imdb(*names)})
    apart = zipped(
        {
            "aclImdb_v1.labelled.tar.gz": imdb(*(name for name in names if "unsup" not in name)),
            "aclImdb_v1.unsup.tar.gz": imdb(*(name for name in names if "unsup" in name)),
        }
    )
    for content in (whole, apart):
        documents = read("imdb", tmp_path / "s.zip", content)
        assert [(d.text, d.label, d.split, d.group) for d in documents] == [
            ("test/pos/1_9", "positive", "test", "tt2"),
            ("train/neg/0_3", "negative", "train", "tt1"),
            ("train/neg/2_1", "negative", "train", "tt2"),
            ("train/pos/0_8", "positive", "train", "tt1"),
        ]
        assert list(UNLABELLED["imdb"](tmp_path / "s.zip")) == ["train/unsup/0_0", "train/unsup/1_0"]


@pytest.mark.parametrize("name", ["train/pos/2_8", "train/pos/4_8"], ids=["its line names none", "no line"])
def test_a_review_without_a_film_is_an_error(name: str, tmp_path: Path) -> None:
    films = ("tt1", "tt2", "none", "tt4")
    documents = read("imdb", tmp_path / "s.zip", zipped({"aclImdb_v1.tar.gz": imdb("train/pos/3_8", films=films)}))
    assert documents[0].group == "tt4"
    with pytest.raises(InputError, match=f"{name}.*lacks its film"):
        read("imdb", tmp_path / "s.zip", zipped({"aclImdb_v1.tar.gz": imdb(name, films=films)}))


def test_lines_of_rt_polarity_are_split_before_decoding(tmp_path: Path) -> None:
    content = polarity(neg=b"dull \x85 and long \n\n \n", pos=b"caf\xe9 \x97 a \x93joy\x94 \nfine\n")
    documents = read("rt_polarity", tmp_path / "s.zip", content)
    assert [(d.text, d.label, d.split) for d in documents] == [
        ("dull … and long", "negative", None),
        ("café — a “joy”", "positive", None),
        ("fine", "positive", None),
    ]
    assert documents[2].location.endswith("rt-polaritydata/rt-polarity.pos, line 2")


def test_own_reads_the_columns_that_the_parameters_name(tmp_path: Path) -> None:
    settings = Dataset(path="x.csv", text="says", label="mood", split=SplitColumn(column="use"))
    documents = read("own", tmp_path / "s.zip", zipped({"a.csv": "use,mood,says\ndev,p,good\n"}), settings)
    assert documents == [Document("good", "p", "dev", "a.csv, row 1")]


def test_without_a_column_for_it_documents_have_no_fixed_split(tmp_path: Path) -> None:
    settings = Dataset(path="x.csv", text="text", label="label", split=RandomSplit(dev=0.1, test=0.1))
    assert read("own", tmp_path / "s.zip", zipped({"a.csv": "text,label\na,p\n"}), settings)[0].split is None


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
        "a split is missing": treebank({"train": TREES["train"]}),
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
def test_an_archive_with_a_missing_member_is_an_error_that_names_it(reader: str, case: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape(str(tmp_path / "s.zip"))):
        read(reader, tmp_path / "s.zip", BAD[reader][case])


@pytest.mark.parametrize("reader", GOOD)
def test_the_error_for_a_missing_archive_names_the_stage_that_writes_it(reader: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist") as caught:
        list(READERS[reader](tmp_path / "s.zip", OFFICIAL, SENTENCES))
    assert "lemma download" in caught.value.fix


@pytest.mark.parametrize("reader", GOOD)
def test_a_damaged_source_is_read_or_is_an_error_that_names_it(reader: str, tmp_path: Path) -> None:
    source, good = tmp_path / "s.zip", GOOD[reader]
    for place in range(0, len(good), 7):
        for content in (good[:place], good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :]):
            try:
                read(reader, source, content)
            except InputError as error:
                assert str(source) in error.what or "a.csv" in error.what  # noqa: PT017


def test_a_member_with_a_huge_stated_size_is_not_read(tmp_path: Path) -> None:
    content = bytearray(GOOD["trec"])
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (MAX_MEMBER_BYTES + 1).to_bytes(
        4, "little"
    )  # uncompressed size in the central directory
    with pytest.raises(InputError, match="more than"):
        read("trec", tmp_path / "s.zip", bytes(content))
