"""The file that a search goes on from: every step of it is there before the next one begins.

One process at a time writes a journal. So what a killed one left behind can be mended on opening: a line cut short,
which Optuna would trip over for ever, and Optuna's own lock, for which it would wait.
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
    """Yield the study in the journal at `path`, a new one where there is none; its greatest value is the best.

    Raises:
        InputError: another process searches there, or the file is no journal.
    """
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it would tell of every trial
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_name(f"{path.name}.alone"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise InputError(f"Another process is searching in {path}.", "Let it finish, or end it.") from None
    try:
        path.with_name(f"{path.name}.lock").unlink(missing_ok=True)
        _mend(path)
        try:
            storage = JournalStorage(JournalFileBackend(str(path)))
            study = optuna.create_study(storage=storage, study_name="tune", direction="maximize", load_if_exists=True)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path} is no journal of a search: {error}.", f"Delete it: `rm {path}`.") from None
        yield study
    finally:
        lock.release()


def _mend(path: Path) -> None:
    """Cut off the line that a killed process began."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as stream:
            stream.truncate(whole)
