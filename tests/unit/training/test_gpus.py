"""Tests of GPU leases, with a simulated `nvidia-smi`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from lemma.training import gpus

LEASE = """
import sys, time
from pathlib import Path
from lemma.training.gpus import lease_gpu
with lease_gpu("auto") as gpu:
    mark = Path(sys.argv[1]) / gpu
    mark.touch(exist_ok=False)  # fails if another process leases this GPU
    time.sleep(0.2)
    mark.unlink()
print(gpu)
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with two GPUs and its own folder for locks."""
    script = tmp_path / "nvidia-smi"
    script.write_text("#!/bin/sh\necho '0, GPU-a'\necho '1, GPU-b'\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in (gpus.VISIBLE_DEVICES, *gpus.SCHEDULER_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_two_processes_lease_two_gpus_and_a_third_waits(machine: Path) -> None:
    marks = machine / "marks"
    marks.mkdir()
    command = [sys.executable, "-c", LEASE, str(marks)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    printed = [process.communicate()[0].strip() for process in running]
    assert [process.returncode for process in running] == [0] * 6
    assert {*printed} == {"GPU-a", "GPU-b"}


@pytest.mark.usefixtures("machine")
def test_a_lease_ends_with_its_block_and_restores_the_environment() -> None:
    environment: dict[str, str] = {}
    with gpus.lease_gpu("cuda", environment) as first, gpus.lease_gpu("cuda", dict(environment)) as second:
        assert environment == {"CUDA_VISIBLE_DEVICES": "GPU-a"}
        assert (first, second) == ("GPU-a", None)  # only one GPU is visible, so that none is leased
    assert environment == {}
    with gpus.lease_gpu("cuda", environment) as again:
        assert again == "GPU-a"


@pytest.mark.usefixtures("machine")
def test_a_killed_process_releases_its_gpu() -> None:
    code = (
        "from lemma.training.gpus import lease_gpu\nimport sys, time\n"
        "with lease_gpu('auto'):\n print(1, flush=True)\n time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
    with gpus.lease_gpu("auto", {}) as gpu:
        assert gpu == "GPU-a"


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
def test_no_gpu_is_leased_on_cpu_under_a_scheduler_or_with_one_visible(
    device: str, environment: dict[str, str]
) -> None:
    before = dict(environment)
    with gpus.lease_gpu(device, environment) as gpu:
        assert gpu is None
        assert environment == before


@pytest.mark.usefixtures("machine")
def test_only_visible_gpus_are_leased() -> None:
    assert gpus.list_gpus({"CUDA_VISIBLE_DEVICES": "1,GPU-a,9"}) == ["GPU-b", "GPU-a"]


def test_a_broken_driver_counts_as_no_gpu(machine: Path) -> None:
    (machine / "nvidia-smi").write_text("#!/bin/sh\necho 'no driver'\nexit 9\n")
    assert gpus.list_gpus({}) == []
