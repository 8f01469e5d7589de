"""Errors with a message for the user: what happened and where, what was found, and what to do.

The command line prints them and exits with their code. Any other exception is a defect of lemma, with a traceback.
"""

import errno
from pathlib import Path

REPOSITORY = "https://github.com/example/lemma"  # as in pyproject.toml, and report.repository of params.yaml
BEGIN = f"To begin: git clone {REPOSITORY} lemma && cd lemma && make demo"


class LemmaError(Exception):
    """Base class of all expected errors.

    Attributes:
        what: what happened.
        fix: what to do about it.
        exit_code: of the command.
    """

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
    """A file does not have the expected checksum (exit code 2)."""


class UnreachableError(InputError):
    """A file can be downloaded neither from the mirror nor from its official address (exit code 2)."""


class CheckError(LemmaError):
    """A check failed: a claim was refuted or a training diverged (exit code 1)."""

    exit_code = 1


ROOM = "Free some space there and run the command again: finished files are kept, unfinished ones were removed."
ACCESS = "Get write permission there (`ls -ld` shows the present one), or work in another folder."
# Remedies for errors of the operating system on writing results, by error number.
WRITE_REMEDIES = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EROFS: ACCESS,
    errno.EACCES: ACCESS,
    errno.EPERM: ACCESS,
}
LONGEST, MOST = 100, 100  # characters of a name, and valid names, that an error shows


def missing_project(params: Path) -> InputError:
    """Return the error for a folder that holds no project, because the file `params` does not exist."""
    fix = f"Change to the project's folder, or name it: lemma --root FOLDER COMMAND. {BEGIN}"
    return InputError(f"{params} does not exist: this folder holds no project.", fix)


def choose(kind: str, name: str, valid: list[str]) -> InputError:
    """Return the error for an unknown name, with the valid names and the most similar one."""
    from difflib import get_close_matches

    # A long text is no misspelt name, and comparing it with all names would take minutes.
    similar = get_close_matches(name, valid, n=1) if len(name) <= LONGEST else []
    hint = f" Did you mean '{similar[0]}'?" if similar else ""
    options = [shortened(option) for option in valid[:MOST]]
    options += [f"{len(valid) - MOST} more"] if len(valid) > MOST else []
    return InputError(f"Unknown {kind} '{shortened(name)}'.{hint}", f"Choose one of: {', '.join(options)}.")


def shortened(text: str, longest: int = LONGEST) -> str:
    """Return the beginning of a text, for error messages."""
    return text if len(text) <= longest else f"{text[:longest]}..."
