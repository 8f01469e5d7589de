"""The published sets, where LEMMA_MIRROR is a folder that holds them: counts as the manifest beside them has them."""

import io
import os
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lemma import files
from lemma.data.catalog import CATALOG
from lemma.data.download import download
from lemma.data.prepare import prepare
from lemma.data.readers import sentence
from lemma.layout import Layout
from lemma.params import Params
from tests.unit.data.conftest import VALUES

MIRROR = Path(os.environ.get("LEMMA_MIRROR") or "no mirror").absolute()


def needs(dataset: str) -> pytest.MarkDecorator:
    names = [file.name for file in CATALOG[dataset].files]
    there = all((MIRROR / name).is_file() for name in [*names, "MANIFEST.json"])
    return pytest.mark.skipif(not there, reason=f"{dataset}: LEMMA_MIRROR is no folder with {', '.join(names)}")


def manifest(name: str) -> Any:
    return next(entry for entry in files.read_json(MIRROR / "MANIFEST.json") if entry["name"] == name)


def card_of(dataset: str, root: Path) -> Any:
    layout, params = Layout(root), Params.model_validate(VALUES)
    download(layout, dataset, params)
    prepare(layout, dataset, params)
    return files.read_json(layout.card(dataset))


def leaves(tree: str) -> list[str]:
    """Return a tree's leaves by walking its brackets: no regular expression, no notion of white space but a space."""
    found, depth, word = [], 0, ""
    for sign in tree:
        if sign in "() ":
            if word and sign == ")":
                found.append(word)
            depth, word = depth + (sign == "(") - (sign == ")"), ""
        else:
            word += sign
    assert depth == 0
    return found


@pytest.mark.parametrize("dataset", [pytest.param(name, marks=needs(name)) for name in ("sst2", "rt-polarity")])
def test_the_catalogue_and_the_manifest_name_the_same_files(dataset: str) -> None:
    described = {file["path"]: file for file in manifest({"sst2": "sst"}.get(dataset, dataset))["files"]}
    for file in CATALOG[dataset].files:
        assert (described[file.name]["bytes"], described[file.name]["sha256"]) == (file.bytes, file.sha256)


@needs("sst2")
def test_sst2_has_the_published_counts_in_every_part_and_class(tmp_path: Path) -> None:
    card, published = card_of("sst2", tmp_path), manifest("sst")["counts"]["SST-2 (root label 2 dropped)"]
    assert {part: sum(of.values()) for part, of in card["counts"].items()} == {"train": 6920, "dev": 872, "test": 1821}
    for part, of in card["counts"].items():
        assert [of["negative"], of["positive"]] == list(published[part]["per_class"].values())
        assert card["duplicates"]["within"][part] == published[part]["surplus_normalised_duplicates"]


@needs("sst2")
def test_no_leaf_of_the_treebank_is_lost() -> None:
    with zipfile.ZipFile(MIRROR / CATALOG["sst2"].files[0].name) as archive:
        trees = [
            line for part in ("train", "dev", "test") for line in archive.read(f"trees/{part}.txt").decode().split("\n")
        ]
    for tree in filter(None, trees):
        plain = [leaf.replace("-LRB-", "(").replace("-RRB-", ")").replace("\\", "") for leaf in leaves(tree)]
        assert sentence(tree) == " ".join(plain)


@needs("rt-polarity")
def test_rt_polarity_has_5331_sentences_of_each_class_in_ten_equal_folds(tmp_path: Path) -> None:
    card = card_of("rt-polarity", tmp_path)
    total = sum((Counter(of) for of in card["counts"].values()), Counter())
    assert total == {"negative": 5331, "positive": 5331}
    assert {n for of in card["counts"].values() for n in of.values()} == {533, 534}
    assert (len(card["counts"]), card["duplicates"]["across"]) == (10, {})
    described = manifest("rt-polarity")["counts"]["all"]
    assert card["words"]["mean"] == pytest.approx(described["mean_tokens"], abs=0.01)
    assert card["words"]["max"] == described["max_tokens"]
    with zipfile.ZipFile(Layout(tmp_path).source("rt-polarity")) as archive:
        assert io.BytesIO(archive.read("rt-polaritydata.tar.gz")).read(2) == b"\x1f\x8b"
