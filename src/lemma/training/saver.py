"""What a training loop does at the end of an epoch: write a checkpoint if one is due, exit if that was asked."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from lemma.training.checkpoint import Checkpoint
from lemma.training.schedule import Schedule
from lemma.training.termination import Termination


class Saver:
    """The checkpoints of a training while the block runs.

    Args:
        folder: of the checkpoint; None: the training keeps none.
        title: of the training, for messages.
        size: bytes of a checkpoint, about.

    Raises:
        InputError: LEMMA_CHECKPOINT_SECONDS is not a number of seconds.
    """

    def __init__(self, folder: Path | None, title: str, size: int) -> None:
        self.checkpoint = Checkpoint(folder) if folder is not None else None
        self._schedule = Schedule(size)
        self._termination = Termination(title, resumable=folder is not None)

    def __enter__(self) -> Self:
        self._termination.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._termination.__exit__(kind, error, _)

    def end_epoch(self, write: Callable[[Checkpoint], None]) -> None:
        """Call `write` if a checkpoint is due.

        Raises:
            SystemExit: the training was asked to end.
        """
        if self.checkpoint is not None and (self._termination.requested or self._schedule.is_due()):
            with self._schedule.writing():
                write(self.checkpoint)
        self._termination.end_epoch()
