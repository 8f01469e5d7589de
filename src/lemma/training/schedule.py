"""When a training writes a checkpoint: so rarely that writing costs a small fraction of the training.

Young (1974) and Daly (2006) weigh the cost of a checkpoint, C, against the work that a failure loses: at one failure in
M seconds the best interval is about the square root of 2CM. M is unknown here, so the interval follows from the cost
alone: C / FRACTION, and at least SECONDS. A training that is killed loses at most that interval, the epoch in progress
and the writing. A training shorter than SECONDS writes no checkpoint.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lemma.errors import InputError

SECONDS = 20.0  # between checkpoints, and before the first one, at least
FRACTION = 0.03  # of the training time that writing checkpoints may take
BYTES_PER_SECOND = 1e8  # of a slow disk, with the checksum: assumed until a checkpoint has been written
VARIABLE = "LEMMA_CHECKPOINT_SECONDS"  # an interval of one's own; 0: a checkpoint after every epoch


class Schedule:
    """Tells after each epoch whether a checkpoint is due.

    Args:
        size: bytes of a checkpoint.

    Raises:
        InputError: LEMMA_CHECKPOINT_SECONDS is not a number of seconds.
    """

    def __init__(self, size: int) -> None:
        self.cost = size / BYTES_PER_SECOND  # seconds
        self.fixed = _interval_of_user()
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
        """Measure what the checkpoint written in this block costs, and count the next interval from its end."""
        start = time.monotonic()
        yield
        self._last = time.monotonic()
        self.cost = self._last - start


def _interval_of_user() -> float | None:
    text = os.environ.get(VARIABLE, "")
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise InputError(f"{VARIABLE} is '{text}', not a number of seconds.", "Write 20, say; 0: after every epoch.")
    return seconds
