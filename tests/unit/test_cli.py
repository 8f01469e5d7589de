"""The command line: exit codes, one clear screen for an expected error, and nothing heavy before it is needed."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from lemma import cli
from lemma.errors import CheckError, InputError
from lemma.layout import Layout
from tests.unit.training import tiny
from tests.unit.training.tiny import DATASET

STAGES = ["verify", "solutions", "download", "prepare", "tokenize", "train", "evaluate", "report", "track"]
HEAVY = [
    "matplotlib",
    "mlflow",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "sklearn",
    "sympy",
    "tokenizers",
    "torch",
    "typst",
]
ON_DATA = {stage: ["cnn", "0"] if stage == "train" else [] for stage in STAGES[2:]} | {"predict": ["cnn", "a text"]}


class Screen(tuple[int, str, str]):
    """What a command left: exit code, standard output, standard error."""

    code = property(lambda self: self[0])
    out = property(lambda self: self[1])
    err = property(lambda self: self[2])


Lemma = Callable[..., Screen]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a tokenized corpus."""
    tiny.write_corpus(Layout(tmp_path), tiny.documents())
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(tiny.settings()))
    return tmp_path


@pytest.fixture
def lemma(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lemma:
    """Return what runs `lemma` in the project, in this process."""
    monkeypatch.setattr(cli.Project, "layout", Layout())
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERMINAL_WIDTH", "100")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    def run(*arguments: str) -> Screen:
        monkeypatch.setattr(sys, "argv", ["lemma", *(["--root", str(root), *arguments] if arguments else [])])
        try:
            cli.main()
            code: Any = 0
        except SystemExit as end:
            code = end.code or 0
        return Screen((code, *capsys.readouterr()))

    return run


def change(root: Path, **values: Any) -> None:
    (root / "params.yaml").write_text(yaml.safe_dump(tiny.settings(**values)))


def test_help_lists_every_stage_and_every_command_says_what_it_does(lemma: Lemma) -> None:
    found = lemma("--help")
    assert found.code == 0
    for stage in [*STAGES, "ui", "predict", "trace"]:
        assert re.search(rf"^\W*{stage}\s+[A-Z]\w+ ", found.out, re.MULTILINE), stage
        assert lemma(stage, "--help").code == 0


def test_importing_the_command_line_imports_nothing_heavy() -> None:
    script = f"import sys, lemma.cli; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_finished_command_exits_with_0(lemma: Lemma) -> None:
    assert lemma("train", DATASET, "majority", "0").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("train",),
        ("train", DATASET, "cnn", "first"),
        ("train", DATASET, "cnn", "--", "-1"),
        ("train", DATASET, "cnn", "0", "more"),
        ("predict", DATASET),
        ("ui", "--port", "0"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2_and_no_traceback(lemma: Lemma, arguments: tuple[str, ...]) -> None:
    found = lemma(*arguments)
    assert found.code == 2
    assert "Traceback" not in found.err
    assert "Error" in found.err


def test_without_a_command_the_help_is_shown(lemma: Lemma) -> None:
    found = lemma()
    assert found.code == 2
    assert "predict" in found.out + found.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("what happened", "what to do"), 2),
        (CheckError("what happened", "what to do"), 1),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_expected_error_is_what_and_fix_and_an_exit_code(
    lemma: Lemma, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def failing() -> None:
        raise error

    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(failing)
    for raising in (lambda: app([]), failing):  # in a command, and before one is reached
        monkeypatch.setattr(cli, "app", raising)
        found = lemma()
        assert found.code == code
        assert found.out == ""
        assert found.err.strip() == ("" if code == 130 else "error: what happened\n  fix: what to do")


def test_a_long_message_with_brackets_is_printed_as_it_is(lemma: Lemma, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing() -> None:
        raise InputError("[bold]" + "x" * 300 + " [0, 1]", "write [red]")

    monkeypatch.setattr(cli, "app", failing)
    assert lemma().err == "error: [bold]" + "x" * 300 + " [0, 1]\n  fix: write [red]\n"


def test_a_defect_keeps_its_traceback(lemma: Lemma, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "app", failing)
    with pytest.raises(ZeroDivisionError):
        lemma()


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


@pytest.mark.parametrize("arguments", [("train", DATASET, "cmn", "0"), ("predict", DATASET, "cmn", "text")])
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
    assert "fix: Run lemma in the project's folder." in found.err


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


@pytest.mark.parametrize("exercise", ["4", "all"])
def test_outside_of_a_project_nothing_is_verified_or_written(lemma: Lemma, root: Path, exercise: str) -> None:
    (root / "params.yaml").unlink()
    screen = lemma("verify", exercise)
    assert screen.code == 2
    assert "params.yaml does not exist" in screen.err
    assert not (root / "reports").exists()
