"""The error analysis names groups and models, and says whether intervals overlap."""

from typing import Any

import pytest

from lemma.report import error_sentences
from lemma.report.numbers import number


def group(name: str, accuracy: float, width: float, documents: int = 90) -> dict[str, Any]:
    record = number(accuracy, "%", documents, "x", low=accuracy - width, high=accuracy + width)
    return {"name": name, "documents": number(documents, "documents", documents, "x"), "accuracy": record}


@pytest.mark.parametrize(("width", "judgement"), [(3, "do not overlap"), (6, "overlap")])
def test_the_groups_of_highest_and_lowest_accuracy_are_named(width: float, judgement: str) -> None:
    groups = [group("1–4", 80, width), group("5–9", 70, width)]
    assert error_sentences.describe_lengths({"lengths": groups}).replace("\u00a0", " ") == (
        f"By length, accuracy is highest at 1–4 tokens (80.0 %) and lowest at 5–9 tokens (70.0 %); the intervals "
        f"{judgement}."
    )
    assert error_sentences.describe_unseen({"unseen": groups[:1]}).startswith("All test documents have a similar")


def test_accuracy_with_negation_is_set_beside_that_without() -> None:
    groups = [group("with", 70, 3, documents=31), group("without", 80, 3)]
    sentence = error_sentences.describe_contrast({"contrast": groups}).replace("\u00a0", " ")
    assert sentence.startswith("On the 31 documents with a word of negation or contrast")
    assert "70.0 %, on the others 80.0 %; the intervals do not overlap." in sentence
    assert error_sentences.describe_contrast({"contrast": []}) == ""


def test_documents_that_only_one_of_two_models_classifies_correctly_are_counted(facts: dict[str, Any]) -> None:
    facts["significance"] |= {"reference": "cnn", "linear": "logreg"}
    shares = {(True, True): 70, (True, False): 12, (False, True): 8, (False, False): 10}
    facts["disagreement"] = [
        {"reference": mine, "linear": other, "fraction": number(share, "%", 9, "x", low=share - 1, high=share + 1)}
        for (mine, other), share in shares.items()
    ]
    assert error_sentences.describe_disagreement(facts).replace("\u00a0", " ") == (
        "Only CNN is right on 12.0 % of the test documents (11.0 to 13.0), only logistic regression on 8.0 % (7.0 to "
        "9.0), neither on 10.0 %."
    )
    facts["disagreement"] = []
    assert error_sentences.describe_disagreement(facts) == ""
