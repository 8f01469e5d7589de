"""The training's end of live tracking: it starts `stream` as a process of its own and sends it one line an epoch.

A process, not a thread: importing MLflow beside a training would take its interpreter lock and race with its imports,
and a hanging request would hold up its exit. The pipe between them is the bounded queue (64 KiB, some hundred epochs);
writing to it never waits. The history file holds every epoch anyway, so whatever goes wrong here costs one warning.
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
from lemma.tracking.identity import CONFIG, CURRENT, LIVE, config_of, key_of

CLOSE_SECONDS = 30.0  # a stream first imports MLflow: some ten seconds where eight trainings share two cores


def _to_stderr(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


class LiveRun:
    """Show a training in MLflow while it runs; do nothing where MLFLOW_TRACKING_URI is not set.

    `settings` is what the model's `settings.json` will hold, as far as it is known: dataset, model, run, seed, device,
    settings, train. `root` is the folder of params.yaml. Nothing here raises or waits, but for the end of the block,
    which waits `patience` seconds at most; a failure calls `warn` with one line, once.
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
                self._send({"status": status, "time": run_record.milliseconds(time.time())})
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
        # what trains in the project's own folder is about to be its present result
        tags |= {LIVE: "true", CONFIG: config_of(self._settings)}
        tags |= {CURRENT: "true" if store.is_project(layout) else "false"}
        run = {
            "uri": uri,
            "experiment": self._settings["dataset"],
            "name": f"{self._settings['model']}/{self._settings['run']} (live)",
            "start": run_record.milliseconds(time.time()),
            "params": run_record.format_params(self._settings),
            "tags": tags,
        }
        # Standard output carries the one line on a failure; all else that libraries print would spoil the terminal.
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
        """Write one line to the stream, whole or not at all.

        Raises:
            OSError: the stream has ended, or is so slow that the pipe is full.
        """
        assert self._process is not None
        assert self._process.stdin is not None
        line = json.dumps(message, allow_nan=False).encode() + b"\n"
        if self._process.stdin.write(line) != len(line):
            raise BlockingIOError("the server is too slow")

    def _fail(self, reason: str) -> None:
        """Warn once, with the stream's own reason if it gave one, and give up."""
        with suppress(Exception):
            told = self._stop()
            key = key_of(self._settings)
            self._warn(f"warning: {key} is not shown live: {told or reason}; `lemma track` will publish it.")

    def _stop(self) -> str:
        """End the stream and return its last words; where it has ended already, return nothing."""
        process, self._process = self._process, None
        if process is None:
            return ""
        process.kill()
        with suppress(OSError, subprocess.SubprocessError):
            return process.communicate(timeout=1)[0].decode(errors="replace").strip()
        return ""
