"""The Optuna journal of a search, from which a search that was killed resumes.

A lock makes sure that one process writes a journal at a time. Therefore what a killed process left can be removed when
the journal is opened: an incomplete last line, which Optuna cannot read, and Optuna's own lock, for which it would
wait.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from lemma.errors import InputError

if TYPE_CHECKING:
    from optuna.study import Study


@contextmanager
def open_study(path: Path) -> Iterator["Study"]:
    """Yield the Optuna study in a journal, which is created if it does not exist; the study maximises its value.

    Raises:
        InputError: another process uses the journal, or the file is not a journal.
    """
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)  # else it logs every trial
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_name(f"{path.name}.alone"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise InputError(f"Another process is searching with {path}.", "Wait until it ends, or end it.") from None
    try:
        path.with_name(f"{path.name}.lock").unlink(missing_ok=True)
        _remove_incomplete_line(path)
        try:
            storage = JournalStorage(JournalFileBackend(str(path)))
            study = optuna.create_study(storage=storage, study_name="tune", direction="maximize", load_if_exists=True)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path} is not a journal of a search: {error}.", f"Delete it: `rm {path}`.") from None
        yield study
    finally:
        lock.release()


def _remove_incomplete_line(path: Path) -> None:
    """Remove the last line if it has no newline: a process was killed while it wrote it."""
    if not path.exists():
        return
    content = path.read_bytes()
    length = content.rfind(b"\n") + 1
    if length < len(content):
        with path.open("r+b") as stream:
            stream.truncate(length)
