"""The checklist reads the finished PDF, looks for whole rows with their labels, and names what is missing or wrong."""

from pathlib import Path
from typing import Any

import pytest

from lemma.errors import InputError
from lemma.files import read_json, write_bytes, write_json
from lemma.report import typeset
from lemma.report.checklist import REQUIRED, check_page, check_report, read_page
from lemma.report.report import FIGURES
from tests.unit.report.made_up import ROOT

ABSENT = {  # in the made-up project
    "reason for the choice of the data set",
    "tuned hyperparameters and their search spaces",
    "two linear models",
}
SENTENCES = "sentences that follow from the numbers"
# A number in the facts, and the element that prints it.
NUMBERS = [
    (["data", "parts", 0, "length"], "document lengths, mean and standard deviation"),
    (["data", "parts", 1, "classes", 0], "documents per split and class"),
    (["confusion", 1, 0], "the confusion matrix"),
    (["models", 3, "scores", "dev", "f1"], "scores on train, dev and test"),
    (["models", 2, "by_class", "train", 1, "recall"], "scores by class on train, dev and test"),
    (["models", 4, "seconds"], "hyperparameters, best epochs on dev and cost"),
    (["significance", "primary", 0, "detectable"], "comparisons decided on beforehand"),
    (["disagreement", 1, "fraction"], "disagreement with the best linear model"),
]


def place_in(facts: Any, place: list[Any]) -> Any:
    for key in place:
        facts = facts[key]
    return facts


def missing(elements: dict[str, bool]) -> set[str]:
    return {name for name, present in elements.items() if not present}


def test_present_elements_are_found_and_missing_ones_are_named(reported: Any) -> None:
    elements = check_report(reported.layout, reported.dataset)
    assert elements.keys() == REQUIRED.keys()
    assert missing(elements) == ABSENT


def test_a_tuned_report_on_six_classes_has_all_tables(largest: Any) -> None:
    absent = missing(check_report(largest.layout, largest.dataset))
    assert absent == {"reason for the choice of the data set"}


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (["repository"], "a link to the repository"),
        (["authors"], "three or four authors"),
        (["sentences", "calibration"], "calibration"),
    ],
)
def test_an_element_that_is_not_printed_is_missing_even_if_the_facts_have_it(
    project: Any, place: list[Any], name: str
) -> None:
    path = project.layout.facts(project.dataset)
    facts = read_json(path)
    content = ["Nobody", "No One", "None"] if place == ["authors"] else "not in the PDF"
    place_in(facts, place[:-1])[place[-1]] = content
    write_json(path, facts)
    assert missing(check_report(project.layout, project.dataset)) - {SENTENCES} == ABSENT | {name}


@pytest.mark.parametrize(("place", "name"), NUMBERS)
def test_a_wrong_number_in_the_report_is_named_even_if_it_is_printed_elsewhere(
    reported: Any, tmp_path: Path, place: list[Any], name: str
) -> None:
    facts = read_json(reported.layout.facts(reported.dataset))
    wrong = read_json(reported.layout.facts(reported.dataset))
    place_in(wrong, place)["text"] = facts["data"]["parts"][2]["documents"]["text"]
    assets = {figure: reported.layout.figure(reported.dataset, figure) for figure in FIGURES}
    typeset.compile(
        ROOT / "reports" / "report.typ", {**wrong, "closeness": 0, "spare": 0}, assets, tmp_path / "wrong.pdf"
    )
    assert name in missing(check_page(read_page(tmp_path / "wrong.pdf", facts)))


def test_scores_of_two_models_that_are_swapped_are_named(project: Any) -> None:
    path = project.layout.facts(project.dataset)
    facts = read_json(path)
    first, second = (facts["models"][place]["scores"]["test"] for place in (2, 3))
    first["accuracy"], second["accuracy"] = second["accuracy"], first["accuracy"]
    write_json(path, facts)
    assert "scores on train, dev and test" in missing(check_report(project.layout, project.dataset))


def test_a_sentence_that_does_not_follow_from_the_numbers_is_named(project: Any) -> None:
    path = project.layout.facts(project.dataset)
    facts = read_json(path)
    facts["significance"]["primary"][0]["significant"] = not facts["significance"]["primary"][0]["significant"]
    write_json(path, facts)
    assert SENTENCES in missing(check_report(project.layout, project.dataset))


def test_a_missing_report_or_another_file_is_bad_input(project: Any) -> None:
    path = project.layout.pdf(project.dataset)
    write_bytes(path, b"no PDF")
    with pytest.raises(InputError, match="is not a PDF"):
        check_report(project.layout, project.dataset)
    path.unlink()
    with pytest.raises(InputError, match="does not exist"):
        check_report(project.layout, project.dataset)
