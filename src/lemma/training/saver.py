"""The end of an epoch: write a checkpoint if one is due, and exit after SIGTERM."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from lemma.training.checkpoint import Checkpoint
from lemma.training.schedule import Schedule
from lemma.training.termination import Termination


class CheckpointSaver:
    """Context manager that writes the checkpoints of a training and handles SIGTERM.

    Args:
        folder: of the checkpoint; None to write none.
        title: of the training, for messages.
        size: approximate size of a checkpoint in bytes.

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

    def end_epoch(self, save: Callable[[Checkpoint], None]) -> None:
        """Call `save` with the checkpoint if one is due.

        Raises:
            SystemExit: SIGTERM was received during the epoch.
        """
        if self.checkpoint is not None and (self._termination.requested or self._schedule.is_due()):
            with self._schedule.writing():
                save(self.checkpoint)
        self._termination.end_epoch()
