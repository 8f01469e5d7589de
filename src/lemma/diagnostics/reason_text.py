"""Format the causes for which a file would be made again as a sentence."""

import json
from typing import Any

SHOWN = 3  # causes that are named
MISSING = "<none>"


def format_reason(engine: str, path: str, causes: list[str], jobs: int) -> str:
    """Return the sentence of one engine on a file.

    Args:
        engine: Snakemake or DVC.
        path: of the file.
        causes: for which the file would be made again; none: it is current.
        jobs: that would run before the job that makes the file.
    """
    if not causes:
        return f"{engine}: {path} is current."
    named = list(dict.fromkeys(causes))
    if (more := len(named) - SHOWN) > 0:
        named[SHOWN:] = [f"and {more} more {'cause' if more == 1 else 'causes'}"]
    before = f" {jobs} {'job' if jobs == 1 else 'jobs'} would run before it." if jobs else ""
    return f"{engine} would make {path} again: {'; '.join(named)}.{before}"


def list_changes(old: Any, new: Any, key: str = "") -> list[str]:
    """Return the differences of two values of params.yaml, each as 'KEY is now NEW, was OLD' with a dotted key."""
    if isinstance(old, dict) and isinstance(new, dict):
        names = dict.fromkeys([*old, *new])
        return [
            line
            for name in names
            for line in list_changes(old.get(name, MISSING), new.get(name, MISSING), f"{key}.{name}".lstrip("."))
        ]
    return [] if old == new else [f"{key} is now {_format_value(new)}, was {_format_value(old)}"]


def _format_value(value: Any) -> str:
    return "absent" if value == MISSING else json.dumps(value, ensure_ascii=False)
