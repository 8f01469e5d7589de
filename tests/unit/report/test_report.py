import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from lemma.report.checklist import squeeze
from lemma.report.report import FIGURES

TEMPLATE = Path(__file__).parents[3] / "reports" / "report.typ"
HOSTILE = '#let x = 1 $y$ *b* _i_ `c` @ref [z] <tag> <br/>&nbsp; // no comment \x07 = \\ ~ don\'t "quote"'
PRINTED = HOSTILE.replace("\x07", r"\u0007")

Read = Callable[[Path], str]


def outputs(project: Any) -> list[bytes]:
    folder = project.layout.report(project.dataset)
    return [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]


def means(tree: dict[str, Any]) -> Iterator[float]:
    if "mean" in tree:
        yield tree["mean"]
    else:
        for key, branch in tree.items():
            if key != "support":
                yield from means(branch)


def alternatives(root: Any) -> int:
    """Return how many elements of the document's structure have an alternative text."""
    waiting, count = [root["/StructTreeRoot"]], 0
    while waiting:
        node = waiting.pop().get_object()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            count += "/Alt" in node
            waiting += [node["/K"]] if "/K" in node else []
    return count


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path, build: Any, finish: Any, reported: Any) -> None:
    assert outputs(finish(build(tmp_path))) == outputs(reported)


def test_facts_figures_and_pdf_are_written(reported: Any) -> None:
    folder = reported.layout.report(reported.dataset)
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
        *("curves.json", "metrics.json", "significance.json", "facts.json", "report.pdf", "card.pdf"),
        *("scores.json", "plots/learning_curve.json", "plots/precision_recall.json"),
        *("plots/loss_train.json", "plots/loss_dev.json"),
        *(f"figures/{name}.svg" for name in (*FIGURES, "lengths")),
    }


@pytest.mark.parametrize("size", ["reported", "largest"])
def test_the_report_has_at_most_five_pages(size: str, request: pytest.FixtureRequest) -> None:
    project = request.getfixturevalue(size)
    assert len(PdfReader(project.layout.pdf(project.dataset)).pages) <= 5


@pytest.mark.parametrize("size", ["reported", "largest"])
def test_every_summary_score_on_test_is_printed(size: str, request: pytest.FixtureRequest, read: Read) -> None:
    project = request.getfixturevalue(size)
    text = read(project.layout.pdf(project.dataset))
    metrics = json.loads(project.layout.metrics(project.dataset).read_text(encoding="utf-8"))
    for model in metrics["models"].values():
        for mean in means(model["summary"]["test"]):
            assert f"{100 * mean:.1f}" in text


def test_title_authors_repository_source_and_claims_are_printed(reported: Any, read: Read) -> None:
    text = read(reported.layout.pdf(reported.dataset))
    report = reported.params.report
    for wanted in (report.title, *report.authors, report.repository, "https://example.org/reviews", "CC0 1.0"):
        assert squeeze(wanted) in text
    for wanted in (
        "(proved in exercise 6)",
        "(proved in exercise 7)",
        "Two hours that feel like a week of rain.",
    ):
        assert squeeze(wanted) in text


def test_authors_and_title_are_in_the_pdfs_metadata(reported: Any) -> None:
    metadata = PdfReader(reported.layout.pdf(reported.dataset)).metadata
    assert metadata is not None
    assert metadata.title == f"{reported.params.report.title}: {reported.dataset}"
    assert all(author in str(metadata.author) for author in reported.params.report.authors)


def test_figures_have_alternative_texts(reported: Any) -> None:
    assert alternatives(PdfReader(reported.layout.pdf(reported.dataset)).trailer["/Root"]) == 5


def test_texts_of_the_data_are_printed_as_they_are(project: Any, finish: Any, read: Read) -> None:
    def hostile(card: Any) -> None:
        card["examples"] = [{"label": "class a", "text": HOSTILE, "part": "train"}]
        card["title"] = card["citation"] = HOSTILE + "."
        card["steps"] = [{"step": "step #1 *", "before": HOSTILE, "after": HOSTILE}]

    project.edit(project.layout.card(project.dataset), hostile)
    text = read(finish(project).layout.pdf(project.dataset))
    assert text.count(squeeze(PRINTED)) >= 3


def test_the_text_follows_the_outcome_of_the_tests(project: Any, finish: Any, read: Read) -> None:
    def printed(over_majority: bool) -> str:
        def decide(significance: Any) -> None:
            for row in significance["primary"]:
                row["significant"] = (row["other"] == "majority") == over_majority
                row["difference"] = abs(row["difference"])

        project.edit(project.layout.significance(project.dataset), decide)
        return read(finish(project).layout.pdf(project.dataset))

    before, after = printed(True), printed(False)
    assert "isbetterthanmajority" in before
    assert "Thedatashownodifferencebetween" in before
    assert "isbetterthanlogisticregression" in after
    assert "isbetterthanmajority" not in after


def test_only_the_report_on_a_demonstration_says_that_it_is_one(
    tmp_path: Path, build: Any, finish: Any, read: Read, reported: Any
) -> None:
    project = finish(build(tmp_path, models=("majority", "logreg"), runs=1, demonstration=False))
    assert "demonstration" not in read(project.layout.pdf(project.dataset))
    assert "demonstration" in read(reported.layout.pdf(reported.dataset))


def test_the_text_of_the_template_has_no_digits_outside_of_formulas() -> None:
    _, marker, prose = TEMPLATE.read_text(encoding="utf-8").partition("// ---- The report")
    assert marker
    prose = re.sub(r"\$[^$]*\$", "", prose)
    assert not re.search(r"\d", prose)


def test_every_number_of_the_scores_table_is_in_the_facts(reported: Any, read: Read) -> None:
    facts = json.loads(reported.layout.facts(reported.dataset).read_text(encoding="utf-8"))
    text = read(reported.layout.pdf(reported.dataset))
    for model in facts["models"]:
        for part in model["scores"].values():
            for number in filter(None, part.values()):
                assert squeeze(number["text"]) in text
