"""Causes as a sentence."""

import json
from typing import Any

SHOWN = 3
MISSING = "<none>"


def format_reason(engine: str, path: str, causes: list[str], jobs: int) -> str:
    """Return what an engine says of `path`; no cause: it is current. `jobs`: how many would run before it."""
    if not causes:
        return f"{engine}: {path} is current."
    told = list(dict.fromkeys(causes))
    if (more := len(told) - SHOWN) > 0:
        told[SHOWN:] = [f"and {more} more {'cause' if more == 1 else 'causes'}"]
    before = f" {jobs} {'job' if jobs == 1 else 'jobs'} would run before it." if jobs else ""
    return f"{engine} would make {path} again: {'; '.join(told)}.{before}"


def list_changes(old: Any, new: Any, key: str = "") -> list[str]:
    """Return what differs between two values of params.yaml, by dotted key, as 'KEY is now NEW, was OLD'."""
    if isinstance(old, dict) and isinstance(new, dict):
        names = dict.fromkeys([*old, *new])
        return [
            line
            for name in names
            for line in list_changes(
                old.get(name, MISSING), new.get(name, MISSING), f"{key}.{name}" if key else str(name)
            )
        ]
    return [] if old == new else [f"{key} is now {_value(new)}, was {_value(old)}"]


def _value(value: Any) -> str:
    return "absent" if value == MISSING else json.dumps(value, ensure_ascii=False)
