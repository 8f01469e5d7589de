"""The provenance of a number in a report: the fact, the file it was computed from, the runs, and the commit."""

import hashlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lemma.errors import InputError
from lemma.files import read_json, sha256
from lemma.layout import Layout

RECORD = {"value", "unit", "n", "source", "text"}


def trace_number(layout: Layout, dataset: str, printed: str) -> list[dict[str, Any]]:
    """Return every fact that the report on a data set prints as a given number.

    Args:
        layout: paths of the project.
        dataset: name of the data set.
        printed: a number as the report prints it, such as 82.9, with or without standard deviation and unit.

    Returns:
        [{fact, text, value, unit, n, source, sha256, commit}]: `fact` is the path in facts.json, `source` the file it
        was computed from, `commit` the commit that recorded the present content of this file, None if there is none.
        The facts of a model also have `runs`, the folders of its runs.

    Raises:
        InputError: there is no report, or it prints no such number.
    """
    path = layout.facts(dataset)
    facts = read_json(path)
    wanted = _normalize(printed)
    records = [{"fact": place, **record} for place, record in _find_records(facts, "") if wanted in _forms(record)]
    if not records:
        raise InputError(
            f"The report on {dataset} prints no number '{printed}'.",
            f"Copy it from the report; {path} lists all numbers.",
        )
    models = [model["key"] for model in facts["models"]]
    for record in records:
        source = layout.root / record["source"]
        record["sha256"] = sha256(source) if source.is_file() else None
        record["commit"] = _find_commit(layout.root, source)
        place = record["fact"].split(".")
        if place[0] == "models":
            record["runs"] = [
                str(run.relative_to(layout.root))
                for run in sorted(layout.run(dataset, models[int(place[1])], 0).parent.glob("[0-9]*"))
            ]
    return records


def _find_records(tree: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every record of a number with its path, such as models.3.scores.test.accuracy."""
    if isinstance(tree, dict) and tree.keys() >= RECORD:
        yield place, tree
    elif isinstance(tree, dict | list):
        for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from _find_records(value, f"{place}.{key}" if place else str(key))


def _forms(record: dict[str, Any]) -> set[str]:
    """Return the number with and without unit and standard deviation, as a reader may copy it."""
    text, spread = _normalize(record["text"]), record.get("spread")
    return {text, f"{text}{record['unit']}"} | ({f"{text}±{_normalize(spread)}"} if spread else set())


def _normalize(text: str) -> str:
    """Return a text without white space, with a hyphen for the minus sign."""
    return "".join(text.split()).replace("−", "-")


def _find_commit(root: Path, source: Path) -> str | None:
    """Return the commit that recorded the present content of a file, in Git or, for an output of DVC, in dvc.lock."""
    path = str(source.resolve())
    try:
        if _git(root, "ls-files", "--", path) and not _git(root, "diff", "--name-only", "HEAD", "--", path):
            return _git(root, "log", "-1", "--format=%H", "--", path)
        if not source.is_file():
            return None
        with source.open("rb") as stream:
            md5 = hashlib.file_digest(stream, "md5").hexdigest()
        name = re.escape(source.relative_to(root).as_posix())
        for commit in _git(root, "log", "--format=%H", f"-S{md5}", "--", "dvc.lock").split():
            if re.search(rf"- path: {name}\n +hash: md5\n +md5: {md5}\n", _git(root, "show", f"{commit}:./dvc.lock")):
                return commit
    except (OSError, subprocess.CalledProcessError):  # no Git, no repository, or no commit
        pass
    return None


def _git(root: Path, *words: str) -> str:
    command = ["git", "-C", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
