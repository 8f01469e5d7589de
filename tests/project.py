"""A checkout in which tests run the whole pipeline with small parameters: a few seconds of training."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from lemma import params
from lemma.errors import LemmaError
from lemma.stages.generated import write_generated
from lemma.stages.jobs import jobs

ROOT = Path(__file__).parents[1]
SMALL: dict[str, Any] = {
    "exercises": [4, 7],
    "experiment": {"datasets": ["sample"], "models": ["majority", "logreg", "mlp", "cnn", "rnn"], "runs": [0, 1]},
    "tokenize": {"shards": [0, 1]},
    "train": {"epochs": 2},
    "tune": {"models": ["logreg", "mlp"], "trials": 2, "space": {"logreg": {"ngrams": [1], "char_ngrams": [0]}}},
    "learning_curve": {"train_fractions": [0.5]},
    "evaluate": {"resamples": 200},
    "models": {
        "logreg": {"ngrams": 1, "char_ngrams": 0},
        "mlp": {"embedding_dim": 16, "hidden_sizes": [8]},
        "cnn": {"embedding_dim": 16, "filters": 4},
        "rnn": {"embedding_dim": 16, "hidden_size": 8},
    },
}


@dataclass(frozen=True)
class Project:
    """A checkout in which commands run as a user types them in the activated environment."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)  # in addition to that of this process

    def run(self, *command: str, code: int = 0, **variables: str) -> str:
        """Run a command, with variables in its environment, check its exit code, return all it printed."""
        running = self.start(*command, **variables)
        printed, _ = running.communicate(timeout=900)
        assert running.returncode == code, f"{' '.join(command)}: exit code {running.returncode}\n{printed}"
        return printed

    def start(self, *command: str, **variables: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own."""
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self._environment() | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        """Return this process's environment with the project's commands first, and no mirror or server."""
        kept = {k: v for k, v in os.environ.items() if k not in ("LEMMA_MIRROR", "MLFLOW_TRACKING_URI")}
        kept |= {"MLFLOW_DISABLE_TELEMETRY": "true", "NO_COLOR": "1"} | dict(self.environment)
        return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"}

    def json(self, path: str) -> Any:
        return json.loads((self.folder / path).read_text())

    def lines(self, path: str) -> list[Any]:
        """Return the JSON of each line."""
        return [json.loads(line) for line in (self.folder / path).read_text().splitlines()]

    def change(self, values: dict[str, Any]) -> None:
        """Change values of params.yaml, and write dvc.yaml for them."""
        path = self.folder / "params.yaml"
        path.write_text(yaml.safe_dump(merge(yaml.safe_load(path.read_text()), values), sort_keys=False))
        with suppress(LemmaError):  # a test of values that are refused
            write_generated(self.folder, params.load(path))

    def planned(self) -> set[str]:
        """Return the commands that `snakemake -n` would run."""
        lines = self.run("snakemake", "-n", "--cores", "2", "--printshellcmds").splitlines()
        commands = (line.removeprefix("Shell command: ").split(" > ")[0] for line in lines)
        return {command for command in commands if command.startswith("lemma ")}


def merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return `old` with the values of `new`, at every depth."""
    return old | {k: merge(old.get(k, {}), v) if isinstance(v, dict) else v for k, v in new.items()}


def until(done: Callable[[], object], *passing: type[Exception], seconds: float = 600) -> None:
    """Wait until `done` returns true; exceptions of the types `passing` count as false."""
    end = time.monotonic() + seconds
    while True:
        with suppress(*passing):
            if done():
                return
        assert time.monotonic() < end, f"not in {seconds:g} s: {done.__name__}"
        time.sleep(0.1)


def checkout(folder: Path, values: dict[str, Any] = SMALL) -> Project:
    """Return a fresh checkout of the working tree, in git, with no results in it and `values` in params.yaml."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / "dvc.lock").unlink(missing_ok=True)
    project = Project(folder)
    project.change(values)
    project.run("git", "init", "--quiet")
    project.run("git", "config", "user.email", "test@example.org")
    project.run("git", "config", "user.name", "test")
    project.run("git", "add", "--all")
    project.run("git", "commit", "--quiet", "--message", "start")
    return project


ONE_PROCESS = """
import sys
from lemma import cli
for command in sys.argv[1:]:
    sys.argv = command.split()
    try:
        cli.main()
    except SystemExit as end:
        if end.code:
            raise
"""


def recorded(project: Project) -> Project:
    """Run all jobs of a project in one process, since each start takes seconds, and record the results with DVC."""
    commands = [job.command for job in jobs(params.load(project.folder / "params.yaml"))]
    project.run(sys.executable, "-c", ONE_PROCESS, *commands)
    project.run("dvc", "commit", "--quiet", "--force", "--no-relink")
    project.run("git", "add", "--all")
    project.run("git", "commit", "--quiet", "--message", "record")
    return project
