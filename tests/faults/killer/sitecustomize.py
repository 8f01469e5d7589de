"""Kill a stage while it writes a chosen output: Python imports this at start-up where PYTHONPATH names its folder.

LEMMA_KILL is `before PATH` or `after PATH`: the process group is killed just before the complete temporary file
replaces the output PATH, or just after.
"""

import os
import signal
from pathlib import Path
from typing import Any

moment, _, output = os.environ.get("LEMMA_KILL", "").partition(" ")
replace = os.replace


def replace_and_kill(source: Any, target: Any, **options: Any) -> None:
    """Do what `os.replace` does, and kill the process group if the target is the chosen output."""
    chosen = Path(os.fsdecode(target)) == Path(output)
    if chosen and moment == "before":
        os.killpg(0, signal.SIGKILL)
    replace(source, target, **options)
    if chosen:
        os.killpg(0, signal.SIGKILL)


if output:
    os.replace = replace_and_kill  # type: ignore[assignment]
