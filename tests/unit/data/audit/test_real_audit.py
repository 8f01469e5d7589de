"""The published data sets, if LEMMA_MIRROR is a folder that has them: duplicates agree with their manifest."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lemma import files
from lemma.data.audit.audit import audit
from lemma.data.audit.overlap import overlap
from lemma.data.download import download
from lemma.data.preparation.prepare import prepare
from lemma.layout import Layout
from lemma.params import Params
from tests.unit.data.conftest import VALUES
from tests.unit.data.mirror import manifest, needs

EXPERIMENT: dict[str, Any] = {"datasets": ["sst5", "rt-polarity"], "models": ["majority"], "runs": list(range(10))}
PARAMS = Params.model_validate(VALUES | {"experiment": EXPERIMENT})


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("real")


def audited(root: Path, dataset: str, whole: bool = False) -> Any:
    """Return the audit of a data set; `whole`: what was cut from train for dev is put back."""
    layout = Layout(root)
    if not layout.documents(dataset).exists():
        download(layout, dataset, PARAMS)
        prepare(layout, dataset, PARAMS)
    if whole:
        table = pq.read_table(layout.documents(dataset))
        split = np.where(table.column("split").to_numpy() == 1, 0, table.column("split").to_numpy()).astype(np.int8)
        merged = Layout(root / "whole")
        merged.documents(dataset).parent.mkdir(parents=True)
        pq.write_table(table.set_column(2, table.schema.field("split"), pa.array(split)), merged.documents(dataset))
        merged.unlabelled(dataset).write_bytes(layout.unlabelled(dataset).read_bytes())
        layout = merged
    audit(layout, dataset, PARAMS)
    return files.read_json(layout.audit(dataset))


def published(result: Any) -> dict[str, dict[str, int]]:
    """Return what the audit found by the names of the manifest."""
    kinds = {"exact": result["exact"]["across"], "normalised": result["normalised"]["across"]}
    return {
        f"{later} rows also in {earlier}": {name: counts[f"{later} in {earlier}"] for name, counts in kinds.items()}
        | {"normalised_with_other_label": result["conflicting_labels"][f"{later} in {earlier}"]}
        for later, earlier in (("dev", "train"), ("test", "train"), ("test", "dev"))
    }


@pytest.mark.parametrize(
    ("dataset", "name"),
    [pytest.param("sst2", "SST-2", marks=needs("sst2")), pytest.param("sst5", "SST-5", marks=needs("sst5"))],
)
def test_the_duplicates_of_the_treebank_agree_with_the_manifest(root: Path, dataset: str, name: str) -> None:
    result, described = audited(root, dataset), manifest("sst")
    assert published(result) == described["duplicates_across_splits"][name]
    counts = next(of for key, of in described["counts"].items() if key.startswith(name))
    for split, of in counts.items():
        assert result["exact"]["within"][split] == of["surplus_exact_duplicates"]
        assert result["normalised"]["within"][split] == of["surplus_normalised_duplicates"]
        assert result["conflicting_labels"][f"within {split}"] == of["texts_with_conflicting_labels"] == 0
    assert result["exact"]["across"]["test in train"] == 2


@needs("trec")
def test_ten_test_questions_of_trec_are_in_train_and_one_more_after_normalisation_with_another_label(
    root: Path,
) -> None:
    result, described = audited(root, "trec", whole=True), manifest("trec")
    (across,) = described["duplicates_across_splits"].values()
    assert published(result)["test rows also in train"] == across
    assert across == {"exact": 10, "normalised": 11, "normalised_with_other_label": 1}
    for split in ("train", "test"):
        of = described["counts"][split]
        assert result["exact"]["within"][split] == of["surplus_exact_duplicates"]
        assert result["normalised"]["within"][split] == of["surplus_normalised_duplicates"]
    assert result["examples"][0]["second"]["text"].lower() == "what are the twin cities ?"


@needs("trec")
def test_drawing_dev_does_not_change_the_number_of_test_questions_in_train_or_dev(root: Path) -> None:
    result = audited(root, "trec")
    assert result["exact"]["across"]["test in train or dev"] == 10
    assert result["normalised"]["across"]["test in train or dev"] == 11
    assert result["conflicting_labels"]["test in train or dev"] == 1


@needs("tweeteval")
def test_no_tweet_of_dev_or_test_is_in_train(root: Path) -> None:
    result, counts = audited(root, "tweeteval"), manifest("tweeteval-sentiment")["counts"]
    assert set(result["exact"]["across"].values()) == set(result["normalised"]["across"].values()) == {0}
    for split, name in (("train", "train"), ("dev", "val"), ("test", "test")):
        assert result["normalised"]["within"][split] == counts[name]["surplus_normalised_duplicates"]
        assert result["conflicting_labels"][f"within {split}"] == counts[name]["texts_with_conflicting_labels"]
    assert result["near"]["across"]["dev in train"] > 9  # what the manifest has on letters and digits


@needs("rt-polarity")
def test_rt_polarity_has_no_duplicates(root: Path) -> None:
    result = audited(root, "rt-polarity")
    assert [result[kind] for kind in ("exact", "normalised")] == [{"within": {"all": 0}, "across": {}}] * 2
    (pair,) = result["examples"]
    assert pair["first"]["text"].strip("' ") == pair["second"]["text"]


@needs("sst5")
@needs("rt-polarity")
def test_the_overlap_of_the_treebank_and_rt_polarity_agrees_with_the_manifest(root: Path) -> None:
    layout = Layout(root)
    for dataset in EXPERIMENT["datasets"]:
        audited(root, dataset)
    overlap(layout, "sst5", PARAMS)
    assert files.read_json(layout.overlap("sst5"))["shared"]["rt-polarity"]["test"] == 1780
    overlap(layout, "rt-polarity", PARAMS)
    # The manifest counts distinct strings and keeps ½: 9,511. Two of these occur twice; two more match with 1/2.
    assert files.read_json(layout.overlap("rt-polarity"))["shared"]["sst5"]["all"] == 9511 + 2 + 2
    plain = [
        {re.sub("[^a-z0-9]", "", text.lower()) for text in pq.read_table(layout.documents(name))["text"].to_pylist()}
        for name in ("sst5", "rt-polarity")
    ]
    assert len(plain[0] & plain[1]) == 9511
    assert "9,511 of its 10,662" in manifest("rt-polarity")["duplicates_across_splits"]
