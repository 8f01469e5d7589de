"""Progress of long tasks: a bar if standard error is a terminal, otherwise lines."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Step = Callable[[float, str], None]


def say(line: str) -> None:
    """Print a line on standard error."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def progress(title: str, total: float | None, unit: str) -> Iterator[Step]:
    """Yield `step(advance, note)`, which advances a progress bar; without a terminal it prints the note, if any.

    Args:
        title: of the task.
        total: amount of work in `unit`; None if unknown.
        unit: "epochs" or "bytes".
    """
    if not sys.stderr.isatty():

        def line(_: float, note: str) -> None:
            if note:
                say(f"{title}: {note}")

        yield line
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    amount = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        amount,
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    ]
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=total, note="")

        def move(advance: float, note: str) -> None:
            bar.update(task, advance=advance)
            if note:
                bar.update(task, note=note)

        yield move
