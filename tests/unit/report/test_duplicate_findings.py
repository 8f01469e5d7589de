"""Sentences on what stands twice: each number is the audit's, and nothing is called clean that is not."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma.report.duplicate_findings import LEVELS, findings, leaks, rows

FIXED = ("train", "dev", "test")
ASKED = ("dev in train", "test in train", "test in dev", "test in train or dev")
SIZES = {"train": 8000, "dev": 1000, "test": 2210, "unlabelled": 500, "all": 10662}
Levels = tuple[int, int, int]
NONE = (0, 0, 0)


def card(
    found: dict[str, Levels], label: dict[str, int] | None = None, parts: tuple[str, ...] = FIXED, **more: Any
) -> dict[str, Any]:
    """Return a card whose audit found exact, normalised and near copies at these places, and none elsewhere."""
    across = ASKED if parts == FIXED else tuple(place for place in found if " in " in place)
    audit = {
        level: {
            "within": {part: found.get(part, NONE)[number] for part in parts},
            "across": {place: found.get(place, NONE)[number] for place in across},
        }
        for number, level in enumerate(LEVELS)
    }
    return {
        "audit": {**audit, "splits": {part: SIZES[part] for part in parts}, "conflicting_labels": label or {}},
        "duplicates": {"handling": more.get("handling", "keep")},
        "left_out": more.get("left_out", []),
        "read": 12000,
        "overlap": more.get("overlap", {}),
    }


def said(*args: Any, **more: Any) -> list[str]:
    return [sentence.replace("\u00a0", " ") for sentence in findings(leaks(card(*args, **more), "card.json"))]


def test_a_set_without_repetition_is_said_to_be_clean() -> None:
    assert said({}) == [
        "No text of dev or test stands in train, not even nearly.",
        "No part holds a text twice, not even nearly.",
    ]


def test_test_texts_in_train_come_first_with_their_share() -> None:
    found = {"test in train": (2, 2, 2), "test in train or dev": (2, 2, 2), "train": (9, 9, 9)}
    assert said(found) == [
        "2 of 2,210 texts of test (0.1 %) also stand in train.",
        "No text of dev stands in train, not even nearly.",
        "Texts that repeat an earlier one, equal or nearly: 9 in train.",
        "All are kept (prepare.duplicates: keep).",
    ]


@pytest.mark.parametrize(
    ("levels", "sentence"),
    [
        ((10, 11, 12), "10 of 2,210 texts of test (0.5 %) also stand in train letter for letter, "
         "11 if case and spaces do not count, 12 with near duplicates."),
        ((1, 1, 3), "1 of 2,210 texts of test (< 0.1 %) also stands in train, 3 with near duplicates."),
        ((0, 4, 4), "4 of 2,210 texts of test (0.2 %) also stand in train but for case and spaces."),
        ((0, 0, 1), "1 of 2,210 texts of test (< 0.1 %) has a near duplicate in train."),
    ],
)  # fmt: skip
def test_each_degree_of_likeness_is_named_where_it_adds_something(levels: Levels, sentence: str) -> None:
    assert said({"test in train": levels, "test in train or dev": levels})[0] == sentence


def test_where_dev_was_cut_from_train_test_is_looked_for_in_both() -> None:
    found = {"test in train": (122, 122, 122), "test in dev": (1, 1, 1), "test in train or dev": (123, 123, 123)}
    assert said(found)[0] == "123 of 2,210 texts of test (5.6 %) also stand in train or dev."
    assert "test in train or dev" in [row["place"] for row in rows(leaks(card(found), "card.json"))]


def test_labels_in_conflict_are_told() -> None:
    found = {"test in train": (5, 5, 5), "test in train or dev": (5, 5, 5), "train": (4, 4, 4)}
    sentences = said(found, {"test in train": 2, "test in train or dev": 2, "within train": 3})
    assert sentences[0].endswith("also stand in train; 2 of them with another label.")
    assert "Texts that bear several labels: 3 in train." in sentences


def test_what_other_sets_share_ends_in_never_train_on_one_and_test_on_the_other() -> None:
    overlap = {"rt-polarity": {"train": 6845, "dev": 892, "test": 1780}, "imdb": dict.fromkeys(FIXED, 0)}
    assert said({}, overlap=overlap)[2:] == [
        "1,780 of 2,210 texts of test (80.5 %), 892 of dev and 6,845 of train also stand in rt-polarity: never train "
        "on one of these sets and test on the other.",
        "No text is shared with imdb.",
    ]


def test_a_set_that_holds_the_whole_other_is_said_in_few_words() -> None:
    overlap = {"sst5": {part: SIZES[part] for part in FIXED}}
    assert said({}, overlap=overlap)[2].startswith("All texts also stand in sst5: never train")


def test_unlabelled_texts_that_repeat_test_are_told() -> None:
    found = {"test in train": NONE, "dev in train": NONE, "test in unlabelled": (269, 269, 269)}
    sentences = said(found, parts=(*FIXED, "unlabelled"))
    assert (
        "269 of 2,210 texts of test (12.2 %) stand among the unlabelled ones: what is learnt from these has seen them."
        in sentences
    )


@pytest.mark.parametrize("parts", [("all",), ("all", "unlabelled")])
def test_under_folds_the_whole_set_is_one(parts: tuple[str, ...]) -> None:
    found = {"all": (0, 0, 1)} | ({"all in unlabelled": (3, 3, 3)} if len(parts) > 1 else {})
    sentences = said(found, parts=parts, overlap={"sst5": {"all": 9515}})
    assert sentences[0] == "Texts that repeat an earlier one, equal or nearly: 1 in the whole set (none of them equal)."
    assert "9,515 of 10,662 texts (89.2 %) also stand in sst5" in " ".join(sentences)


def test_what_was_dropped_is_counted_and_what_was_incomplete_is_not() -> None:
    left_out = [{"reason": "no text", "documents": 7}, {"reason": "train: also in test", "documents": 12}]
    assert said({}, handling="drop", left_out=left_out)[-1] == (
        "Before this count 12 texts were dropped because they stand twice."
    )


levels = st.lists(st.integers(0, 99), min_size=3, max_size=3).map(lambda numbers: tuple(sorted(numbers)))


@given(st.fixed_dictionaries(dict.fromkeys((*FIXED, *ASKED[:2]), levels)))
def test_no_number_is_said_that_the_audit_did_not_find_and_none_that_it_found_is_hidden(found: Any) -> None:
    found["test in train or dev"] = found["test in train"]
    sentences = said(found)
    numbers = {int(n) for sentence in sentences[:-1] for n in re.findall(r"(?<![\d.,])\d+(?![\d.,]|.?%)", sentence)}
    assert numbers <= {n for place in found.values() for n in place}
    for place, (_, _, near) in found.items():
        part = place.split(" in ")[0]
        told = [sentence for sentence in sentences if part in sentence and re.search(rf"\b{near}\b", sentence)]
        assert told or not near
    if any(near for _, _, near in found.values()):
        assert sentences[-1] == "All are kept (prepare.duplicates: keep)."
