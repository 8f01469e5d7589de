"""The sample in the repository: large enough, balanced, without duplicates, and as catalogued."""

import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lemma import files
from lemma.data.download import download
from lemma.data.preparation.prepare import prepare
from lemma.data.sources.catalog import CATALOG
from lemma.layout import Layout
from lemma.params import Params
from tests.unit.data.conftest import VALUES

ROOT = Path(__file__).parents[3]
REVIEWS = [json.loads(line) for line in (ROOT / "resources/sample/sample.jsonl").read_text("utf-8").splitlines()]


def test_the_sample_has_at_least_1200_reviews_in_two_classes_of_equal_size() -> None:
    sizes = Counter(review["label"] for review in REVIEWS)
    assert len(REVIEWS) >= 1200
    assert set(sizes) == {"positive", "negative"}
    assert sizes["positive"] == sizes["negative"]


def test_each_topic_is_balanced() -> None:
    sizes = Counter((review["domain"], review["label"]) for review in REVIEWS)
    assert {domain for domain, _ in sizes} == {"films", "hotels", "restaurants", "gadgets"}
    assert len(set(sizes.values())) == 1


def test_no_two_reviews_are_equal_or_share_eight_words_in_a_row() -> None:
    seen: dict[tuple[str, ...], int] = {}
    for number, review in enumerate(REVIEWS):
        words = "".join(c if c.isalnum() else " " for c in review["text"].lower().replace("'", "")).split()
        grams = {tuple(words[i : i + 8]) for i in range(max(1, len(words) - 7))}
        for gram in grams:
            assert seen.setdefault(gram, number) == number, " ".join(gram)


def test_reviews_are_short_and_of_many_lengths() -> None:
    lengths = [len(review["text"].split()) for review in REVIEWS]
    assert max(lengths) <= 100
    assert 20 <= sum(lengths) / len(lengths) <= 30
    assert len(set(lengths)) >= 50


def test_the_file_has_the_checksum_of_the_catalogue() -> None:
    (file,) = CATALOG["sample"].files
    path = ROOT / "resources" / file.name
    assert (files.sha256(path), path.stat().st_size) == (file.sha256, file.bytes)


def test_the_sample_is_prepared_offline_and_marked_as_a_demonstration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEMMA_MIRROR", raising=False)
    (tmp_path / "resources").symlink_to(ROOT / "resources")
    layout, params = Layout(tmp_path), Params.model_validate(VALUES)
    download(layout, "sample", params)
    prepare(layout, "sample", params)
    record = files.read_json(layout.prepared("sample"))
    assert (record["demonstration"], record["licence"], record["documents"]) == (True, "CC0 1.0", len(REVIEWS))
    rows = Counter((row["split"], row["label"]) for row in pq.read_table(layout.documents("sample")).to_pylist())
    assert all(rows[split, 0] == rows[split, 1] for split in range(3))
