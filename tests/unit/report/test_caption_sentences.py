"""What the captions of tables say follows from the numbers in the tables."""

from typing import Any

import pytest

from lemma.report import caption_sentences
from lemma.report.numbers import number


def test_the_share_of_unseen_words_is_that_of_the_test_part(held: dict[str, Any]) -> None:
    parts = held["data"]["parts"]
    parts[2]["unseen"] = number(6.28, "%", 9, "x")
    assert caption_sentences.unseen(held["data"]) == "Training never saw 6.3\u00a0% of the words of test."
    parts[2]["unseen"] = number(0.0, "%", 9, "x")
    assert caption_sentences.unseen(held["data"]) == ""


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], "There is no other model to compare."),
        ([True], "The one difference is significant."),
        ([False], "The one difference is not significant."),
        ([True, False, False], "Of 3 differences 1 is significant."),
        ([True, True, False], "Of 3 differences 2 are significant."),
        ([True, True], "Both differences are significant."),
        ([True, True, True], "All 3 differences are significant."),
        ([False, False], "Of 2 differences none is significant."),
    ],
)
def test_significant_differences_are_counted(found: list[bool], said: str) -> None:
    assert caption_sentences.differences({"comparisons": [{"significant": one} for one in found]}) == said


def test_the_gap_from_train_to_test_names_the_widest_and_the_narrowest_and_not_majority(held: dict[str, Any]) -> None:
    scores = {"majority": (90, 10), "logreg": (90, 80), "mlp": (99, 78.6), "cnn": (80, 81.5), "rnn": (85, 80)}
    for model in held["models"]:
        for part, value in zip(("train", "test"), scores[model["key"]]):
            model["scores"][part]["score"] = number(value, "%", 5, "x")
    assert caption_sentences.gap(held) == (
        "From train to test MLP loses 20.4 points of accuracy, the most, and CNN gains 1.5, the least; a ranking of "
        "means."
    )
    held["models"] = held["models"][:2]
    assert caption_sentences.gap(held) == "From train to test logistic regression loses 10.0 points of accuracy."


def test_the_most_frequent_confusion_is_named_with_its_share(held: dict[str, Any]) -> None:
    first, second = held["data"]["classes"]
    shares = [[90.0, 10.0], [25.0, 75.0]]
    held["confusion"] = [[number(share, "%", 8, "x") for share in row] for row in shares]
    said = caption_sentences.confusion(held).replace("\u00a0", " ")
    assert said == f"Most often {second} goes to {first}: 25.0 % of its test documents."
    held["confusion"] = [[number(share, "%", 8, "x") for share in row] for row in ([100.0, 0.0], [0.0, 100.0])]
    assert caption_sentences.confusion(held) == "No test document went to a wrong class."


def test_the_cost_is_that_of_the_cheapest_and_the_dearest_training(held: dict[str, Any]) -> None:
    for model, seconds in zip(held["models"], (2.0, 30.0, 4.0, 5.0, 6.0)):
        model["seconds"] = number(seconds, "s", 1, "x")
    said = caption_sentences.cost(held).replace("\u00a0", " ")
    assert said == "One training takes 2.0 s (majority) to 30.0 s (logistic regression)."
    held["models"] = held["models"][:1]
    assert caption_sentences.cost(held).replace("\u00a0", " ") == "One training takes 2.0 s (majority)."
