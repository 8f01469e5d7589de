"""Experiments of DVC and of `lemma` reach the project's MLflow store wherever they run, and nothing there is lost."""

from pathlib import Path
from typing import Any

import pytest

from lemma.layout import Layout
from lemma.tracking import store
from lemma.tracking.identity import CURRENT, EXPERIMENT, KEY
from tests.project import SMALL, Project, checkout, recorded

# One model with a value to change, and the baseline; scikit-learn starts in half the time of torch.
VALUES = SMALL | {
    "exercises": [7],
    "experiment": {"datasets": ["sample"], "models": ["majority", "nb"], "runs": [0]},
    "tokenize": {"shards": [0]},
    "tune": {"models": []},
    "learning_curve": {"train_fractions": []},
    "models": {"nb": {"ngrams": 1, "char_ngrams": 0, "alpha": 0.5}},
}
AFTER = {  # depend on values of nb
    *("lemma tune --listed sample nb", "lemma train sample nb 0"),
    *("lemma evaluate sample", "lemma report sample", "lemma track sample"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished project that DVC has recorded."""
    return recorded(checkout(tmp_path_factory.mktemp("small") / "project", VALUES))


def runs(project: Project, where: str = "") -> list[Any]:
    with store.connect(store.default_uri(Layout(project.folder))) as client:
        return store.search_runs(client, store.get_or_create_experiment(client, "sample"), where)


def alphas(project: Project, key: str, where: str = "") -> list[str]:
    chosen = [run for run in runs(project, where) if run.data.tags[KEY] == key]
    return sorted(run.data.params["settings.alpha"] for run in chosen)


def current(project: Project) -> set[str]:
    chosen = runs(project, f"tags.`{CURRENT}` = 'true'")
    assert len({run.data.tags[KEY] for run in chosen}) == len(chosen), "a key has two current runs"
    return {run.info.run_id for run in chosen}


def keys(project: Project, experiment: str) -> set[str]:
    return {run.data.tags[KEY] for run in runs(project, f"tags.`{EXPERIMENT}` = '{experiment}'")}


def test_experiments_of_dvc_in_place_temporary_and_queued_can_all_be_compared(project: Project) -> None:
    before = current(project)
    project.run("dvc", "exp", "run", "--temp", "--name", "low", "--set-param", "models.nb.alpha=0.1")
    assert current(project) == before, "the results in the project are the same"
    project.run("dvc", "exp", "run", "--queue", "--name", "high", "--set-param", "models.nb.alpha=0.9")
    project.run("dvc", "exp", "run", "--run-all")
    assert current(project) == before
    done = project.run("dvc", "exp", "run", "--name", "middle", "--set-param", "models.nb.alpha=0.3")
    ran = {line.removeprefix("> ").strip() for line in done.splitlines() if line.startswith("> lemma")}
    assert ran == AFTER
    assert "models.nb.alpha" in project.run("dvc", "exp", "diff", "HEAD")
    for key in ("sample/nb", "sample/nb/0"):
        assert alphas(project, key) == ["0.1", "0.3", "0.5", "0.9"]
        assert alphas(project, key, f"tags.`{CURRENT}` = 'true'") == ["0.3"]
    names = {run.info.run_name for run in runs(project) if run.data.tags[KEY] == "sample/nb"}
    assert names == {"nb", "nb low", "nb high", "nb middle"}
    assert [run.data.tags[KEY] for run in runs(project)].count("sample/majority/0") == 1, "it was not trained again"
    assert keys(project, "low") == {"sample", "sample/nb", "sample/nb/0"}

    # Values that were tried before come from DVC's cache, and no stage runs: then `make ui` tells which are current.
    project.run("dvc", "exp", "run", "--name", "again", "--set-param", "models.nb.alpha=0.5")
    project.run("lemma", "track", "sample")
    assert alphas(project, "sample/nb/0", f"tags.`{CURRENT}` = 'true'") == ["0.5"]
    assert current(project) == before


def test_a_named_experiment_is_run_tracked_listed_and_compared_with_the_present_results(project: Project) -> None:
    before, trained = current(project), {path: path.stat().st_mtime_ns for path in models(project)}
    values = ("models.nb.alpha=5", "experiment.models=[nb]")
    options = [option for value in values for option in ("--set", value)]
    project.run("lemma", "experiment", "run", "smooth", *options, "--note", "More smoothing.", "--cores", "2")
    experiment = (project.folder / "benchmark" / "smooth.yaml").read_text()
    assert experiment == "# More smoothing.\nmodels.nb.alpha: 5\nexperiment.models: [nb]\n"
    results = project.json("reports/benchmark/smooth.json")
    assert results.keys() == {"name", "overrides", "params", "results", "sources"}
    commit = project.run("git", "rev-parse", "HEAD").strip()
    assert results["sources"]["0"]["commit"] == commit
    assert results["results"]["sample"].keys() == {"metrics", "cost"}
    assert {path: path.stat().st_mtime_ns for path in models(project)} == trained
    assert current(project) == before
    assert keys(project, "smooth") == {"sample/nb", "sample/nb/0"}
    assert not (project.folder / ".benchmark" / "smooth" / "mlflow.db").exists()
    rows = {line.split()[0]: line for line in project.run("lemma", "experiment", "list", COLUMNS="120").splitlines()}
    assert "  run  " in rows["smooth"]
    assert "models.nb.alpha=5" in rows["smooth"]
    assert "  run  " in rows["params.yaml"]
    printed = project.run("lemma", "experiment", "compare", "params.yaml", "smooth")
    assert "sample, dev: accuracy in %" in printed
    assert "Paired bootstrap over 128 documents" in printed
    assert "models.nb.alpha" in printed.split("sample, dev")[0], "the values that differ"
    assert "majority" not in printed


def models(project: Project) -> list[Path]:
    return sorted((project.folder / "models").rglob("*.*"))
