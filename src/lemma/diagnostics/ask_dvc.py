"""What DVC would do with a file: `dvc status`, followed up to where the change began."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lemma.diagnostics.sentences import format_reason


def list_outputs(root: Path) -> dict[str, str]:
    """Return the stage of each output that dvc.yaml declares, by path below `root`."""
    from dvc.repo import Repo

    with Repo(str(root)) as repo:
        return {out.def_path: stage.addressing for stage in repo.index.stages for out in stage.outs}


def explain_file(root: Path, path: str) -> str | None:
    """Return in a sentence why DVC would make `path` again, or that it is current; None: no stage makes it."""
    from dvc.repo import Repo

    with Repo(str(root)) as repo:
        stages = {stage.addressing: stage for stage in repo.index.stages}
        made = {out.def_path: name for name, stage in stages.items() for out in stage.outs}
        if path not in made:
            return None
        graph = repo.index.graph
        needed = _above(graph, stages[made[path]])
        above = {name: _above(graph, stages[name]) for name in needed}
        sources = {name: _sources(stages[name], made) for name in needed}
    command = [sys.executable, "-m", "dvc", "status", "--json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"DVC cannot say: {' '.join(done.stderr.split())[:300]}"
    changed = json.loads(done.stdout or "{}")
    found = {name: changed[name] for name in needed if name in changed}
    causes = [cause for name in found for cause in _causes(found[name], sources[name])]
    again = sum(any(one in found for one in names) for names in above.values())
    # what was only made again by others has no cause of its own; where all changes are such, they are the cause
    return format_reason("DVC", path, causes or [f"stage {name} changed" for name in found], again - 1)


def _above(graph: Any, stage: Any) -> list[str]:
    """Return a stage and all it depends on, nearest first; an edge of DVC's graph leads to what a stage needs."""
    seen, todo = {stage.addressing: None}, [stage]
    while todo:
        for needed in graph.successors(todo.pop(0)):
            if needed.addressing not in seen:
                seen[needed.addressing] = None
                todo.append(needed)
    return list(seen)


def _sources(stage: Any, made: dict[str, str]) -> set[str]:
    """Return the dependencies of a stage that no stage makes, in whole or in part."""
    names = {dep.def_path for dep in stage.deps}
    return {name for name in names if not any(out == name or out.startswith(f"{name}/") for out in made)}


def _causes(what: list[Any], sources: set[str]) -> Iterator[str]:
    for part in what:
        if not isinstance(part, dict):
            yield str(part)
            continue
        for name, how in part.get("changed deps", {}).items():
            if isinstance(how, dict):  # the keys of params.yaml
                yield from (f"{key} in {name} is {state}" for key, state in how.items())
            elif name in sources:
                yield f"{name} is {how}"
        for name, how in part.get("changed outs", {}).items():
            yield f"{name} is {'missing' if how == 'deleted' else how}"
