"""Errors a person can act on: what happened and where, what was got, what to do.

The command line turns them into one screen and an exit code; anything else is a defect of lemma and keeps its
traceback.
"""

import errno
from pathlib import Path

REPOSITORY = "https://github.com/example/lemma"  # as in pyproject.toml, and report.repository of params.yaml
BEGIN = f"To begin: git clone {REPOSITORY} lemma && cd lemma && make demo"


class LemmaError(Exception):
    """Base of all expected errors; `fix` is what to do about it, `exit_code` what the shell sees."""

    exit_code = 2

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}\n{self.fix}" if self.fix else self.what


class InputError(LemmaError):
    """Bad input or usage: a parameter, a name, a file's content (exit code 2)."""


class ChecksumError(InputError):
    """A file is not the one it should be (exit code 2)."""


class UnreachableError(InputError):
    """Neither the mirror nor the official address gave the file (exit code 2)."""


class CheckError(LemmaError):
    """A check of lemma's own failed: a claim refuted, a training that diverged (exit code 1)."""

    exit_code = 1


ROOM = "Make room there and run the same again: nothing half-written is left, and what is done is kept."
ACCESS = "Give yourself the right to write there (`ls -ld` shows it), or work in a folder of your own."
# What may be wrong with the place that results go to, whichever stage writes there.
PLACES = {errno.ENOSPC: ROOM, errno.EDQUOT: ROOM, errno.EROFS: ACCESS, errno.EACCES: ACCESS, errno.EPERM: ACCESS}
LONGEST, MOST = 100, 100  # characters of a name, and valid names, that an error shows


def missing_project(params: Path) -> InputError:
    """Return the error for a folder that holds no project, because the file `params` does not exist."""
    fix = f"Change to the project's folder, or name it: lemma --root FOLDER COMMAND. {BEGIN}"
    return InputError(f"{params} does not exist: this folder holds no project.", fix)


def choose(kind: str, name: str, valid: list[str]) -> InputError:
    """Return the error for an unknown name, with the valid names and the likeliest one meant."""
    from difflib import get_close_matches

    # What is long is no slip of a short name, and to look for the likeliest would take minutes.
    near = get_close_matches(name, valid, n=1) if len(name) <= LONGEST else []
    hint = f" Did you mean '{near[0]}'?" if near else ""
    shown = [shortened(each) for each in valid[:MOST]] + ([f"{len(valid) - MOST} more"] if len(valid) > MOST else [])
    return InputError(f"Unknown {kind} '{shortened(name)}'.{hint}", f"Choose one of: {', '.join(shown)}.")


def shortened(text: str, longest: int = LONGEST) -> str:
    """Return a text as an error shows it: its beginning, where it is long."""
    return text if len(text) <= longest else f"{text[:longest]}..."
