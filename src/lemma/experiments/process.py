"""Run Snakemake so that Ctrl-C ends it in an orderly way."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from lemma.progress import say


def run_process(command: list[str], folder: Path, variables: Mapping[str, str]) -> int:
    """Run a command to its end and return its exit code.

    Ctrl-C reaches the command as well, since it is in the same process group: its end is awaited, so that Snakemake
    stops its jobs and unlocks the folder. (`subprocess.run` kills it after 0.25 s.) A second Ctrl-C kills it.

    Args:
        command: program and arguments.
        folder: it runs in.
        variables: its environment.

    Raises:
        KeyboardInterrupt: it was interrupted, and has ended.
    """
    process = subprocess.Popen(command, cwd=folder, env=dict(variables))
    try:
        return process.wait()
    except KeyboardInterrupt:
        say("Interrupted: waiting until Snakemake has stopped its jobs. Ctrl-C again kills it.")
        try:
            process.wait()
        except KeyboardInterrupt:
            process.kill()
            process.wait()
        raise
