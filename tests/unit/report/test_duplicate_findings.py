"""Sentences about duplicates state the numbers of the audit, all of them and no others."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma.report.duplicate_findings import LEVELS, count_duplicates, select_rows, write_findings

FIXED = ("train", "dev", "test")
ASKED = ("dev in train", "test in train", "test in dev", "test in train or dev")
SIZES = {"train": 8000, "dev": 1000, "test": 2210, "unlabelled": 500, "all": 10662}
Levels = tuple[int, int, int]
NONE = (0, 0, 0)


def card(
    counts: dict[str, Levels], label: dict[str, int] | None = None, splits: tuple[str, ...] = FIXED, **more: Any
) -> dict[str, Any]:
    """Return a card with these counts of exact, normalised and near duplicates at each place, 0 elsewhere."""
    across = ASKED if splits == FIXED else tuple(place for place in counts if " in " in place)
    audit = {
        level: {
            "within": {split: counts.get(split, NONE)[number] for split in splits},
            "across": {place: counts.get(place, NONE)[number] for place in across},
        }
        for number, level in enumerate(LEVELS)
    }
    return {
        "audit": {**audit, "splits": {split: SIZES[split] for split in splits}, "conflicting_labels": label or {}},
        "duplicates": {"handling": more.get("handling", "keep")},
        "left_out": more.get("left_out", []),
        "read": 12000,
        "overlap": more.get("overlap", {}),
    }


def describe(*args: Any, **more: Any) -> list[str]:
    return [
        sentence.replace("\u00a0", " ")
        for sentence in write_findings(count_duplicates(card(*args, **more), "card.json"))
    ]


def test_a_data_set_without_duplicates_is_described_as_such() -> None:
    assert describe({}) == [
        "No dev or test document occurs in the training set, not even as a near-duplicate.",
        "There are no duplicates within a split.",
    ]


def test_test_documents_in_train_come_first_with_their_percentage() -> None:
    counts = {"test in train": (2, 2, 2), "test in train or dev": (2, 2, 2), "train": (9, 9, 9)}
    assert describe(counts) == [
        "2 of 2,210 test documents (0.1 %) also occur in the training set.",
        "No dev document occurs in the training set, not even as a near-duplicate.",
        "Documents that duplicate an earlier one, exactly or nearly: 9 in the training set.",
        "Duplicates are kept.",
    ]


@pytest.mark.parametrize(
    ("levels", "sentence"),
    [
        ((10, 11, 12), "10 of 2,210 test documents (0.5 %) also occur in the training set verbatim, "
         "11 up to case and white space, 12 including near-duplicates."),
        ((1, 1, 3), "1 of 2,210 test documents (< 0.1 %) also occurs in the training set, "
         "3 including near-duplicates."),
        ((0, 4, 4), "4 of 2,210 test documents (0.2 %) also occur in the training set up to case and white space."),
        ((0, 0, 1), "1 of 2,210 test documents (< 0.1 %) has a near-duplicate in the training set."),
    ],
)  # fmt: skip
def test_each_level_of_similarity_is_named_if_it_adds_documents(levels: Levels, sentence: str) -> None:
    assert describe({"test in train": levels, "test in train or dev": levels})[0] == sentence


def test_test_documents_are_counted_in_train_or_dev_if_dev_adds_some() -> None:
    counts = {"test in train": (122, 122, 122), "test in dev": (1, 1, 1), "test in train or dev": (123, 123, 123)}
    assert describe(counts)[0] == "123 of 2,210 test documents (5.6 %) also occur in the training or dev set."
    assert "test in train or dev" in [row["place"] for row in select_rows(count_duplicates(card(counts), "card.json"))]


def test_conflicting_labels_are_counted() -> None:
    counts = {"test in train": (5, 5, 5), "test in train or dev": (5, 5, 5), "train": (4, 4, 4)}
    sentences = describe(counts, {"test in train": 2, "test in train or dev": 2, "within train": 3})
    assert sentences[0].endswith("also occur in the training set; 2 of them with another label.")
    assert "Texts with conflicting labels: 3 in the training set." in sentences


def test_an_overlap_with_another_data_set_comes_with_a_warning() -> None:
    overlap = {"rt-polarity": {"train": 6845, "dev": 892, "test": 1780}, "imdb": dict.fromkeys(FIXED, 0)}
    assert describe({}, overlap=overlap)[2:] == [
        "1,780 of 2,210 test documents (80.5 %), 892 dev documents and 6,845 training documents also occur in "
        "rt-polarity: do not train on one of these data sets and test on the other.",
        "No document is shared with imdb.",
    ]


def test_a_data_set_contained_in_another_is_described_briefly() -> None:
    overlap = {"sst5": {split: SIZES[split] for split in FIXED}}
    assert describe({}, overlap=overlap)[2].startswith("All documents also occur in sst5: do not train")


def test_test_documents_among_the_unlabelled_are_counted() -> None:
    counts = {"test in train": NONE, "dev in train": NONE, "test in unlabelled": (269, 269, 269)}
    sentences = describe(counts, splits=(*FIXED, "unlabelled"))
    assert (
        "269 of 2,210 test documents (12.2 %) occur among the unlabelled documents, and so in the training data of "
        "word vectors that use these." in sentences
    )


@pytest.mark.parametrize("splits", [("all",), ("all", "unlabelled")])
def test_folds_are_counted_as_one_data_set(splits: tuple[str, ...]) -> None:
    counts = {"all": (0, 0, 1)} | ({"all in unlabelled": (3, 3, 3)} if len(splits) > 1 else {})
    sentences = describe(counts, splits=splits, overlap={"sst5": {"all": 9515}})
    assert sentences[0] == (
        "Documents that duplicate an earlier one, exactly or nearly: 1 in the data set (all near-duplicates)."
    )
    assert "9,515 of 10,662 documents (89.2 %) also occur in sst5" in " ".join(sentences)


def test_removed_duplicates_are_counted_without_incomplete_documents() -> None:
    left_out = [{"reason": "no text", "documents": 7}, {"reason": "train: also in test", "documents": 12}]
    assert describe({}, handling="drop", left_out=left_out)[-1] == "These counts are after 12 duplicates were removed."


levels = st.lists(st.integers(0, 99), min_size=3, max_size=3).map(lambda numbers: tuple(sorted(numbers)))


@given(st.fixed_dictionaries(dict.fromkeys((*FIXED, *ASKED[:2]), levels)))
def test_sentences_state_exactly_the_numbers_of_the_audit(counts: Any) -> None:
    counts["test in train or dev"] = counts["test in train"]
    sentences = describe(counts)
    names = {"train": "training", "dev": "dev", "test": "test"}
    numbers = {int(n) for sentence in sentences[:-1] for n in re.findall(r"(?<![\d.,])\d+(?![\d.,]|.?%)", sentence)}
    assert numbers <= {n for place in counts.values() for n in place}
    for place, (_, _, near) in counts.items():
        split = place.split(" in ")[0]
        told = [sentence for sentence in sentences if names[split] in sentence and re.search(rf"\b{near}\b", sentence)]
        assert told or not near
    if any(near for _, _, near in counts.values()):
        assert sentences[-1] == "Duplicates are kept."
