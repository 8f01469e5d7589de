"""The command line: exit codes, messages of expected errors, help, and libraries that are imported only if needed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from lemma import cli
from lemma.errors import CheckError, InputError
from lemma.stages.table import STAGES
from tests.unit.cli.conftest import Lemma
from tests.unit.training.tiny import DATASET

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


def test_help_lists_every_stage_and_every_command_has_a_help(lemma: Lemma) -> None:
    screen = lemma("--help")
    assert screen.code == 0
    for stage in [*STAGES, "ui", "predict", "publish", "trace"]:
        assert re.search(rf"^\W*{stage}\s+[A-Z]\w+ ", screen.out, re.MULTILINE), stage
        assert lemma(stage, "--help").code == 0


def test_the_help_of_a_stage_is_that_of_the_table() -> None:
    callbacks = [command.callback for command in cli.app.registered_commands if command.callback is not None]
    helps = {callback.__name__: str(callback.__doc__).partition("\n")[0] for callback in callbacks}
    for stage in STAGES.values():
        assert helps[stage.name] == f"{stage.help}."


def test_importing_the_command_line_imports_no_large_library() -> None:
    script = f"import sys, lemma.cli; print([name for name in {HEAVY} if name in sys.modules])"
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "[]"


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
        ("predict",),
        ("predict", DATASET),
        ("publish", DATASET, "cnn", "first"),
        ("ui", "--port", "0"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2_and_no_traceback(lemma: Lemma, arguments: tuple[str, ...]) -> None:
    screen = lemma(*arguments)
    assert screen.code == 2
    assert "Traceback" not in screen.err
    assert "Error" in screen.err


def test_without_a_command_the_help_is_printed(lemma: Lemma) -> None:
    screen = lemma()
    assert screen.code == 2
    assert "predict" in screen.out + screen.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("what happened", "what to do"), 2),
        (CheckError("what happened", "what to do"), 1),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_expected_error_is_a_message_a_fix_and_an_exit_code(
    lemma: Lemma, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def failing() -> None:
        raise error

    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(failing)
    for raising in (lambda: app([]), failing):  # in a command, and before one is reached
        monkeypatch.setattr(cli, "app", raising)
        screen = lemma()
        assert screen.code == code
        assert screen.out == ""
        assert screen.err.strip() == ("" if code == 130 else "error: what happened\n  fix: what to do")


def test_a_long_message_with_brackets_is_printed_unchanged(lemma: Lemma, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing() -> None:
        raise InputError("[bold]" + "x" * 300 + " [0, 1]", "write [red]")

    monkeypatch.setattr(cli, "app", failing)
    assert lemma().err == "error: [bold]" + "x" * 300 + " [0, 1]\n  fix: write [red]\n"


def test_a_bug_keeps_its_traceback(lemma: Lemma, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "app", failing)
    with pytest.raises(ZeroDivisionError):
        lemma()


@pytest.mark.parametrize("exercise", ["4", "all"])
def test_outside_of_a_project_nothing_is_verified_or_written(lemma: Lemma, root: Path, exercise: str) -> None:
    (root / "params.yaml").unlink()
    screen = lemma("verify", exercise)
    assert screen.code == 2
    assert "params.yaml does not exist" in screen.err
    assert not (root / "reports").exists()


def test_named_experiments_are_listed_and_a_mistake_in_one_exits_with_2(lemma: Lemma) -> None:
    screen = lemma("experiment", "list")
    assert (screen.code, screen.out.split()[:2]) == (0, ["name", "data"])
    assert "params.yaml" in screen.out
    for command in (("run", "none"), ("compare", "none", "."), ("track", "none"), ("run", "none", "--set", "a=1")):
        screen = lemma("experiment", *command)
        assert screen.code == 2, command
        assert "fix:" in screen.err


def test_damaged_results_are_named_after_the_table_of_experiments(lemma: Lemma, root: Path) -> None:
    (root / "reports" / DATASET).mkdir(parents=True)
    (root / "reports" / DATASET / "metrics.json").write_text("{")
    screen = lemma("experiment", "list")
    assert screen.code == 2
    assert "damaged" in screen.out
    assert f"{DATASET}/metrics.json is not JSON" in screen.err


def test_trace_prints_the_steps_or_typesets_them(lemma: Lemma, root: Path) -> None:
    network = root / "network.yaml"
    network.write_text("eta: 1\nneurons: {x: {input: 1}, y: {activation: sigmoid, weights: {x: 0}, target: 1}}")
    screen = lemma("trace", str(network), "--steps", "2", "--digits", "3", "--momentum", "0.5")
    assert screen.code == 0
    assert "w x -> y   0.125 + 1·1·0.117 + 0.5·0.125 = 0.304" in screen.out
    screen = lemma("trace", str(network), "--pdf", str(root / "sheet.pdf"))
    assert (screen.code, screen.out) == (0, f"wrote {root / 'sheet.pdf'}\n")
    assert (root / "sheet.pdf").read_bytes().startswith(b"%PDF")
    assert lemma("trace", str(network), "--delta", "none").code == 2


def test_text_is_printed_in_an_encoding_that_lacks_its_characters(root: Path) -> None:
    network = root / "network.yaml"
    network.write_text("eta: 1\nneurons: {x: {input: 1}, έ: {activation: sign, weights: {x: 2}, target: 1}}", "utf-8")
    process = subprocess.run(
        [sys.executable, "-m", "lemma", "trace", str(network)],
        env={"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert r"neuron \u03ad" in process.stdout
    assert "net = 2*1 = 2" in process.stdout
