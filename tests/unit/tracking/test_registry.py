"""A published model is a version in the MLflow registry that needs nothing else and predicts as `lemma predict`."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lemma.errors import InputError
from lemma.evaluation.evaluate import evaluate
from lemma.evaluation.selection import select_run
from lemma.layout import Layout
from lemma.prediction.predict import predict
from lemma.tracking import download_model, packaging, registry, store, track
from lemma.tracking.identity import KEY
from lemma.training.train import train
from tests.unit.training import tiny
from tests.unit.training.tiny import DATASET, RecordingCallback

MODELS, RUNS = ["logreg", "mlp"], [0, 1]
NAME = f"lemma-{DATASET}-mlp"
TEXTS = ["a good film", "", "awful \N{PILE OF POO} \u4e0d\u597d", "the film was good . " * 2000, *["bad plot"] * 70]
# What a machine does that has MLflow and the requirements, but no lemma.
LOAD = """
import json, sys
from pathlib import Path
sys.path = [path for path in sys.path if not (Path(path) / "lemma").is_dir()]
import mlflow
model = mlflow.pyfunc.load_model(sys.argv[1])
texts = json.load(sys.stdin)
import lemma, pandas
assert Path(lemma.__file__).is_relative_to(sys.argv[2]), lemma.__file__
frame = model.predict(pandas.DataFrame({"text": texts}))
assert frame == model.predict(texts)
print(json.dumps(frame))
"""


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """A project with trained models that are in MLflow and not published."""
    layout = Layout(tmp_path_factory.mktemp("tracked"))
    tiny.write_corpus(layout, tiny.documents())
    values = tiny.values(experiment={"models": MODELS})
    layout.params.write_text(yaml.safe_dump(tiny.settings(experiment={"models": MODELS})))
    for model in MODELS:
        for run in RUNS:
            train(layout, DATASET, model, run, values, RecordingCallback())
    evaluate(layout, DATASET, MODELS, RUNS, values.evaluate)
    track(layout, DATASET, MODELS, RUNS, uri=store.default_uri(layout))
    return layout


@pytest.fixture
def project(tracked: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A copy of that project."""
    monkeypatch.delenv(store.VARIABLE, raising=False)
    return Layout(Path(shutil.copytree(tracked.root, tmp_path / "project")))


def publish(layout: Layout, model: str = "mlp", run: int | None = None) -> registry.ModelVersion:
    score = select_run(layout, DATASET, model, run)
    return registry.register_model(layout, registry.Candidate(DATASET, model, score.run, score.metric, score.value))


def champion(layout: Layout, name: str = NAME) -> Any:
    with store.connect(store.default_uri(layout)) as client:
        return client.get_model_version_by_alias(name, registry.CHAMPION)


def count_versions(layout: Layout) -> int:
    with store.connect(store.default_uri(layout)) as client:
        return len(client.search_model_versions())


def files_of(layout: Layout, model: str) -> Path:
    """Return the folder of a registered model."""
    return download_model.download_model(layout, model, Path()).parents[1]


def test_the_best_run_on_dev_is_published_with_its_origin(project: Layout) -> None:
    score = select_run(project, DATASET, "mlp")
    published = publish(project)
    assert published == registry.ModelVersion(NAME, "1", True)
    version = champion(project)
    assert str(version.version) == "1"
    tags = {name: version.tags[name] for name in ("dataset", "model", "run", "dev_accuracy")}
    assert tags == {"dataset": DATASET, "model": "mlp", "run": str(score.run), "dev_accuracy": f"{score.value:.6f}"}
    assert f"Run {score.run} of mlp on {DATASET}" in version.description
    assert f"Accuracy on dev: {score.value:.4f}." in version.description
    with store.connect(store.default_uri(project)) as client:
        run = client.get_run(version.run_id)
        assert run.data.tags[KEY] == f"{DATASET}/mlp/{score.run}"
        assert run.outputs is not None
        (logged,) = run.outputs.model_outputs
        model = client.get_logged_model(logged.model_id)
    assert (model.status, model.source_run_id) == ("READY", version.run_id)
    assert json.loads(model.tags[registry.VERSIONS]) == [{"name": NAME, "version": 1}]


def test_publishing_twice_or_tracking_again_changes_nothing(project: Layout) -> None:
    publish(project)
    before = champion(project).last_updated_timestamp
    track(project, DATASET, MODELS, RUNS)
    assert publish(project) == registry.ModelVersion(NAME, "1", False)
    assert (count_versions(project), champion(project).last_updated_timestamp) == (1, before)


def test_another_run_is_another_version_and_the_one_published_last_is_the_champion(project: Layout) -> None:
    assert publish(project, run=0) == registry.ModelVersion(NAME, "1", True)
    assert publish(project, run=1) == registry.ModelVersion(NAME, "2", True)
    assert champion(project).tags["run"] == "1"
    assert publish(project, run=0) == registry.ModelVersion(NAME, "1", False)
    assert champion(project).tags["run"] == "0"
    assert count_versions(project) == 2


@pytest.mark.parametrize("model", MODELS)
def test_a_published_model_predicts_the_same_as_lemma_predict_without_lemma(
    project: Layout, model: str, tmp_path: Path
) -> None:
    published = publish(project, model, 1)
    expected = [json.loads(line) for line in predict(project, DATASET, model, 1, [TEXTS])]
    shutil.rmtree(project.root / "models")
    folder = files_of(project, published.uri)
    (tmp_path / "load.py").write_text(LOAD)
    done = subprocess.run(
        [sys.executable, "-P", tmp_path / "load.py", folder, folder],
        input=json.dumps(TEXTS),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == expected


@pytest.mark.parametrize(("model", "own", "foreign"), [("mlp", "torch", "skops"), ("logreg", "skops", "torch")])
def test_a_published_model_has_no_pickle_and_pinned_requirements(
    project: Layout, model: str, own: str, foreign: str
) -> None:
    folder = files_of(project, publish(project, model, 0).uri)
    suffixes = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert suffixes == {"", ".json", ".py", ".txt", ".yaml", ".zip"}
    assert (folder / packaging.MODEL).read_bytes() == project.model(DATASET, model, 0).read_bytes()
    needed = (folder / "requirements.txt").read_text().splitlines()
    assert all(line.count("==") == 1 and "+" not in line for line in needed)
    names = {line.partition("==")[0] for line in needed}
    assert {"mlflow", own} <= names
    assert not {"lemma", foreign} & names, "the lemma of the package index is an unrelated project"


def test_the_signature_is_strings_to_a_label_and_a_probability_for_each_class(project: Layout) -> None:
    folder = files_of(project, publish(project).uri)
    signature = yaml.safe_load((folder / "MLmodel").read_text())["signature"]
    assert json.loads(signature["inputs"]) == [{"type": "string", "required": True}]
    label, probabilities = json.loads(signature["outputs"])
    assert (label["name"], label["type"], probabilities["name"]) == ("label", "string", "probabilities")
    assert list(probabilities["properties"]) == tiny.CLASSES
    assert json.loads((folder / "serving_input_example.json").read_text()) == {"inputs": packaging.EXAMPLE}


def test_a_training_that_is_not_tracked_is_not_published(project: Layout) -> None:
    (project.root / "mlflow.db").unlink()
    with pytest.raises(InputError, match=r"Run \d of mlp on tiny is not in MLflow at sqlite:///") as caught:
        publish(project)
    assert caught.value.fix == f"Run `lemma track {DATASET}`."


def test_a_failed_upload_leaves_no_model(project: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OSError("broken")

    monkeypatch.setattr(packaging, "package_model", fail)
    with pytest.raises(InputError, match="broken"):
        publish(project)
    with store.connect(store.default_uri(project)) as client:
        assert client.search_logged_models([store.get_or_create_experiment(client, DATASET)]) == []
        assert client.search_model_versions() == []


def test_a_model_is_downloaded_by_alias_and_by_version_even_if_its_run_was_deleted(
    project: Layout, tmp_path: Path
) -> None:
    for run in RUNS:
        publish(project, run=run)
    run_id = champion(project).run_id
    with store.connect(store.default_uri(project)) as client:
        client.delete_run(run_id)
    for uri, run in ((f"models:/{NAME}@champion", 1), (f"models:/{NAME}/1", 0), (f"models:/{NAME}/2", 1)):
        path = download_model.download_model(project, uri, tmp_path)
        assert path.read_bytes() == project.model(DATASET, "mlp", run).read_bytes()


@pytest.mark.parametrize(
    ("uri", "words", "fix"),
    [
        ("models:/lemma-tiny-mpl@champion", "Did you mean 'lemma-tiny-mlp'", "Choose one of: lemma-tiny-mlp."),
        ("models:/lemma-tiny-mpl/1", "Did you mean 'lemma-tiny-mlp'", "Choose one of: lemma-tiny-mlp."),
        ("models:/lemma-tiny-mlp@best", "Unknown alias of lemma-tiny-mlp 'best'", "Choose one of: champion."),
        ("models:/lemma-tiny-mlp/7", "has no version 7", "Choose another: models:/lemma-tiny-mlp@champion."),
        ("models:/it's@champion", "Unknown registered model 'it's'", "Choose one of: lemma-tiny-mlp."),
        *((form, "names no registered model", "") for form in ("models:", "models:/a", "models:/a/b/1", "models:/a/٣")),
    ],
)
def test_an_unknown_model_is_an_error_with_the_valid_names(project: Layout, uri: str, words: str, fix: str) -> None:
    publish(project)
    with pytest.raises(InputError, match=words) as caught:
        download_model.download_model(project, uri, Path())
    assert fix in caught.value.fix


def test_a_registered_model_without_a_model_zip_is_an_error(project: Layout, tmp_path: Path) -> None:
    with store.connect(store.default_uri(project)) as client:
        client.create_registered_model("other")
        client.create_model_version("other", (tmp_path / "empty").as_uri())
    with pytest.raises(InputError, match=r"models:/other/1 holds no model\.zip"):
        download_model.download_model(project, "models:/other/1", tmp_path)


def test_in_a_project_that_was_moved_the_model_is_published_again(project: Layout, tmp_path: Path) -> None:
    uri = publish(project).uri
    moved = Layout(project.root.rename(tmp_path / "moved"))
    with pytest.raises(InputError, match="does not exist") as caught:
        download_model.download_model(moved, uri, tmp_path)
    assert "lemma publish" in caught.value.fix
    assert publish(moved) == registry.ModelVersion(NAME, "2", True)
    assert download_model.download_model(moved, uri, tmp_path).is_relative_to(moved.root)
