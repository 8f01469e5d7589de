"""From a checkout to a PDF, and what both engines say afterwards."""

import shutil
from collections.abc import Callable
from pathlib import Path

from pypdf import PdfReader

from tests.project import Project

CHANGED = {"models": {"logreg": {"c": 2.0}}}  # of the models with parameters the quickest to train
LOGREG = {
    "lemma tune --listed sample logreg",
    *(f"lemma train sample logreg {run}" for run in (0, 1)),
    "lemma learning_curve sample logreg 0.5",
}
AFTER = {"lemma evaluate sample", "lemma report sample", "lemma track sample"}
NOTHING = "Nothing to be done"


def test_one_command_produces_every_result(finished: Project) -> None:
    metrics = finished.json("reports/sample/metrics.json")
    assert list(metrics["models"]) == ["cnn", "logreg", "majority", "mlp", "rnn"]
    for model in metrics["models"].values():
        assert [run["run"] for run in model["runs"]] == [0, 1]
        for part in ("train", "dev", "test"):
            assert model["summary"][part]["accuracy"].keys() == {"mean", "std", "low", "high"}
            assert model["runs"][0][part]["per_class"]["positive"].keys() == {
                "precision",
                "recall",
                "f1",
                "pr_auc",
                "support",
            }
    assert metrics["models"]["majority"]["summary"]["test"]["accuracy"]["mean"] == 0.5
    claims = finished.json("reports/exercises/claims.json")
    assert {claim["verdict"] for claim in claims} <= {"proved", "checked"}
    assert {claim["exercise"] for claim in claims} >= {4, 7}
    assert len(PdfReader(finished.folder / "reports/sample/report.pdf").pages) <= 5
    assert "Ada Example" in "".join(
        p.extract_text() for p in PdfReader(finished.folder / "reports/sample/report.pdf").pages
    )
    for name in ("exercises.pdf", "evidence.pdf"):
        assert PdfReader(finished.folder / "reports" / name).pages


def test_both_engines_are_up_to_date_after_recording(project: Project) -> None:
    assert NOTHING in project.run("snakemake", "-n", "--cores", "2")
    assert "up to date" in project.run("dvc", "status")
    assert "Running stage" not in project.run("dvc", "repro")
    assert NOTHING in project.run("snakemake", "-n", "--cores", "2")
    assert project.run("git", "status", "--porcelain") == ""


def test_a_changed_value_reruns_what_it_touches_in_both_engines(project: Project) -> None:
    project.change(CHANGED)
    assert project.planned() == LOGREG | AFTER
    changed = project.run("dvc", "status", "--json")
    assert all(f"train@sample-logreg-{run}" in changed for run in (0, 1))
    assert "train@sample-rnn-0" not in changed
    done = project.run("dvc", "repro")
    ran = {line.removeprefix("> ").strip() for line in done.splitlines() if line.startswith("> lemma")}
    assert ran == LOGREG | AFTER
    assert "up to date" in project.run("dvc", "status")


def test_without_learning_curves_dvc_needs_none(project: Project) -> None:
    project.change({"learning_curve": {"train_fractions": []}, "evaluate": {"resamples": 300}})
    shutil.rmtree(project.folder / "learning_curve")
    done = project.run("dvc", "repro", "report@sample")
    assert {"> lemma evaluate sample", "> lemma report sample"} <= set(done.splitlines())


def test_a_clone_pulls_everything_and_reruns_only_what_a_change_touches(project: Project, tmp_path: Path) -> None:
    project.run("dvc", "remote", "add", "--local", "--default", "store", str(tmp_path / "store"))
    project.run("dvc", "push", "--quiet")
    project.run("git", "clone", "--quiet", ".", str(tmp_path / "clone"))
    clone = Project(tmp_path / "clone")
    clone.run("dvc", "remote", "add", "--local", "--default", "store", str(tmp_path / "store"))
    for command in ("dvc pull", "dvc status --quiet", "snakemake --touch --forceall --cores 1 --quiet all"):
        clone.run(*command.split())  # make pull
    assert NOTHING in clone.run("snakemake", "-n", "--cores", "2")
    assert "Running stage" not in clone.run("dvc", "repro")
    clone.change(CHANGED)
    assert clone.planned() == LOGREG | AFTER


def test_a_trained_model_classifies_new_texts(finished: Project, run_lemma: Callable[..., str]) -> None:
    for model in ("majority", "logreg", "mlp", "cnn", "rnn"):
        lines = run_lemma(
            finished, "predict", "sample", model, "A joy from start to end.", "Broken on arrival."
        ).splitlines()
        assert len(lines) == 2
        assert all('"label"' in line and '"probabilities"' in line for line in lines)


def test_invalid_values_are_reported_on_one_screen(project: Project) -> None:
    project.change({"models": {"cnn": {"filters": "many"}}, "train": {"epoch": 3}})
    for command in (["snakemake", "-n"], ["lemma", "train", "sample", "cnn", "0"]):
        text = project.run(*command, code=1 if command[0] == "snakemake" else 2)
        assert "Traceback" not in text
        assert "models.cnn.filters" in text
        assert "Did you mean 'epochs'?" in text
