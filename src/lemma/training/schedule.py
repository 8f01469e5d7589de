"""Decide when to write a checkpoint, such that writing takes at most a small fraction of the training time.

Young (1974) and Daly (2006) balance the cost C of a checkpoint against the work that a failure loses: with one failure
in M seconds the optimal interval is about the square root of 2CM. M is unknown here, so the interval follows from the
cost alone: C / FRACTION, and at least SECONDS. A training that is killed loses at most that interval, the current epoch
and the time of writing. A training shorter than SECONDS writes no checkpoint.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lemma.errors import InputError

SECONDS = 20.0  # minimum time between checkpoints, and before the first one
FRACTION = 0.03  # of the training time that writing checkpoints may take
BYTES_PER_SECOND = 1e8  # of a slow disk, checksum included; assumed until a checkpoint has been written
VARIABLE = "LEMMA_CHECKPOINT_SECONDS"  # overrides the interval; 0 for a checkpoint after every epoch


class Schedule:
    """Interval between checkpoints.

    Args:
        size: approximate size of a checkpoint in bytes.

    Raises:
        InputError: LEMMA_CHECKPOINT_SECONDS is not a number of seconds.
    """

    def __init__(self, size: int) -> None:
        self.cost = size / BYTES_PER_SECOND  # seconds
        self.fixed = _interval_from_environment()
        self._last = time.monotonic()

    @property
    def interval(self) -> float:
        """Seconds between two checkpoints."""
        return self.fixed if self.fixed is not None else max(SECONDS, self.cost / FRACTION)

    def is_due(self) -> bool:
        """Return whether a checkpoint is due now."""
        return time.monotonic() - self._last >= self.interval

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Measure the time of writing a checkpoint in this block, and start the next interval at its end."""
        start = time.monotonic()
        yield
        self._last = time.monotonic()
        self.cost = self._last - start


def _interval_from_environment() -> float | None:
    text = os.environ.get(VARIABLE, "")
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise InputError(
            f"{VARIABLE} is '{text}', not a number of seconds.",
            "Write 20, or 0 for a checkpoint every epoch.",
        )
    return seconds
