"""Contracts of lease_gpu cards, on a pretended `nvidia-smi`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from lemma.training import gpus

HOLD = """
import sys, time
from pathlib import Path
from lemma.training.gpus import lease_gpu
with lease_gpu("auto") as card:
    mark = Path(sys.argv[1]) / card
    mark.touch(exist_ok=False)  # fails where another process holds this card
    time.sleep(0.2)
    mark.unlink()
print(card)
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with two cards and a folder of its own for locks."""
    script = tmp_path / "nvidia-smi"
    script.write_text("#!/bin/sh\necho '0, GPU-a'\necho '1, GPU-b'\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in (gpus.VISIBLE_DEVICES, *gpus.SCHEDULER_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_two_processes_get_two_cards_and_a_third_waits(machine: Path) -> None:
    marks = machine / "marks"
    marks.mkdir()
    command = [sys.executable, "-c", HOLD, str(marks)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    printed = [process.communicate()[0].strip() for process in running]
    assert [process.returncode for process in running] == [0] * 6
    assert {*printed} == {"GPU-a", "GPU-b"}


@pytest.mark.usefixtures("machine")
def test_a_card_is_given_back_and_the_environment_is_as_before() -> None:
    environment: dict[str, str] = {}
    with gpus.lease_gpu("cuda", environment) as first, gpus.lease_gpu("cuda", dict(environment)) as second:
        assert environment == {"CUDA_VISIBLE_DEVICES": "GPU-a"}
        assert (first, second) == ("GPU-a", None)  # who sees one card has nothing to choose
    assert environment == {}
    with gpus.lease_gpu("cuda", environment) as again:
        assert again == "GPU-a"


@pytest.mark.usefixtures("machine")
def test_a_killed_process_holds_no_card() -> None:
    code = (
        "from lemma.training.gpus import lease_gpu\nimport sys, time\n"
        "with lease_gpu('auto'):\n print(1, flush=True)\n time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
    with gpus.lease_gpu("auto", {}) as card:
        assert card == "GPU-a"


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("device", "environment"),
    [
        ("cpu", {}),
        ("cuda", {"SLURM_JOB_ID": "7"}),
        ("cuda", {"CUDA_VISIBLE_DEVICES": "1"}),
        ("cuda", {"CUDA_VISIBLE_DEVICES": ""}),
    ],
)
def test_nothing_is_leased_where_nothing_is_to_be_chosen(device: str, environment: dict[str, str]) -> None:
    before = dict(environment)
    with gpus.lease_gpu(device, environment) as card:
        assert card is None
        assert environment == before


@pytest.mark.usefixtures("machine")
def test_only_cards_that_the_user_made_visible_are_leased() -> None:
    assert gpus.list_gpus({"CUDA_VISIBLE_DEVICES": "1,GPU-a,9"}) == ["GPU-b", "GPU-a"]


def test_a_broken_driver_counts_as_no_card(machine: Path) -> None:
    (machine / "nvidia-smi").write_text("#!/bin/sh\necho 'no driver'\nexit 9\n")
    assert gpus.list_gpus({}) == []
