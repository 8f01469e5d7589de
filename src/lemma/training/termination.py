"""Handle SIGTERM, which Slurm and Kubernetes send 30 s before SIGKILL.

If the current epoch is expected to end in time, the training finishes it, writes a checkpoint and exits; otherwise it
exits at once. The exit code is 143 in both cases, as that of a process that SIGTERM has ended.
"""

import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any, Self

from lemma.progress import say

GRACE_SECONDS = 20.0  # within which epoch and checkpoint must be finished
EXIT_CODE = 128 + signal.SIGTERM


class Termination:
    """Context manager that handles SIGTERM.

    Args:
        title: of the training, for the message.
        resumable: whether the training writes checkpoints; if not, SIGTERM ends it at once.
    """

    def __init__(self, title: str, resumable: bool) -> None:
        self.title, self.resumable = title, resumable
        self.requested = False
        self._epoch_start = time.monotonic()
        self._epoch_seconds: float | None = None  # duration of the last epoch
        self._previous_handler: Any = None

    def __enter__(self) -> Self:
        self._epoch_start = time.monotonic()
        handler = signal.getsignal(signal.SIGTERM)
        # SIG_IGN: the shell of a Kubernetes job ignores SIGTERM, and the training inherits that.
        if threading.current_thread() is threading.main_thread() and handler in (signal.SIG_DFL, signal.SIG_IGN):
            self._previous_handler = signal.signal(signal.SIGTERM, self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._previous_handler is not None:
            signal.signal(signal.SIGTERM, self._previous_handler)

    def end_epoch(self) -> None:
        """Record the end of an epoch, after its checkpoint.

        Raises:
            SystemExit: SIGTERM was received during the epoch.
        """
        now = time.monotonic()
        self._epoch_seconds, self._epoch_start = now - self._epoch_start, now
        if self.requested:
            raise SystemExit(EXIT_CODE)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        left = None if self._epoch_seconds is None else self._epoch_seconds - (time.monotonic() - self._epoch_start)
        if self.resumable and left is not None and left <= GRACE_SECONDS:
            self.requested = True
            say(f"{self.title}: received SIGTERM; writing a checkpoint at the end of this epoch")
            return
        say(f"{self.title}: received SIGTERM")
        raise SystemExit(EXIT_CODE)
