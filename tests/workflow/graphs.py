"""The two graphs in one form: for each job its command, inputs, outputs and values.

A dependency on a folder is resolved to the files it stands for: sources that lie there, and outputs of other jobs.
"""

from collections.abc import Iterable, Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Job:
    """What a job says of itself; paths are relative to the project."""

    command: str
    inputs: frozenset[str]
    outputs: frozenset[str]
    values: dict[str, Any]


def of_snakemake(root: Path = ROOT) -> dict[str, Job]:
    """Return the jobs of the Snakefile's default target, by command."""
    from snakemake.api import DAGSettings, OutputSettings, ResourceSettings, SnakemakeApi
    from snakemake.settings.types import Quietness

    jobs = {}
    with chdir(root), SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(ResourceSettings(cores=1), snakefile=root / "Snakefile", workdir=root)
        expanded = workflow.dag(dag_settings=DAGSettings(forceall=True)).workflow_api._workflow
        expanded._prepare_dag(forceall=True, ignore_incomplete=True, lock_warn_only=True)
        expanded._build_dag()
        for job in expanded.dag.jobs:
            if job.shellcmd is not None:
                command = job.shellcmd.split(" > ")[0]  # the log is Snakemake's own affair
                values = {key: value for held in job.params for key, value in held.items()}
                jobs[command] = Job(command, frozenset(map(str, job.input)), frozenset(map(str, job.output)), values)
    return jobs


def of_dvc(root: Path = ROOT) -> dict[str, Job]:
    """Return the stages of dvc.yaml, by command."""
    from dvc.dependency import ParamsDependency
    from dvc.repo import Repo

    with Repo(str(root)) as repo:
        stages = list(repo.index.stages)
        outputs = {out.def_path for stage in stages for out in stage.outs}
        return {
            stage.cmd: Job(
                stage.cmd,
                frozenset(
                    _files((d.def_path for d in stage.deps if not isinstance(d, ParamsDependency)), outputs, root)
                ),
                frozenset(out.def_path for out in stage.outs),
                {k: v for d in stage.deps if isinstance(d, ParamsDependency) for k, v in d.read_params().items()},
            )
            for stage in stages
        }


def _files(places: Iterable[str], outputs: set[str], root: Path) -> Iterator[str]:
    for place in places:
        below = {out for out in outputs if out.startswith(f"{place}/")}
        if below:
            yield from below
        elif (root / place).is_dir():
            yield from (str(path.relative_to(root)) for path in (root / place).glob("*.[pt]y*"))
        else:
            yield place


def differences(snakemake: dict[str, Job], dvc: dict[str, Job]) -> list[str]:
    """Return what differs, a line each: which job, what of it, and both sides.

    DVC cannot name single files of all models and runs, so a stage that reads trainings depends on their folder: of a
    training's outputs Snakemake may read fewer than DVC watches, but of every training at least one.
    """
    lines = [f"{command}: only Snakemake has it" for command in sorted(snakemake.keys() - dvc.keys())]
    lines += [f"{command}: only DVC has it" for command in sorted(dvc.keys() - snakemake.keys())]
    for command in sorted(snakemake.keys() & dvc.keys()):
        ours, theirs = snakemake[command], dvc[command]
        pairs: list[tuple[str, Any, Any]] = [
            ("inputs", _by_training(ours.inputs), _by_training(theirs.inputs)),
            ("outputs", ours.outputs, theirs.outputs),
            ("values", ours.values, _narrowed(theirs.values, command)),
        ]
        for what, one, other in pairs:
            if one != other:
                lines.append(f"{command}: {what} differ\n  Snakemake: {_show(one, other)}\n  DVC: {_show(other, one)}")
    return lines


def _narrowed(values: dict[str, Any], command: str) -> dict[str, Any]:
    """Return a stage's values as Snakemake has them: of the models to be searched, a search depends on its own."""
    return values | {key: [m for m in values[key] if m in command.split()] for key in ("tune.models",) if key in values}


def _by_training(paths: frozenset[str]) -> frozenset[str]:
    return frozenset(str(Path(path).parent) if path.startswith("models/") else path for path in paths)


def _show(one: Any, other: Any) -> str:
    """Return what `one` has that `other` has not."""
    if isinstance(one, dict):
        return str({key: value for key, value in sorted(one.items()) if key not in other or other[key] != value})
    return str(sorted(one - other))
