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


def test_what_the_report_holds_is_found_and_what_it_lacks_is_named(reported: Any) -> None:
    held = check_report(reported.layout, reported.dataset)
    assert held.keys() == REQUIRED.keys()
    assert {name for name, there in held.items() if not there} == ABSENT


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
def test_what_is_not_printed_is_missing_whatever_the_facts_say(project: Any, place: list[Any], name: str) -> None:
    path = project.layout.facts(project.dataset)
    facts = read_json(path)
    at = facts
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = ["Nobody", "No One", "None"] if place == ["authors"] else "not in the PDF"
    write_json(path, facts)
    held = check_report(project.layout, project.dataset)
    assert {one for one, there in held.items() if not there} == ABSENT | {name}


def test_a_report_that_is_missing_or_no_pdf_is_bad_input(project: Any) -> None:
    path = project.layout.pdf(project.dataset)
    write_bytes(path, b"no PDF")
    with pytest.raises(InputError, match="is not a PDF"):
        check_report(project.layout, project.dataset)
    path.unlink()
    with pytest.raises(InputError, match="does not exist"):
        check_report(project.layout, project.dataset)
