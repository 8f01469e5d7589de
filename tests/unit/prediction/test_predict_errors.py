"""Tests that prediction refuses invalid models and inputs with a remedy."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lemma.errors import InputError
from lemma.models.mlp.model import Network
from lemma.prediction.predict import predict, predict_with
from tests.unit.training.conftest import Project
from tests.unit.training.tiny import DATASET


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("missing.zip", "missing.zip is not a file"),
        ("empty", "The folder empty contains no model.zip"),
        ("x" * 5000, "x... is not a file"),
        ("null\0", "is not a file"),
        ("text.zip", "text.zip is damaged: File is not a zip file"),
        ("cut.zip", "cut.zip is damaged"),
    ],
    ids=["missing", "empty folder", "long name", "null", "no zip", "cut short"],
)
def test_an_invalid_model_file_outside_of_a_project_is_refused_without_advice_to_retrain(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, message: str
) -> None:
    project.train("majority")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("no zip")
    (tmp_path / "cut.zip").write_bytes(project.layout.model(DATASET, "majority", 0).read_bytes()[:-400])
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        list(predict_with(Path(path), [["good"]]))
    assert "train again" not in caught.value.fix
    assert "snakemake" not in caught.value.fix


def test_an_untrained_run_is_refused_with_the_command_that_trains_it(project: Project) -> None:
    with pytest.raises(InputError, match="Run 7 of cnn on tiny is not trained") as caught:
        list(predict(project.layout, DATASET, "cnn", 7, [["x"]]))
    assert "snakemake" in caught.value.fix


def test_an_unknown_model_is_refused_with_the_valid_ones(project: Project) -> None:
    with pytest.raises(InputError, match="Unknown model 'transformer'") as caught:
        list(predict(project.layout, DATASET, "transformer", 0, [["x"]]))
    assert "majority, nb, logreg, nbsvm, mlp, cnn, rnn" in caught.value.fix


@pytest.mark.parametrize(
    "changed",
    [{"model": "transformer"}, {"model": "rnn"}, {"settings": {"filters": 4}}, {"classes": ["a"]}],
    ids=str,
)
def test_a_model_of_another_version_is_refused(project: Project, changed: dict[str, Any]) -> None:
    project.train("cnn")
    path = project.layout.model(DATASET, "cnn", 0)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["settings.json"] = json.dumps(json.loads(members["settings.json"]) | changed).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match="does not fit this version of lemma") as caught:
        list(predict(project.layout, DATASET, "cnn", 0, [["x"]]))
    assert f"rm {path}" in caught.value.fix


def test_a_model_with_renamed_settings_is_refused_with_their_present_names(project: Project) -> None:
    project.train("cnn")
    path = project.layout.model(DATASET, "cnn", 0)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    settings = json.loads(members["settings.json"])
    settings["settings"]["maps"] = settings["settings"].pop("filters")
    members["settings.json"] = json.dumps(settings).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    message = r"an older version trained it \(models\.cnn\.maps is called models\.cnn\.filters now\)"
    with pytest.raises(InputError, match=message):
        list(predict(project.layout, DATASET, "cnn", 0, [["x"]]))


def test_a_tokenizer_of_another_version_is_refused(project: Project) -> None:
    project.train("cnn")
    path = project.layout.model(DATASET, "cnn", 0)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (members | {"tokenizer.json": b'{"version": "1.0", "model": {}}'}).items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match="does not fit this version of lemma"):
        list(predict(project.layout, DATASET, "cnn", 0, [["x"]]))


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_a_text_that_exhausts_the_memory_is_not_reported_as_a_damaged_model(
    project: Project, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    project.train("mlp")

    def fail(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(Network, "classify", fail)
    with pytest.raises(InputError, match="'good film' is too long for this machine's memory") as caught:
        list(predict(project.layout, DATASET, "mlp", 0, [["good film", "bad"]]))
    assert caught.value.fix == "Shorten it."


def test_only_for_a_model_that_does_not_load_removal_is_advised(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.train("mlp")
    monkeypatch.setattr(Network, "classify", lambda *_: [][0])
    with pytest.raises(InputError, match="does not fit this version of lemma") as caught:
        list(predict(project.layout, DATASET, "mlp", 0, [["good"]]))
    assert "rm " not in caught.value.fix
