"""Every number of a committed report is that of the JSON beside it; a planted wrong number is named."""

import json
import shutil
from pathlib import Path

import pytest

from lemma.report.checklist import check_page, read_page
from tests.project import ROOT
from tests.unit.docs.recompute import recompute
from tests.unit.report.made_up import build, finish

EXAMPLES = sorted(path.parent for path in (ROOT / "docs" / "examples").glob("*/facts.json"))
OPTIONAL = {  # elements that a report need not have: a demonstration is not tuned
    "tuned hyperparameters and their search spaces",
    "scores by class on train, dev and test",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a made-up project with folds, with three classes."""
    project = finish(build(tmp_path_factory.mktemp("made"), classes=3, folds=3, runs=3))
    return project.layout.report(project.dataset)


def disagreements(folder: Path) -> list[str]:
    return [name for name, printed, computed in recompute(folder) if printed != computed]


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_the_numbers_of_an_example_are_those_of_its_json(folder: Path) -> None:
    assert disagreements(folder) == []


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_an_example_prints_what_the_course_asks(folder: Path) -> None:
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    elements = check_page(read_page(folder / "report.pdf", facts))
    assert {name for name, present in elements.items() if not present} <= OPTIONAL


def test_the_numbers_of_a_made_up_report_are_those_of_its_json(made: Path) -> None:
    assert len(list(recompute(made))) > 300
    assert disagreements(made) == []


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("cnn.dev.f1", ("models", 3, "scores", "dev", "f1")),
        ("disagreement", ("disagreement", 1, "fraction")),
        ("cnn - logreg.detectable", ("significance", "primary", 0, "detectable")),
        ("confusion", ("confusion", 0, 1)),
    ],
)
def test_a_planted_wrong_number_is_named(made: Path, tmp_path: Path, name: str, place: tuple[str | int, ...]) -> None:
    for file in ("facts", "metrics", "significance", "curves"):
        shutil.copy(made / f"{file}.json", tmp_path)
    facts = json.loads((tmp_path / "facts.json").read_text(encoding="utf-8"))
    record = facts
    for key in place:
        record = record[key]
    record["text"] = "12.3"
    (tmp_path / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    assert disagreements(tmp_path) == [name]
