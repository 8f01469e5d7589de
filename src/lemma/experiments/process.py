"""Run Snakemake so that it can clean up after Ctrl-C."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from lemma.progress import say


def run_process(command: list[str], folder: Path, variables: Mapping[str, str]) -> int:
    """Run a command to its end and return its exit code.

    The command is in the same process group and gets Ctrl-C too. This function waits for its end, so that Snakemake
    can stop its jobs and unlock the folder (`subprocess.run` would kill it after 0.25 s). A second Ctrl-C kills it.

    Args:
        command: program and arguments.
        folder: to run in.
        variables: the environment.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed; the command has ended.
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
