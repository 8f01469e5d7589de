"""Progress is a bar on a terminal and lines elsewhere, always on standard error."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import pytest

from lemma.progress import progress, say


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """Make standard error a terminal of 120 columns, independent of the environment's colour settings."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    with redirect_stderr(Terminal()) as stream:
        yield stream


def plain_text(stream: io.StringIO) -> str:
    """Return what was written to a stream, without escape codes."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())


def test_a_line_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    say("from the mirror")
    assert capsys.readouterr() == ("", "from the mirror\n")


@pytest.mark.parametrize("total", [3.0, None])
def test_without_a_terminal_each_note_is_a_line_and_steps_without_a_note_print_nothing(
    total: float | None, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress("cnn 0", total, "epochs") as step:
        step(1, "")
        step(1, "dev loss 0.50")
        step(1, "dev loss 0.40")
    assert capsys.readouterr() == ("", "cnn 0: dev loss 0.50\ncnn 0: dev loss 0.40\n")


@pytest.mark.parametrize(("unit", "amount"), [("epochs", "2/3"), ("bytes", "2/3 bytes")])
def test_on_a_terminal_title_amount_and_note_are_shown(
    unit: str, amount: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with terminal(monkeypatch) as stream, progress("cnn 0", 3, unit) as step:
        step(1, "dev loss 0.50")
        step(1, "")
    last = plain_text(stream).rstrip().splitlines()[-1]
    for part in ("cnn 0", amount, "dev loss 0.50"):
        assert part in last
    assert capsys.readouterr() == ("", "")


def test_a_negative_step_moves_the_bar_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as stream, progress("file", 10, "bytes") as step:
        step(8, "")
        step(-6, "")
    assert "2/10 bytes" in plain_text(stream).rstrip().splitlines()[-1]


def test_a_task_of_unknown_size_shows_its_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as stream, progress("file", None, "bytes") as step:
        step(5, "still going")
    assert "still going" in plain_text(stream)


def test_an_exception_passes_through_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="diverged"), terminal(monkeypatch), progress("cnn 0", 3, "epochs"):
        raise ValueError("diverged")
