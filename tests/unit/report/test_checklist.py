"""The checklist reads the finished PDF and reports each missing element."""

from typing import Any

import pytest

from lemma.errors import InputError
from lemma.files import read_json, write_bytes, write_json
from lemma.report.checklist import REQUIRED, check_report

ABSENT = {  # in the made-up project
    "reason for the choice of the data set",
    "tuned hyperparameters and their search spaces",
    "two linear models",
}


def test_present_elements_are_found_and_missing_ones_are_named(reported: Any) -> None:
    elements = check_report(reported.layout, reported.dataset)
    assert elements.keys() == REQUIRED.keys()
    assert {name for name, present in elements.items() if not present} == ABSENT


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (["repository"], "a link to the repository"),
        (["authors"], "three or four authors"),
        (["sentences", "calibration"], "calibration"),
        (["data", "parts", 0, "length", "text"], "document lengths, mean and standard deviation"),
        (["confusion", 1, 0, "text"], "the confusion matrix"),
        (["models", 3, "scores", "dev", "f1", "text"], "scores on train, dev and test"),
    ],
)
def test_an_element_that_is_not_printed_is_missing_even_if_the_facts_have_it(
    project: Any, place: list[Any], name: str
) -> None:
    path = project.layout.facts(project.dataset)
    facts = read_json(path)
    at = facts
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = ["Nobody", "No One", "None"] if place == ["authors"] else "not in the PDF"
    write_json(path, facts)
    elements = check_report(project.layout, project.dataset)
    assert {element for element, present in elements.items() if not present} == ABSENT | {name}


def test_a_missing_report_or_another_file_is_bad_input(project: Any) -> None:
    path = project.layout.pdf(project.dataset)
    write_bytes(path, b"no PDF")
    with pytest.raises(InputError, match="is not a PDF"):
        check_report(project.layout, project.dataset)
    path.unlink()
    with pytest.raises(InputError, match="does not exist"):
        check_report(project.layout, project.dataset)
