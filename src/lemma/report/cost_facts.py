"""Facts for reproduction: hardware, versions, numbers of trainings and their total cost."""

import os
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lemma.report.numbers import Number, number

LIBRARIES = {"torch": "PyTorch", "scikit-learn": "scikit-learn", "numpy": "NumPy", "scipy": "SciPy"}
CPU_INFO = Path("/proc/cpuinfo")


def gather_costs(
    trained: Mapping[str, list[dict[str, Any]]],
    searches: Mapping[str, dict[str, Any]],
    learning_curves: Mapping[str, list[dict[str, Any]]],
    source: str,
) -> dict[str, Any]:
    """Return the hardware, the versions, and how many trainings there were of each kind and how long they took.

    Args:
        trained: the settings.json of each run by model.
        searches: the content of `tuned/DATASET/MODEL.json` by model.
        learning_curves: the contents of `learning_curve/DATASET/MODEL/FRACTION.json` by model.
        source: folder of the runs.
    """
    kinds = {
        "final": [run["seconds"] for runs in trained.values() for run in runs],
        "search": [trial["seconds"] for search in searches.values() for trial in search["trials"]],
        "fractions": [
            run.get("seconds", 0.0) for parts in learning_curves.values() for part in parts for run in part["runs"]
        ],
    }
    every = [seconds for group in kinds.values() for seconds in group]
    return {
        **{kind: number(len(seconds), "trainings", len(every), source) for kind, seconds in kinds.items()},
        "trainings": number(len(every), "trainings", len(every), source),
        "total": _to_duration(every, source),
        "processor": read_processor(),
        "cores": number(os.cpu_count(), "cores", 1, source),
        "python": platform.python_version(),
        "libraries": [f"{name} {version(package).split('+')[0]}" for package, name in LIBRARIES.items()],
    }


def _to_duration(seconds: Iterable[float], source: str) -> Number:
    total, n = sum(seconds), len(list(seconds))
    return number(total / 3600, "h", n, source) if total >= 7200 else number(total / 60, "min", n, source)


def read_processor() -> str:
    """Return the name of the processor of this machine."""
    if CPU_INFO.exists():
        for line in CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, name = line.partition(":")
            if key.strip() == "model name" and name.strip():
                return " ".join(name.replace("(R)", "").replace("(TM)", "").split())
    return platform.processor() or platform.machine()
