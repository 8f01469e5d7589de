"""Ask DVC about the state of the project: `dvc status`, and the causes of a changed stage along DVC's graph."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lemma.diagnostics.reason_text import format_reason
from lemma.errors import InputError

LONGEST = 300  # characters of a message of DVC that are printed


def read_status(root: Path) -> dict[str, Any]:
    """Return the answer of `dvc status --json`: by stage what changed; empty if nothing did.

    Raises:
        InputError: DVC fails, for example because dvc.lock is damaged.
    """
    command = [sys.executable, "-m", "dvc", "status", "--json"]
    process = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    try:
        if process.returncode:
            raise ValueError
        status: dict[str, Any] = json.loads(process.stdout or "{}")
    except ValueError:
        message = " ".join(process.stderr.split())[:LONGEST] or "no answer"
        raise InputError(f"dvc status: {message}", "git checkout dvc.lock") from None
    return status


def list_outputs(root: Path) -> dict[str, str]:
    """Return the stage of each output that dvc.yaml declares, by path relative to `root`."""
    from dvc.repo import Repo

    with Repo(str(root)) as repo:
        return {out.def_path: stage.addressing for stage in repo.index.stages for out in stage.outs}


def explain_file(root: Path, path: str) -> str | None:
    """Return in a sentence why DVC would make a file again, or that it is current.

    Args:
        root: the folder that holds dvc.yaml.
        path: of the file, relative to `root`.

    Returns:
        The sentence, or None if no stage makes the file.
    """
    from dvc.repo import Repo

    with Repo(str(root)) as repo:
        stages = {stage.addressing: stage for stage in repo.index.stages}
        stage_by_output = {out.def_path: name for name, stage in stages.items() for out in stage.outs}
        if path not in stage_by_output:
            return None
        graph = repo.index.graph
        upstream = _list_upstream(graph, stages[stage_by_output[path]])
        upstream_by_stage = {name: _list_upstream(graph, stages[name]) for name in upstream}
        sources_by_stage = {name: _list_sources(stages[name], stage_by_output) for name in upstream}
    try:
        status = read_status(root)
    except InputError as error:
        return f"DVC cannot say: {error.what}"
    changed = {name: status[name] for name in upstream if name in status}
    causes = [cause for name in changed for cause in _list_causes(changed[name], sources_by_stage[name])]
    stage_count = sum(any(name in changed for name in names) for names in upstream_by_stage.values())
    # A stage whose inputs are made by other stages has no cause of its own. If that holds for all, name the stages.
    return format_reason("DVC", path, causes or [f"stage {name} changed" for name in changed], stage_count - 1)


def _list_upstream(graph: Any, stage: Any) -> list[str]:
    """Return the names of a stage and of all stages that it depends on, breadth first.

    An edge of DVC's graph leads from a stage to one that it depends on.
    """
    seen, queue = {stage.addressing: None}, [stage]
    while queue:
        for dependency in graph.successors(queue.pop(0)):
            if dependency.addressing not in seen:
                seen[dependency.addressing] = None
                queue.append(dependency)
    return list(seen)


def _list_sources(stage: Any, stage_by_output: dict[str, str]) -> set[str]:
    """Return the dependencies of a stage that no stage makes, in whole or in part."""
    names = {dependency.def_path for dependency in stage.deps}
    return {
        name for name in names if not any(output == name or output.startswith(f"{name}/") for output in stage_by_output)
    }


def _list_causes(changes: list[Any], sources: set[str]) -> Iterator[str]:
    """Yield the causes in the status of one stage; dependencies that another stage makes are left out."""
    for change in changes:
        if not isinstance(change, dict):
            yield str(change)
            continue
        for name, state in change.get("changed deps", {}).items():
            if isinstance(state, dict):  # keys of params.yaml
                yield from (f"{key} in {name} is {key_state}" for key, key_state in state.items())
            elif name in sources:
                yield f"{name} is {state}"
        for name, state in change.get("changed outs", {}).items():
            yield f"{name} is {'missing' if state == 'deleted' else state}"
