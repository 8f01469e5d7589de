"""The command line: one subcommand a stage, named like the rule and the module that it runs.

Names are arguments, values come from params.yaml alone. Heavy libraries are imported by the stage that needs them.
Exit codes: 0 done; 1 a claim refuted or a check failed; 2 bad input or usage; 130 interrupted.
"""

import sys
from typing import NoReturn

from lemma.cli import experiment, stages, table, use
from lemma.cli.app import Project, app
from lemma.errors import PLACES, InputError, LemmaError

__all__ = ["Project", "app", "experiment", "main", "stages", "table", "use"]


def main() -> None:
    """Run the command line; an expected error is one screen and an exit code, never a traceback."""
    try:
        app()
    except LemmaError as error:
        _tell(error)
    except OSError as error:
        if error.errno not in PLACES:
            raise
        where = error.filename or "The place that was to be written to"
        _tell(InputError(f"{where}: {error.strerror}.", PLACES[error.errno]))
    except KeyboardInterrupt:
        sys.exit(130)


def _tell(error: LemmaError) -> NoReturn:
    """Print what happened and what to do, and end."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(Text("error: ", style="bold red") + Text(error.what))
    if error.fix:
        console.print(Text("  fix: ", style="bold green") + Text(error.fix))
    sys.exit(error.exit_code)
