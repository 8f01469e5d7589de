"""`lemma why` and `lemma doctor` on a finished project, and on one that was damaged on purpose."""

import pytest

from tests.project import Project

MODEL = "models/sample/cnn/0/model.zip"
METRICS = "reports/sample/metrics.json"


def _why(project: Project, path: str) -> list[str]:
    return project.run("lemma", "why", path).splitlines()


def test_a_finished_project_is_current_and_has_no_problem(finished: Project) -> None:
    for path in (MODEL, "reports/sample/report.pdf"):
        assert _why(finished, path) == [f"Snakemake: {path} is current.", f"DVC: {path} is current."]
    assert "BAD" not in finished.run("lemma", "doctor")


def test_a_changed_value_is_the_cause_for_all_files_that_depend_on_it(project: Project) -> None:
    project.change({"models": {"cnn": {"dropout": 0.25}}})
    snakemake, dvc = _why(project, METRICS)
    assert snakemake == (
        f"Snakemake would make {METRICS} again: models.cnn.dropout is now 0.25, was 0.5. 3 jobs would run before it."
    )
    assert dvc == (
        f"DVC would make {METRICS} again: models.cnn in params.yaml is modified. 3 jobs would run before it."
    )
    for line in _why(project, "models/sample/mlp/0/model.zip"):
        assert line.endswith("is current.")


def test_a_changed_source_and_a_missing_output_are_named(project: Project) -> None:
    code = project.folder / "src/lemma/evaluation/curves.py"
    code.write_text(code.read_text() + "# changed\n")
    for line in _why(project, METRICS):
        assert "src/lemma/evaluation" in line  # DVC watches the folder
    (project.folder / MODEL).unlink()
    for line in _why(project, MODEL):
        assert f"{MODEL} is missing" in line


def test_dvc_detects_an_edited_output(project: Project) -> None:
    path = project.folder / METRICS
    path.write_text(path.read_text().replace("0.", "1.", 1))
    assert f"{METRICS} is modified" in _why(project, METRICS)[1]


def test_a_file_that_no_rule_makes_is_named(finished: Project) -> None:
    assert _why(finished, "params.yaml") == ["params.yaml is a source file: neither Snakemake nor DVC makes it."]
    assert METRICS in finished.run("lemma", "why", "reports/sample/metric.json", code=2)
    assert "outside" in finished.run("lemma", "why", "/etc/passwd", code=2)


BREAKAGES = {
    "packages": ("requirements.lock", "torch==1.0.0\nno-such-package==1\n"),
    "MLflow": ("mlflow.db", "no database"),
    "Snakemake": (".snakemake/locks/0.output.lock", "x"),
    "DVC": ("dvc.lock", "stages: ["),
    "params.yaml": ("params.yaml", "experiment: {"),
    "files": ("data/sample/tokens.arrow", "cut short"),
}


@pytest.mark.parametrize("subjects", [["params.yaml"], [name for name in BREAKAGES if name != "params.yaml"]])
def test_the_doctor_names_each_problem_and_its_fix(project: Project, subjects: list[str]) -> None:
    for name, content in map(BREAKAGES.__getitem__, subjects):
        (project.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (project.folder / name).write_text(content)
    printed = project.run("lemma", "doctor", code=1)
    assert "Traceback" not in printed
    lines = printed.splitlines()
    fixes = {}
    for subject in subjects:
        bad = [number for number, line in enumerate(lines) if line.startswith(f"BAD  {subject}:")]
        assert len(bad) == 1, printed
        assert lines[bad[0] + 1].strip().startswith("fix:")
        fixes[subject] = lines[bad[0] + 1].split("fix:")[1].strip()
    others = ["DVC"] if subjects == ["params.yaml"] else []  # which cannot read it either
    assert sum(line.startswith("BAD") for line in lines) == len(subjects + others), printed
    if "Snakemake" in subjects:
        for subject in ("Snakemake", "files"):
            project.run("bash", "-ec", fixes[subject])
        printed = project.run("lemma", "doctor", code=1)
        assert "ok   Snakemake:" in printed
        assert "ok   files:" in printed


def test_the_doctor_checks_the_sample_whichever_data_sets_are_in_the_experiment(project: Project) -> None:
    project.change({"experiment": {"datasets": ["sst2"]}})
    (project.folder / "data/sample/tokens.arrow").write_text("cut short")
    assert "data/sample/tokens.arrow is damaged" in project.run("lemma", "doctor", code=1)


def test_a_missing_mirror_is_named(finished: Project) -> None:
    printed = Project(finished.folder, {"LEMMA_MIRROR": "/no/such,http://127.0.0.1:9/"}).run("lemma", "doctor", code=1)
    assert "BAD  mirror:       /no/such is no folder" in printed
    assert printed.count("BAD  mirror:") == 2
