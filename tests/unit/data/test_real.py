"""The published data sets, if LEMMA_MIRROR is a folder that has them: counts agree with their manifest."""

import io
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lemma import files
from lemma.corpus.splits import SPLITS
from lemma.data.download import download
from lemma.data.preparation.prepare import prepare
from lemma.data.readers import READERS
from lemma.data.readers.sst import parse_tree
from lemma.data.sources.catalog import CATALOG
from lemma.layout import Layout
from lemma.params import Dataset, Params
from tests.unit.data.conftest import VALUES
from tests.unit.data.mirror import MIRROR, manifest, needs

PREPARE = Params.model_validate(VALUES).prepare
NAMED = {"sst2": "sst", "sst5": "sst", "tweeteval": "tweeteval-sentiment"}  # as the manifest calls them


def prepared(dataset: str, root: Path, **settings: str) -> tuple[Any, pa.Table, Counter[tuple[str, str]]]:
    """Run `download` and `prepare`; return what it says, the documents, and how many there are by split and class."""
    layout, params = Layout(root), Params.model_validate(VALUES | {"prepare": VALUES["prepare"] | settings})
    download(layout, dataset, params)
    prepare(layout, dataset, params)
    record, rows = files.read_json(layout.prepared(dataset)), pq.read_table(layout.documents(dataset))
    places = zip(rows.column("split").to_pylist(), rows.column("label").to_pylist())
    return (
        record,
        rows,
        Counter((SPLITS[split], record["classes"][label]) for split, label in places if split < len(SPLITS)),
    )


def published(counts: Any, classes: list[str]) -> dict[str, dict[str, int]]:
    """Return the manifest's counts by split and class."""
    return {
        {"val": "dev"}.get(split, split): dict(zip(classes, of["per_class"].values(), strict=True))
        for split, of in counts.items()
    }


def by_split(sizes: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    splits = {split for split, _ in sizes}
    return {split: {label: n for (p, label), n in sizes.items() if p == split} for split in splits}


def leaves(tree: str) -> list[str]:
    """Return a tree's leaves by walking its brackets: no regular expression, no notion of white space but a space."""
    sizes, depth, word = [], 0, ""
    for sign in tree:
        if sign in "() ":
            if word and sign == ")":
                sizes.append(word)
            depth, word = depth + (sign == "(") - (sign == ")"), ""
        else:
            word += sign
    assert depth == 0
    return sizes


@pytest.mark.parametrize(
    "dataset", [pytest.param(name, marks=needs(name)) for name in CATALOG if name not in ("sample", "imdb")]
)
def test_the_catalogue_and_the_manifest_name_the_same_files(dataset: str) -> None:
    described = {file["path"]: file for file in manifest(NAMED.get(dataset, dataset))["files"]}
    for file in CATALOG[dataset].files:
        assert (described[file.name]["bytes"], described[file.name]["sha256"]) == (file.bytes, file.sha256)


@pytest.mark.parametrize(
    ("dataset", "key"),
    [
        pytest.param("sst2", "SST-2 (root label 2 dropped)", marks=needs("sst2")),
        pytest.param("sst5", "SST-5", marks=needs("sst5")),
        pytest.param("tweeteval", "", marks=needs("tweeteval")),
    ],
)
def test_official_splits_have_the_published_counts_of_every_class(dataset: str, key: str, tmp_path: Path) -> None:
    record, _, sizes = prepared(dataset, tmp_path)
    counts = manifest(NAMED[dataset])["counts"]
    assert by_split(sizes) == published(counts[key] if key else counts, record["classes"])


@needs("trec")
def test_questions_have_the_published_counts_with_dev_drawn_from_train(tmp_path: Path) -> None:
    record, _, sizes = prepared("trec", tmp_path)
    counts = published(manifest("trec")["counts"], record["classes"])
    assert by_split(sizes)["test"] == counts["test"]
    whole = Counter(by_split(sizes)["train"]) + Counter(by_split(sizes)["dev"])
    assert whole == counts["train"]
    assert sum(by_split(sizes)["dev"].values()) == pytest.approx(545, abs=3)


@pytest.mark.parametrize(
    ("dataset", "key", "lost"),
    [
        pytest.param("sst2", "binary_unique", 0, marks=needs("sst2")),
        pytest.param("sst5", "unique_text", 2, marks=needs("sst5")),
    ],
)
def test_the_number_of_phrases_in_train_is_the_published_one_and_dev_and_test_have_sentences(
    dataset: str, key: str, lost: int, tmp_path: Path
) -> None:
    record, rows, sizes = prepared(dataset, tmp_path, granularity="phrases")
    counts = manifest("sst")["counts"]
    # The manifest's count passes over the two leaves that hold a no-break space, neutral both: "2 1/2" and "8 1/2".
    assert sum(by_split(sizes)["train"].values()) == counts["phrases of the training trees"][key] + lost
    assert sum("\u00a0" in text and " " not in text for text in rows.column("text").to_pylist()) == lost
    whole = counts["SST-5" if dataset == "sst5" else "SST-2 (root label 2 dropped)"]
    assert {split: sum(by_split(sizes)[split].values()) for split in ("dev", "test")} == {
        split: whole[split]["n"] for split in ("dev", "test")
    }
    assert record["granularity"] == "phrases"


@needs("imdb")
def test_film_reviews_have_the_published_counts_and_ratings_and_no_film_in_both_train_and_dev(tmp_path: Path) -> None:
    record, rows, sizes = prepared("imdb", tmp_path)
    described = manifest("imdb")
    assert CATALOG["imdb"].digests <= set(described["content_digests"].values())
    assert by_split(sizes)["test"] == {"negative": 12500, "positive": 12500}
    assert Counter(by_split(sizes)["train"]) + Counter(by_split(sizes)["dev"]) == {
        "negative": 12500,
        "positive": 12500,
    }
    assert sum(by_split(sizes)["dev"].values()) == pytest.approx(2500, rel=0.01)
    unlabelled = pq.read_metadata(Layout(tmp_path).unlabelled("imdb")).num_rows
    assert record["unlabelled"] == unlabelled == described["counts"]["train/unsup"]["n"]
    films: dict[str | None, set[str]] = {}
    ratings: dict[str, Counter[str]] = {}
    reader = READERS["imdb"](Layout(tmp_path).source("imdb"), Dataset(split="official"), PREPARE)
    for document, text, split in zip(reader, *(rows.column(name).to_pylist() for name in ("text", "split"))):
        assert document.text == text
        films.setdefault(document.group, set()).add(SPLITS[split])
        folder, rating = re.fullmatch(r".*: aclImdb/(.*)/\d+_(\d+)\.txt", document.location).groups()  # type: ignore[union-attr]
        ratings.setdefault(folder, Counter())[rating] += 1
    assert not any({"train", "dev"} <= splits for splits in films.values())
    assert ratings == {folder: described["counts"][folder]["ratings"] for folder in ratings}
    assert len(ratings) == 4
    in_train = {film for film, splits in films.items() if splits & {"train", "dev"}}
    in_test = {film for film, splits in films.items() if "test" in splits}
    counts = described["movies"]
    assert [len(in_train), len(in_test), len(in_train & in_test)] == [
        counts[key] for key in ("train", "test", "train_and_test")
    ]


def treebank(split: str) -> list[str]:
    with zipfile.ZipFile(MIRROR / CATALOG["sst2"].files[0].name) as archive:
        return [line for line in archive.read(f"trees/{split}.txt").decode().split("\n") if line]


@needs("sst5")
def test_every_node_of_the_training_trees_is_a_phrase_without_conflicting_labels() -> None:
    nodes = [node for tree in treebank("train") for node in parse_tree(tree)]
    counts = manifest("sst")["counts"]["phrases of the training trees"]
    assert (len(nodes), sum(label != 2 for label, _ in nodes)) == (counts["nodes"], counts["binary_nodes"])
    assert len(set(nodes)) == len({text for _, text in nodes})


@needs("sst2")
def test_no_leaf_of_the_treebank_is_lost() -> None:
    for tree in [tree for split in SPLITS for tree in treebank(split)]:
        plain = [leaf.replace("-LRB-", "(").replace("-RRB-", ")").replace("\\", "") for leaf in leaves(tree)]
        assert parse_tree(tree)[-1][1] == " ".join(plain)


@needs("rt-polarity")
def test_rt_polarity_has_5331_sentences_of_each_class_in_ten_equal_folds(tmp_path: Path) -> None:
    _, rows, _ = prepared("rt-polarity", tmp_path)
    sizes = Counter(zip(rows.column("split").to_pylist(), rows.column("label").to_pylist()))
    assert Counter(rows.column("label").to_pylist()) == {0: 5331, 1: 5331}
    assert (set(sizes.values()), len(sizes)) == ({533, 534}, 20)
    described = manifest("rt-polarity")["counts"]["all"]
    lengths = [len(text.split()) for text in rows.column("text").to_pylist()]
    assert sum(lengths) / len(lengths) == pytest.approx(described["mean_tokens"], abs=0.01)
    assert max(lengths) == described["max_tokens"]
    with zipfile.ZipFile(Layout(tmp_path).source("rt-polarity")) as archive:
        assert io.BytesIO(archive.read("rt-polaritydata.tar.gz")).read(2) == b"\x1f\x8b"
