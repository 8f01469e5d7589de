"""From a number in a report back to where it came from: the fact, its file, the runs behind it, the commit."""

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


def explain(layout: Layout, dataset: str, printed: str) -> list[dict[str, Any]]:
    """Return every fact of a data set's report that is printed like this.

    Args:
        printed: a number as it stands in the report, such as 82.9; its spread and its unit may be left out.

    Returns:
        [{fact, text, value, unit, n, source, sha256, commit}]: `fact` is the place in facts.json, `source` the file it
        was computed from, `commit` the one that recorded that file as it is now, None where none did; records of a
        model also have `runs`, the folders of its trainings.

    Raises:
        InputError: there is no report, or it prints no such number.
    """
    path = layout.facts(dataset)
    held = read_json(path)
    wanted = _plain(printed)
    found = [{"fact": place, **record} for place, record in _records(held, "") if wanted in _texts(record)]
    if not found:
        raise InputError(
            f"The report on {dataset} prints no number '{printed}'.", f"Write it as it stands there; {path} has all."
        )
    models = [model["key"] for model in held["models"]]
    for record in found:
        source = layout.root / record["source"]
        record["sha256"] = sha256(source) if source.is_file() else None
        record["commit"] = _commit(layout.root, source)
        place = record["fact"].split(".")
        if place[0] == "models":
            record["runs"] = [
                str(run.relative_to(layout.root))
                for run in sorted(layout.run(dataset, models[int(place[1])], 0).parent.glob("[0-9]*"))
            ]
    return found


def _records(held: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every record of a number with its place, such as models.3.scores.test.accuracy."""
    if isinstance(held, dict) and held.keys() >= RECORD:
        yield place, held
    elif isinstance(held, dict | list):
        for key, value in held.items() if isinstance(held, dict) else enumerate(held):
            yield from _records(value, f"{place}.{key}" if place else str(key))


def _texts(record: dict[str, Any]) -> set[str]:
    """Return the ways in which a number may be copied from the page."""
    text, spread = _plain(record["text"]), record.get("spread")
    return {text, f"{text}{record['unit']}"} | ({f"{text}±{_plain(spread)}"} if spread else set())


def _plain(text: str) -> str:
    """Return a text without white space, its minus sign as keyboards have it."""
    return "".join(text.split()).replace("−", "-")


def _commit(root: Path, source: Path) -> str | None:
    """Return the commit that recorded a file as it is now, itself or, where DVC keeps it, by dvc.lock."""
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
    except (OSError, subprocess.CalledProcessError):  # no git, no repository, or no commit in it
        pass
    return None


def _git(root: Path, *words: str) -> str:
    command = ["git", "-C", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
