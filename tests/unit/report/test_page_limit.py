"""The report fits five pages: the largest report leaves room, and long texts are set in smaller type."""

from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from lemma.files import read_json
from lemma.report import page_limit, typeset
from lemma.report.checklist import MOST_PAGES
from lemma.report.report import FIGURES

TEMPLATE = Path(__file__).parents[3] / "reports" / "report.typ"
# A template with a number of pages, a used fraction of the last page, and text in the footer or not, by closeness.
PAGES = """
#let data = json(bytes(sys.inputs.data))
#let (pages, used, low) = data.looks.at(data.closeness)
#set page(width: 200pt, height: 400pt, margin: 48pt)
#for page in range(1, pages + 1) {
  place(bottom + left, dy: 48pt - 28pt)[foot]
  if low { place(bottom + left, dy: 14pt)[too low] }
  [size #data.closeness]
  if page == pages { v(used * 400pt - 60pt) } else { v(1fr) }
  [end]
  if page < pages { pagebreak() }
}
"""
GOOD = (5, 0.7, False)


@pytest.mark.parametrize(
    ("looks", "taken"),
    [
        ([GOOD, GOOD, GOOD, GOOD, GOOD], 0),
        ([(6, 0.7, False), (6, 0.3, False), GOOD, GOOD, GOOD], 2),  # too many pages
        ([(5, 0.2, False), (4, 0.8, False), GOOD, GOOD, GOOD], 1),  # a last page with a few lines
        ([(5, 0.7, True), GOOD, GOOD, GOOD, GOOD], 1),  # text that runs into the foot
        ([(5, 0.2, False)] * 5, 0),  # the same fault at every size
        ([(6, 0.7, False), (5, 0.7, True), (5, 0.2, False), (5, 0.7, True), (6, 0.7, False)], 2),
        ([(8, 0.7, False), (7, 0.7, False), (7, 0.7, False), (7, 0.7, False), (7, 0.7, False)], 1),
        ([(1, 0.2, False)] * 5, 0),
    ],
)
def test_the_largest_type_without_faults_is_chosen_or_else_that_with_the_fewest(
    tmp_path: Path, looks: list[tuple[int, float, bool]], taken: int
) -> None:
    (tmp_path / "pages.typ").write_text(PAGES, encoding="utf-8")
    page_limit.typeset_within_limit(tmp_path / "pages.typ", {"looks": looks}, {}, tmp_path / "pages.pdf")
    assert f"size {taken}" in PdfReader(tmp_path / "pages.pdf").pages[0].extract_text()


def test_the_page_limit_is_that_of_the_checklist() -> None:
    assert page_limit.PAGES == MOST_PAGES


def laid(project: Any, facts: dict[str, Any], out: Path, closeness: int | None = None) -> tuple[int, int, bool]:
    """Typeset facts with a project's figures, in the size that fits or in a given one; return the faults."""
    figures = {name: project.layout.figure(project.dataset, name) for name in FIGURES}
    if closeness is None:
        page_limit.typeset_within_limit(TEMPLATE, facts, figures, out)
    else:
        typeset.compile(TEMPLATE, {**facts, "closeness": closeness, "spare": 0}, figures, out)
    return page_limit.find_faults(out)


def test_the_largest_report_fits_the_largest_type_and_half_a_page_more_a_smaller_one(
    largest: Any, tmp_path: Path
) -> None:
    facts = read_json(largest.layout.facts(largest.dataset))
    out = tmp_path / "report.pdf"
    assert laid(largest, facts, out, closeness=0) == (0, 0, False)
    facts["sentences"]["duplicates"] += (
        " This line fills about a line of one of the columns." * 50
    )  # of about 110 a page
    assert laid(largest, facts, out) == (0, 0, False)


@pytest.mark.parametrize("size", ["reported", "largest"])
def test_the_longest_texts_are_set_in_smaller_type(size: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    project = request.getfixturevalue(size)
    facts = read_json(project.layout.facts(project.dataset))
    long = "Reviews of films that nobody has made and that nobody will see in any cinema of this world. " * 9
    facts["reason"] = long[:400]
    facts["data"] |= dict.fromkeys(("title", "source", "licence", "citation", "split_note"), long[:600])
    facts["data"]["examples"] = [{"text": long[:280], "label": "class a"}] * 2
    facts["data"]["steps"] = [{"step": long[:90], "before": long[:56], "after": long[:56]}] * 7
    mistake = {"text": long[:170], "true": "class a", "predicted": "class b", "confidence": facts["confidence"]}
    facts["mistakes"] = [mistake] * 3
    assert laid(project, facts, tmp_path / "report.pdf") == (0, 0, False)
