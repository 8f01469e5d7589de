"""The command line `lemma`: a command for each stage (`stages`) and for the use of the results (`use`, `experiment`).

A command takes names as arguments; all values come from params.yaml. Each command imports the libraries that it needs,
so that `lemma --help` is fast.
Exit codes: 0 done; 1 a claim refuted or a check failed; 2 bad input or usage; 3 undecided; 130 interrupted.
"""

import sys
from io import TextIOWrapper
from typing import NoReturn

from lemma.cli import experiment, grade, stages, table, use
from lemma.cli.app import Project, app
from lemma.errors import WRITE_REMEDIES, InputError, LemmaError

__all__ = ["Project", "app", "experiment", "grade", "main", "stages", "table", "use"]


def main() -> None:
    """Run the command line. An expected error becomes a message and an exit code, without a traceback."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names in the data may be outside of its encoding
    try:
        app()
    except LemmaError as error:
        _exit_with(error)
    except OSError as error:
        if error.errno not in WRITE_REMEDIES:
            raise
        path = error.filename or "The output"
        _exit_with(InputError(f"{path}: {error.strerror}.", WRITE_REMEDIES[error.errno]))
    except KeyboardInterrupt:
        sys.exit(130)


def _exit_with(error: LemmaError) -> NoReturn:
    """Print an error with its fix, and exit with its code."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(Text("error: ", style="bold red") + Text(error.what))
    if error.fix:
        console.print(Text("  fix: ", style="bold green") + Text(error.fix))
    sys.exit(error.exit_code)
