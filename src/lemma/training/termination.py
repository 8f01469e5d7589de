"""What a training does when it is asked to end: SIGTERM, which Slurm and Kubernetes send 30 s before SIGKILL.

If the epoch in progress will end in time, the training finishes it, writes a checkpoint and exits; else it exits at
once. Either way the exit code is 143, as the shell tells of a process that SIGTERM ended.
"""

import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any, Self

from lemma.progress import say

GRACE = 20.0  # seconds within which epoch and checkpoint must be done
EXIT_CODE = 128 + signal.SIGTERM


class Termination:
    """Handle SIGTERM while the block runs.

    Args:
        title: of the training, for the message.
        resumable: whether the training writes checkpoints; without, SIGTERM ends it at once.
    """

    def __init__(self, title: str, resumable: bool) -> None:
        self.title, self.resumable = title, resumable
        self.requested = False
        self._begin = time.monotonic()
        self._seconds: float | None = None  # of the last epoch
        self._before: Any = None

    def __enter__(self) -> Self:
        self._begin = time.monotonic()
        handler = signal.getsignal(signal.SIGTERM)
        # Ignored: the pod of a Kubernetes job has its shell ignore SIGTERM, which is for the training alone.
        if threading.current_thread() is threading.main_thread() and handler in (signal.SIG_DFL, signal.SIG_IGN):
            self._before = signal.signal(signal.SIGTERM, self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._before is not None:
            signal.signal(signal.SIGTERM, self._before)

    def end_epoch(self) -> None:
        """Note that an epoch has ended, its checkpoint included, and that the next one begins.

        Raises:
            SystemExit: SIGTERM came during the epoch.
        """
        now = time.monotonic()
        self._seconds, self._begin = now - self._begin, now
        if self.requested:
            raise SystemExit(EXIT_CODE)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        left = None if self._seconds is None else self._seconds - (time.monotonic() - self._begin)
        if self.resumable and left is not None and left <= GRACE:
            self.requested = True
            say(f"{self.title}: asked to end (SIGTERM); a checkpoint follows at the end of this epoch")
            return
        say(f"{self.title}: asked to end (SIGTERM)")
        raise SystemExit(EXIT_CODE)
