"""What a terminal shows of a run, and what git sees of it."""

from tests.project import Project

TABLE = "sample: accuracy in %"
TRACKING = "reports/sample/tracking.json"


def test_a_complete_run_prints_scores_and_paths_and_no_reasons(project: Project) -> None:
    (project.folder / TRACKING).unlink()
    printed = project.run("snakemake", "--cores", "2")
    for text in ("Write the runs on sample to MLflow", "2 of 2 steps (100%) done", TABLE, "reports/sample/report.pdf"):
        assert text in printed
    assert "Reason:" not in printed
    assert project.run("git", "status", "--porcelain") == ""


def test_no_scores_are_printed_if_nothing_ran_or_a_file_was_requested(project: Project) -> None:
    assert TABLE not in project.run("snakemake", "--touch", "--forceall", "--cores", "2")
    (project.folder / TRACKING).unlink()
    for words in (("-n",), (TRACKING,)):
        assert TABLE not in project.run("snakemake", "--cores", "2", *words)


def test_a_dry_run_prints_reasons_on_request(project: Project) -> None:
    project.change({"evaluate": {"resamples": 300}})
    assert "Reason: Params have changed" in project.run("snakemake", "-n", "--quiet", "host")
