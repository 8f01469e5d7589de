"""Commands on a data set: a wrong name or value is told with the valid ones, and `predict` prints lines of JSON."""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from lemma.stages.table import STAGES
from tests.unit.cli.conftest import Lemma
from tests.unit.training import tiny
from tests.unit.training.tiny import DATASET

WILDCARDS = {"shard": "0", "model": "cnn", "run": "0", "share": "50"}
ON_DATA = {
    name: [WILDCARDS[wildcard] for wildcard in stage.wildcards if wildcard != "dataset"]
    for name, stage in STAGES.items()
    if "dataset" in stage.wildcards
} | {"predict": ["cnn", "a text"], "publish": ["cnn"]}


def change(root: Path, **values: Any) -> None:
    (root / "params.yaml").write_text(yaml.safe_dump(tiny.settings(**values)))


@pytest.mark.parametrize("command", ON_DATA)
def test_an_unknown_dataset_exits_with_2_and_lists_the_valid_names(lemma: Lemma, root: Path, command: str) -> None:
    before = sorted(root.rglob("*"))
    found = lemma(command, "tinny", *ON_DATA[command])
    assert found.code == 2
    assert "error: Unknown dataset 'tinny'. Did you mean 'tiny'?" in found.err
    for name in ("sample", "sst2", "rt-polarity", "tiny"):
        assert name in found.err.partition("fix: Choose one of")[2]
    assert "Traceback" not in found.err
    assert sorted(root.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("train", "", "mlp", "0"), "dataset"),
        (("predict", "a" * 300, "cnn", "text"), "dataset"),
        (("predict", DATASET, "a" * 300, "text"), "model"),
    ],
    ids=["none", "long", "long model"],
)
def test_a_name_of_no_letter_or_of_hundreds_is_an_unknown_one(
    lemma: Lemma, arguments: tuple[str, ...], kind: str
) -> None:
    found = lemma(*arguments)
    assert found.code == 2
    assert f"error: Unknown {kind} '" in found.err


@pytest.mark.parametrize(
    "arguments",
    [("train", DATASET, "cmn", "0"), ("predict", DATASET, "cmn", "text"), ("publish", DATASET, "cmn")],
)
def test_an_unknown_model_exits_with_2_and_lists_the_valid_names(lemma: Lemma, arguments: tuple[str, ...]) -> None:
    found = lemma(*arguments)
    assert found.code == 2
    assert "error: Unknown model 'cmn'. Did you mean 'cnn'?" in found.err
    assert "fix: Choose one of: majority, nb, logreg, nbsvm, mlp, cnn, rnn." in found.err


@pytest.mark.parametrize("command", ["solutions", *ON_DATA])
def test_a_folder_without_params_is_told_as_such(lemma: Lemma, root: Path, command: str) -> None:
    (root / "params.yaml").unlink()
    found = lemma(command, *([DATASET, *ON_DATA[command]] if command in ON_DATA else []))
    assert found.code == 2
    assert "params.yaml does not exist" in found.err
    assert "git clone" in found.err


@pytest.mark.parametrize("command", ON_DATA)
def test_all_mistakes_in_params_are_told_at_once_with_the_valid_names(lemma: Lemma, root: Path, command: str) -> None:
    change(root, train={"epoch": 3, "clip": "much"}, models={"cnn": {"maps": -1}})
    found = lemma(command, DATASET, *ON_DATA[command])
    assert found.code == 2
    for words in ("3 mistakes", "train.epoch", "Did you mean 'epochs'?", "train.clip", "models.cnn.maps", "-1"):
        assert words in found.err
    assert "Traceback" not in found.err


def test_a_training_that_diverges_exits_with_1(lemma: Lemma, root: Path) -> None:
    change(root, models={"mlp": {"learning_rate": 1e30}})
    found = lemma("train", DATASET, "mlp", "0")
    assert found.code == 1
    assert "learning rate 1e+30" in found.err
    assert "fix: Lower the model's learning_rate" in found.err
    assert not (root / "models").exists()


def test_predict_prints_one_line_of_json_a_text_and_nothing_else(lemma: Lemma) -> None:
    lemma("train", DATASET, "logreg", "1")
    found = lemma("predict", DATASET, "logreg", "--run", "1", "good\nfilm", "", "\N{PILE OF POO}", "--", "--bad")
    assert (found.code, found.err) == (0, "")
    lines = [json.loads(line) for line in found.out.splitlines()]
    assert len(lines) == 4
    for line in lines:
        assert line["label"] in tiny.CLASSES
        assert sum(line["probabilities"].values()) == pytest.approx(1, abs=2e-6)


def test_predict_reads_a_line_each_from_standard_input_where_no_text_is_given(
    lemma: Lemma, monkeypatch: pytest.MonkeyPatch
) -> None:
    lemma("train", DATASET, "logreg", "0")
    monkeypatch.setattr("sys.stdin", io.StringIO("good film\n\nbad\n"))
    found = lemma("predict", DATASET, "logreg")
    assert found.out == lemma("predict", DATASET, "logreg", "good film", "", "bad").out
    assert len(found.out.splitlines()) == 3


def test_predict_needs_no_params_where_the_model_is_trained(lemma: Lemma, root: Path) -> None:
    lemma("train", DATASET, "majority", "0")
    (root / "params.yaml").unlink()
    assert lemma("predict", DATASET, "majority", "text").code == 0


def test_an_untrained_model_exits_with_2_and_says_how_to_train_it(lemma: Lemma) -> None:
    found = lemma("predict", DATASET, "cnn", "text")
    assert found.code == 2
    assert "No run 0 of cnn on tiny is trained" in found.err
    assert "fix: Run `snakemake" in found.err


def test_predict_takes_a_model_of_any_folder_and_then_every_argument_is_a_text(
    lemma: Lemma, root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    lemma("train", DATASET, "logreg", "1")
    texts = ["good film", "", "bad"]
    expected = lemma("predict", DATASET, "logreg", "--run", "1", "--explain", *texts).out
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (root / "models" / DATASET / "logreg" / "1" / "model.zip").rename(elsewhere / "model.zip")
    monkeypatch.chdir(elsewhere)
    shutil.rmtree(root)
    for place in ("model.zip", ".", str(elsewhere)):
        found = lemma("predict", "--model", place, "--explain", *texts)
        assert (found.code, found.out, found.err) == (0, expected, ""), place
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{text}\n" for text in texts)))
    assert lemma("predict", "--model", "model.zip", "--explain").out == expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--model", "missing.zip", "text"), "error: missing.zip is not a file."),
        (("--model", "models:/lemma-tiny-cnn", "text"), "error: 'models:/lemma-tiny-cnn' names no registered model."),
        (("--model", "models:/lemma-tiny-cnn@champion", "text"), "error: There is no MLflow store at sqlite:///"),
        (("--model", "model.zip", "--run", "1", "text"), "--run chooses among the runs"),
    ],
    ids=["file", "form", "store", "run"],
)
def test_a_model_that_cannot_be_had_exits_with_2_and_leaves_nothing_behind(
    lemma: Lemma, root: Path, arguments: tuple[str, ...], words: str
) -> None:
    before = sorted(root.rglob("*"))
    found = lemma("predict", *arguments)
    assert found.code == 2
    assert words in found.err
    assert "Traceback" not in found.err
    assert sorted(root.rglob("*")) == before
