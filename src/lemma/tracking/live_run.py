"""Show a training in MLflow while it runs: start the process `live_stream` and send it one line an epoch.

It is a process, not a thread: MLflow's import would compete with the training for the interpreter lock, and a hanging
request would delay the exit. The pipe is a bounded queue (64 KiB, some hundred epochs), and writing to it never blocks.
The history file holds every epoch anyway, so a failure here costs one warning.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lemma.layout import Layout
from lemma.tracking import checkout_tags, run_record, store
from lemma.tracking.identity import CONFIG, CURRENT, LIVE, format_key, hash_config

CLOSE_SECONDS = 30.0  # the import of MLflow takes ten seconds if eight trainings share two cores


def _to_stderr(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


class LiveRun:
    """Callback that shows a training in MLflow while it runs; it does nothing if MLFLOW_TRACKING_URI is not set.

    No method raises, and only the end of the `with` block waits. A failure calls `warn` once.

    Args:
        settings: what is known of the `settings.json` to come: dataset, model, run, seed, device, settings, train.
        root: the folder that holds params.yaml.
        warn: called with a message of one line.
        patience: seconds that the end of the block waits for MLflow.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        root: Path = Path(),
        warn: Callable[[str], None] = _to_stderr,
        patience: float = CLOSE_SECONDS,
    ) -> None:
        self._settings, self._root, self._warn, self._patience = settings, root, warn, patience
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if uri := os.environ.get(store.VARIABLE):
            try:
                self._start(uri)
            except Exception as error:
                self._fail(str(error))
        return self

    def on_epoch_end(self, epoch: int, line: Mapping[str, Any]) -> None:
        """Show one epoch: `line` is its line of the history, with `time` in Unix seconds (default: now)."""
        if self._process is not None:
            try:
                self._send({"points": run_record.epoch_points(epoch, {"time": time.time(), **line})})
            except Exception as error:
                self._fail(str(error))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        status = "FINISHED" if kind is None else "FAILED" if issubclass(kind, Exception) else "KILLED"
        if self._process is not None:
            try:
                self._send({"status": status, "time": run_record.to_milliseconds(time.time())})
                self._process.wait(self._patience)
                if self._process.returncode:
                    self._fail("the stream ended early")
            except subprocess.TimeoutExpired:
                self._fail(f"no answer for {self._patience:g} s")
            except Exception as problem:
                self._fail(str(problem))
            finally:
                self._stop()

    def _start(self, uri: str) -> None:
        layout = Layout(self._root)
        tags = checkout_tags.checkout_tags(self._root) | run_record.tags_of_settings(self._settings)
        # a training in the project's own folder, not in an experiment's, will be its present result
        tags |= {LIVE: "true", CONFIG: hash_config(self._settings)}
        tags |= {CURRENT: "true" if store.is_project(layout) else "false"}
        run = {
            "uri": uri,
            "experiment": self._settings["dataset"],
            "name": f"{self._settings['model']}/{self._settings['run']} (live)",
            "start": run_record.to_milliseconds(time.time()),
            "params": run_record.format_params(self._settings),
            "tags": tags,
        }
        # The process prints one line on standard output if it fails; standard error would garble the terminal.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "lemma.tracking.live_stream"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)
        self._send(run)

    def _send(self, message: Mapping[str, Any]) -> None:
        """Send one line to the process, in full or not at all.

        Raises:
            OSError: the process has ended, or the pipe is full.
        """
        assert self._process is not None
        assert self._process.stdin is not None
        line = json.dumps(message, allow_nan=False).encode() + b"\n"
        if self._process.stdin.write(line) != len(line):
            raise BlockingIOError("the server is too slow")

    def _fail(self, reason: str) -> None:
        """Stop the process and warn once, with the reason that it printed or else `reason`."""
        with suppress(Exception):
            printed = self._stop()
            key = format_key(self._settings)
            self._warn(f"warning: {key} is not shown live: {printed or reason}; `lemma track` will write it.")

    def _stop(self) -> str:
        """Kill the process and return what it printed; "" if it has been stopped before."""
        process, self._process = self._process, None
        if process is None:
            return ""
        process.kill()
        with suppress(OSError, subprocess.SubprocessError):
            return process.communicate(timeout=1)[0].decode(errors="replace").strip()
        return ""
