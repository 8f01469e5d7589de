"""A folder of one's own: the workflow runs in it by `--directory`, and as a module of another workflow."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from lemma.layout import Layout
from tests.project import ROOT, Project, merge

SMALL = {
    "exercises": [4],
    "experiment": {"datasets": ["sample"], "models": ["majority"], "runs": [0]},
    "tune": {"models": []},
    "learning_curve": {"train_fractions": [0.5]},
    "evaluate": {"resamples": 100},
}
SNAKEFILE = f"""\
module lemma:
    snakefile:
        "{ROOT}/workflow/Snakefile"


use rule * from lemma as lemma_*


rule summary:
    default_target: True
    input:
        "reports/sample/metrics.json",
        "reports/sample/report.pdf",
    output:
        "summary.txt",
    shell:
        "wc -c {{input}} > {{output}}"
"""
NOTHING = "Nothing to be done"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A folder with params.yaml, after a run of the checkout's workflow with `--directory`."""
    folder = tmp_path_factory.mktemp("folder") / "{my} results"
    folder.mkdir()
    values = merge(yaml.safe_load((ROOT / "params.yaml").read_text()), SMALL)
    (folder / "params.yaml").write_text(yaml.safe_dump(values))
    Project(ROOT).run("snakemake", "--cores", "2", "--directory", str(folder))
    return Project(folder)


def test_all_results_are_in_the_folder_and_up_to_date(folder: Project) -> None:
    layout = Layout(folder.folder)
    for path in (layout.claims, layout.solutions, layout.evidence, layout.card_pdf("sample"), layout.pdf("sample")):
        assert path.exists(), path
    assert list(folder.json("reports/sample/metrics.json")["models"]) == ["majority"]
    assert NOTHING in folder.run("snakemake", "-n", "--cores", "2", "--snakefile", str(ROOT / "Snakefile"))


def test_commands_in_the_folder_find_templates_and_the_workflow(folder: Project) -> None:
    folder.run("lemma", "card", "sample")
    assert folder.run("lemma", "why", "data/sample/tokens.arrow").splitlines() == [
        "Snakemake: data/sample/tokens.arrow is current."
    ]
    assert "Unknown data set 'nosuch'" in folder.run("lemma", "why", "reports/nosuch/report.pdf", code=2)
    assert "as in requirements.lock" in folder.run("lemma", "doctor", code=1)  # it is no repository of git or DVC


def test_the_report_holds_every_pdf_and_figure_with_caption_category_and_runtime(
    folder: Project, tmp_path: Path
) -> None:
    archive = tmp_path / "report.zip"
    workflow = str(ROOT / "workflow/Snakefile")
    printed = folder.run("snakemake", "--snakefile", workflow, "--report", str(archive))
    assert "ERROR" not in printed
    with zipfile.ZipFile(archive) as stream:
        names = [Path(name).name for name in stream.namelist() if "/data/raw/" in name]
        page = stream.read("report/report.html").decode()
    pdfs = {"exercises.pdf", "evidence.pdf", "card.pdf", "report.pdf"}
    figures = {path.name for path in (folder.folder / "reports/sample/figures").glob("*.svg")}
    assert len(figures) == 7
    assert {*names} == pdfs | figures | {"metrics.json", "significance.json", "0.5.json"}
    assert "the mathematics of a course on natural language processing" in page
    results = _variable(page, "results")
    assert {item["name"] for item in results.values()} == {*names}
    assert all(item["caption"] and item["labels"] for item in results.values())
    assert {*_variable(page, "categories")} == {"Data", "Exercises", "Learning curves", "Reports", "Scores", "Training"}
    runtimes = _variable(page, "runtimes_spec")["data"]["values"]
    assert {"train", "report", "verify"} <= {row["rule"] for row in runtimes if row["runtime"] > 0}


# Last in the file: it runs a job as one of the other workflow's rules.
def test_rules_of_another_workflow_use_the_results_of_the_module(folder: Project) -> None:
    (folder.folder / "Snakefile").write_text(SNAKEFILE)
    report = folder.folder / "reports/sample/report.pdf"
    report.unlink()
    folder.run("snakemake", "--cores", "2")
    assert report.exists()
    assert "reports/sample/report.pdf" in (folder.folder / "summary.txt").read_text()


def _variable(page: str, name: str) -> Any:
    """Return the value of a variable of the page's script that is written as JSON."""
    value, _ = json.JSONDecoder().raw_decode("{" + page.split(f"var {name} = {{")[1])
    return value
