"""After Ctrl-C Snakemake can clean up; a second Ctrl-C kills it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lemma.experiments.process import run_process


class Interrupted:
    """A process whose first calls of `wait` are interrupted by Ctrl-C."""

    def __init__(self, interrupts: int) -> None:
        self.interrupts, self.is_killed, self.waits = interrupts, False, 0

    def __call__(self, *_: Any, **__: Any) -> "Interrupted":
        return self

    def wait(self) -> int:
        self.waits += 1
        if self.waits <= self.interrupts:
            raise KeyboardInterrupt
        return 0

    def kill(self) -> None:
        self.is_killed = True


@pytest.mark.parametrize(("interrupts", "is_killed"), [(1, False), (2, True)])
def test_after_ctrl_c_the_end_of_the_process_is_awaited(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, interrupts: int, is_killed: bool
) -> None:
    process = Interrupted(interrupts)
    monkeypatch.setattr(subprocess, "Popen", process)
    with pytest.raises(KeyboardInterrupt):
        run_process(["snakemake"], tmp_path, {})
    assert process.is_killed == is_killed
    assert process.waits == interrupts + 1


def test_the_exit_code_is_that_of_the_command(tmp_path: Path) -> None:
    assert run_process([sys.executable, "-c", "raise SystemExit(3)"], tmp_path, {}) == 3
