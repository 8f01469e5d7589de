"""The sentences in captions agree with the numbers in their tables."""

from typing import Any

import pytest

from lemma.report import caption_sentences
from lemma.report.numbers import number


def test_the_share_of_unseen_words_is_that_of_the_test_part(facts: dict[str, Any]) -> None:
    parts = facts["data"]["parts"]
    parts[2]["unseen"] = number(6.28, "%", 9, "x")
    assert (
        caption_sentences.describe_oov(facts["data"])
        == "6.3\u00a0% of the test tokens do not occur in the training set."
    )
    parts[2]["unseen"] = number(0.0, "%", 9, "x")
    assert caption_sentences.describe_oov(facts["data"]) == ""


@pytest.mark.parametrize(
    ("significant", "sentence"),
    [
        ([], "there is no further model."),
        ([True], "the difference is significant."),
        ([False], "the difference is not significant."),
        ([True, False, False], "1 of 3 differences is significant."),
        ([True, True, False], "2 of 3 differences are significant."),
        ([True, True], "both of the differences are significant."),
        ([True, True, True], "all 3 of the differences are significant."),
        ([False] * 3, "none of the differences is significant."),
        ([False, False], "neither of the differences is significant."),
    ],
)
def test_significant_differences_are_counted(significant: list[bool], sentence: str) -> None:
    assert caption_sentences.count_significant([{"significant": outcome} for outcome in significant]) == sentence


def test_the_gap_from_train_to_test_names_the_widest_and_the_narrowest_and_not_majority(facts: dict[str, Any]) -> None:
    scores = {"majority": (90, 10), "logreg": (90, 80), "mlp": (99, 78.6), "cnn": (80, 81.5), "rnn": (85, 80)}
    for model in facts["models"]:
        for part, value in zip(("train", "test"), scores[model["key"]]):
            model["scores"][part]["score"] = number(value, "%", 5, "x")
    assert caption_sentences.describe_gap(facts) == (
        "The difference between train and test accuracy is largest for MLP (20.4 points) and smallest for CNN "
        "(−1.5 points)."
    )
    facts["models"] = facts["models"][:2]
    assert caption_sentences.describe_gap(facts) == "The difference between train and test accuracy is 10.0 points."


def test_the_most_frequent_confusion_is_named_with_its_share(facts: dict[str, Any]) -> None:
    first, second = facts["data"]["classes"]
    shares = [[90.0, 10.0], [25.0, 75.0]]
    facts["confusion"] = [[number(share, "%", 8, "x") for share in row] for row in shares]
    sentence = caption_sentences.describe_confusion(facts).replace("\u00a0", " ")
    assert sentence == f"The most frequent confusion is {second} predicted as {first}: 25.0 % of the class."
    facts["confusion"] = [[number(share, "%", 8, "x") for share in row] for row in ([100.0, 0.0], [0.0, 100.0])]
    assert caption_sentences.describe_confusion(facts) == "No test document is misclassified."


def test_the_cost_is_that_of_the_cheapest_and_the_dearest_training_without_majority(facts: dict[str, Any]) -> None:
    for model, seconds in zip(facts["models"], (2.0, 30.0, 4.0, 5.0, 6.0)):
        model["seconds"] = number(seconds, "s", 1, "x")
    sentence = caption_sentences.describe_cost(facts).replace("\u00a0", " ")
    assert sentence == "One training takes between 4.0 s (MLP) and 30.0 s (logistic regression)."
    facts["models"] = facts["models"][:1]
    assert caption_sentences.describe_cost(facts).replace("\u00a0", " ") == "One training takes 2.0 s (majority)."
