"""Commands on a data set: errors for unknown names and invalid values list the valid ones; `predict` prints JSON."""

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

WILDCARDS = {"shard": "0", "model": "cnn", "run": "0", "fraction": "0.5"}
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
    screen = lemma(command, "tinny", *ON_DATA[command])
    assert screen.code == 2
    assert "error: Unknown dataset 'tinny'. Did you mean 'tiny'?" in screen.err
    for name in ("sample", "sst2", "rt-polarity", "tiny"):
        assert name in screen.err.partition("fix: Choose one of")[2]
    assert "Traceback" not in screen.err
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
def test_an_empty_or_very_long_name_is_unknown(lemma: Lemma, arguments: tuple[str, ...], kind: str) -> None:
    screen = lemma(*arguments)
    assert screen.code == 2
    assert f"error: Unknown {kind} '" in screen.err


@pytest.mark.parametrize(
    "arguments",
    [("train", DATASET, "cmn", "0"), ("predict", DATASET, "cmn", "text"), ("publish", DATASET, "cmn")],
)
def test_an_unknown_model_exits_with_2_and_lists_the_valid_names(lemma: Lemma, arguments: tuple[str, ...]) -> None:
    screen = lemma(*arguments)
    assert screen.code == 2
    assert "error: Unknown model 'cmn'. Did you mean 'cnn'?" in screen.err
    assert "fix: Choose one of: majority, nb, logreg, nbsvm, mlp, cnn, rnn." in screen.err


@pytest.mark.parametrize("command", ["solutions", *ON_DATA])
def test_a_missing_params_yaml_is_an_error_of_its_own(lemma: Lemma, root: Path, command: str) -> None:
    (root / "params.yaml").unlink()
    screen = lemma(command, *([DATASET, *ON_DATA[command]] if command in ON_DATA else []))
    assert screen.code == 2
    assert "params.yaml does not exist" in screen.err
    assert "git clone" in screen.err


@pytest.mark.parametrize("command", ON_DATA)
def test_all_mistakes_in_params_yaml_are_listed_at_once_with_the_valid_names(
    lemma: Lemma, root: Path, command: str
) -> None:
    change(root, train={"epoch": 3, "max_grad_norm": "much"}, models={"cnn": {"filters": -1}})
    screen = lemma(command, DATASET, *ON_DATA[command])
    assert screen.code == 2
    for words in (
        "3 mistakes",
        "train.epoch",
        "Did you mean 'epochs'?",
        "train.max_grad_norm",
        "models.cnn.filters",
        "-1",
    ):
        assert words in screen.err
    assert "Traceback" not in screen.err


def test_a_training_that_diverges_exits_with_1(lemma: Lemma, root: Path) -> None:
    change(root, models={"mlp": {"learning_rate": 1e30}})
    screen = lemma("train", DATASET, "mlp", "0")
    assert screen.code == 1
    assert "learning rate 1e+30" in screen.err
    assert "fix: Lower the model's learning_rate" in screen.err
    assert not (root / "models").exists()


def test_predict_prints_one_line_of_json_for_each_text_and_nothing_else(lemma: Lemma) -> None:
    lemma("train", DATASET, "logreg", "1")
    screen = lemma("predict", DATASET, "logreg", "--run", "1", "good\nfilm", "", "\N{PILE OF POO}", "--", "--bad")
    assert (screen.code, screen.err) == (0, "")
    lines = [json.loads(line) for line in screen.out.splitlines()]
    assert len(lines) == 4
    for line in lines:
        assert line["label"] in tiny.CLASSES
        assert sum(line["probabilities"].values()) == pytest.approx(1, abs=2e-6)


def test_predict_reads_one_text_a_line_from_standard_input(lemma: Lemma, monkeypatch: pytest.MonkeyPatch) -> None:
    lemma("train", DATASET, "logreg", "0")
    monkeypatch.setattr("sys.stdin", io.StringIO("good film\n\nbad\n"))
    screen = lemma("predict", DATASET, "logreg")
    assert screen.out == lemma("predict", DATASET, "logreg", "good film", "", "bad").out
    assert len(screen.out.splitlines()) == 3


def test_predict_with_a_trained_model_needs_no_params_yaml(lemma: Lemma, root: Path) -> None:
    lemma("train", DATASET, "majority", "0")
    (root / "params.yaml").unlink()
    assert lemma("predict", DATASET, "majority", "text").code == 0


def test_an_untrained_model_exits_with_2_and_says_how_to_train_it(lemma: Lemma) -> None:
    screen = lemma("predict", DATASET, "cnn", "text")
    assert screen.code == 2
    assert "Run 0 of cnn on tiny is not trained" in screen.err
    assert "fix: Run `snakemake" in screen.err


def test_predict_with_a_model_file_takes_every_argument_as_a_text(
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
        screen = lemma("predict", "--model", place, "--explain", *texts)
        assert (screen.code, screen.out, screen.err) == (0, expected, ""), place
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
def test_an_unavailable_model_exits_with_2_and_writes_nothing(
    lemma: Lemma, root: Path, arguments: tuple[str, ...], words: str
) -> None:
    before = sorted(root.rglob("*"))
    screen = lemma("predict", *arguments)
    assert screen.code == 2
    assert words in screen.err
    assert "Traceback" not in screen.err
    assert sorted(root.rglob("*")) == before
