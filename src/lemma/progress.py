"""Progress of long work: a bar when standard error is a terminal, plain lines when it is a file or a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Step = Callable[[float, str], None]


def say(line: str) -> None:
    """Print one plain line on standard error."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def progress(title: str, total: float | None, unit: str) -> Iterator[Step]:
    """Yield `step(advance, note)`: moves a bar on a terminal; elsewhere prints the note, if any, as a line.

    Args:
        title: what is being done.
        total: amount of work in `unit`; None when unknown.
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
