"""A Slurm cluster on this machine, and the pipeline on the sample, submitted to it."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.project import ROOT, Project, checkout
from tests.require import require

REMEDY = "apt-get install --no-install-recommends slurm-wlm"

SCRIPT = ROOT / "tests" / "cluster" / "slurm.sh"
SENT = (
    *(sys.executable, str(ROOT / "tests" / "cluster" / "submit.py"), "--workflow-profile", "profiles/slurm"),
    "--slurm-no-account",
    *("--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1"),
)


@dataclass(frozen=True)
class Job:
    """What Slurm keeps of a job."""

    number: int
    comment: str  # rule and wildcards
    state: str
    node: str
    gpus: int
    start: str  # 2026-11-23T13:38:10; such strings sort by time
    end: str
    restarts: int


@dataclass
class Cluster:
    """A running cluster: its commands, jobs and nodes."""

    folder: Path
    squeue: list[str] = field(default_factory=list)  # what ran at each look

    def environment(self, gpu: bool) -> dict[str, str]:
        """Return the environment of commands on a login node with or without a GPU."""
        places = [*([self.folder / "login"] if gpu else []), self.folder / "bin", os.environ["PATH"]]
        variables = {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": os.pathsep.join(map(str, places))}
        return variables | {"LEMMA_CHECKPOINT_SECONDS": "0"}  # one after every epoch

    def ask(self, *command: str) -> str:
        environment = os.environ | self.environment(gpu=False)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    def jobs(self) -> list[Job]:
        """Return all jobs that were submitted."""
        return [_job(line) for line in self.ask("scontrol", "show", "jobs", "-o").splitlines() if "JobId=" in line]

    def running(self, comment: str) -> Job | None:
        """Return the running job with this rule and these wildcards."""
        jobs = [job for job in self.jobs() if job.comment == comment and job.state == "RUNNING"]
        return jobs[-1] if jobs else None

    def processes(self, job: Job) -> list[psutil.Process]:
        """Return the job's processes on its node."""
        return [process for process in psutil.process_iter() if _variable(process, "SLURM_JOB_ID") == str(job.number)]

    def kill_node(self, name: str) -> None:
        """Let a node die: its daemon, its job steps and all that they run."""
        for process in psutil.process_iter():
            line = _line(process)
            if line[:1] == ["slurmd"] and line[-1] == name:
                _kill(process)
            elif _variable(process, "SLURMD_NODENAME") == name:
                for one in (*(above for above in _above(process) if "slurmstepd" in above.name()), process):
                    _kill(one)

    def look(self) -> None:
        """Add what runs now to the record."""
        for line in self.ask("squeue", "--noheader", "--states=R", "--format=%i %b %N %k").splitlines():
            self.squeue.append(f"{time.strftime('%H:%M:%S')} {line}")


def _job(line: str) -> Job:
    def value(name: str, default: str) -> str:
        match = re.search(rf"(?:^| ){name}=(\S+)", line)
        return match[1] if match and match[1] != "(null)" else default

    gpus = re.search(r"TresPerJob=gres:gpu:(\d+)", line)
    return Job(
        number=int(value("JobId", "0")),
        comment=value("Comment", ""),
        state=value("JobState", ""),
        node=value("NodeList", ""),
        gpus=int(gpus[1]) if gpus else 0,
        start=value("StartTime", ""),
        end=value("EndTime", ""),
        restarts=int(value("Restarts", "0")),
    )


def _variable(process: psutil.Process, name: str) -> str | None:
    try:
        return process.environ().get(name)
    except (psutil.Error, OSError):
        return None


def _line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.Error, OSError):
        return []


def _above(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.parents()
    except psutil.Error:
        return []


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three nodes, the first with one GPU; `nvidia-smi` on its login node lists a GPU too."""
    require("cluster", REMEDY, "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel", "srun")
    folder = tmp_path_factory.mktemp("slurm")
    (folder / "login").mkdir()
    (folder / "login" / "nvidia-smi").write_text("#!/bin/sh\necho '0, GPU-0'\n")
    (folder / "login" / "nvidia-smi").chmod(0o755)
    with subprocess.Popen([str(SCRIPT), str(folder), "3", "1"], stdout=subprocess.PIPE, text=True) as script:
        assert script.stdout is not None
        lines = []
        for line in script.stdout:
            lines.append(line)
            if line.startswith("ready"):
                break
        assert [line.split()[1] for line in lines[1:4]] == ["idle"] * 3, "".join(lines)
        try:
            yield Cluster(folder)
        finally:
            script.send_signal(signal.SIGTERM)
            script.wait()


@dataclass(frozen=True)
class Whole:
    """The pipeline on the sample after its run on the cluster, and what was observed."""

    project: Project
    printed: str
    jobs: list[Job]


def at(project: Project, cluster: Cluster, gpu: bool) -> Project:
    """Return the project as it is used from the cluster's login node."""
    return Project(project.folder, cluster.environment(gpu))


@pytest.fixture(scope="module")
def whole(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """The sample pipeline, sent through the cluster from a login node with a GPU."""
    project = checkout(tmp_path_factory.mktemp("cluster") / "project")
    project.change(
        {
            "exercises": [7],
            "experiment": {"models": ["majority", "cnn"]},
            "tokenize": {"shards": [0]},
            "tune": {"models": []},
        }
    )
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            cluster.look()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        printed = at(project, cluster, gpu=True).run(*SENT)
    finally:
        done.set()
        watcher.join()
    if place := os.environ.get("LEMMA_EVIDENCE"):
        (Path(place) / "slurm.log").write_text(printed)
        (Path(place) / "squeue.txt").write_text("\n".join(cluster.squeue))
        (Path(place) / "jobs.txt").write_text("\n".join(map(str, cluster.jobs())))
    return Whole(project, printed, cluster.jobs())
