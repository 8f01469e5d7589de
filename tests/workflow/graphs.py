"""The graph of jobs, with inputs, outputs and values, as Snakemake, DVC and the table of stages state it."""

from collections.abc import Iterable, Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lemma import params as parameters
from lemma.stages import jobs as table
from lemma.stages.code import sources

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Job:
    """A job as one of the three states it; paths are relative to the project's folder."""

    command: str
    inputs: frozenset[str]
    outputs: frozenset[str]
    values: dict[str, Any]


def of_snakemake(root: Path = ROOT, folder: Path | None = None) -> dict[str, Job]:
    """Return the jobs of the Snakefile's default target, by command.

    Args:
        root: the folder with the workflow.
        folder: the working directory, with params.yaml; None: `root`.
    """
    from snakemake.api import DAGSettings, OutputSettings, ResourceSettings, SnakemakeApi
    from snakemake.settings.types import Quietness

    jobs = {}
    folder = folder or root
    with chdir(folder), SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(ResourceSettings(cores=1), snakefile=root / "Snakefile", workdir=folder)
        expanded = workflow.dag(dag_settings=DAGSettings(forceall=True)).workflow_api._workflow
        expanded._prepare_dag(forceall=True, ignore_incomplete=True, lock_warn_only=True)
        expanded._build_dag()
        for job in expanded.dag.jobs:
            if job.shellcmd is not None:
                command = job.shellcmd.split(" > ")[0]  # without the log
                values = {k: v for k, v in job.params.get("values", {}).items() if not k.startswith("files of ")}
                outputs = frozenset(map(str, job.output))
                jobs[command] = Job(command, frozenset(_files(map(str, job.input), set(), root)), outputs, values)
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
                _of_one_model(
                    {k: v for d in stage.deps if isinstance(d, ParamsDependency) for k, v in d.read_params().items()},
                    stage.cmd,
                ),
            )
            for stage in stages
        }


def of_table(root: Path = ROOT, folder: Path | None = None) -> dict[str, Job]:
    """Return the jobs of the table of stages, by command: of the params.yaml in `folder`, or in `root`."""
    params = parameters.load((folder or root) / "params.yaml")
    return {
        job.command: Job(
            job.command,
            frozenset(
                _files(
                    [*job.reads, *sources(job.code), *(f"reports/{name}" for name in job.stage.templates)], set(), root
                )
            ),
            frozenset(job.writes),
            job.values,
        )
        for job in table.jobs(params)
    }


def _files(places: Iterable[str], outputs: set[str], root: Path) -> Iterator[str]:
    """Yield the files that dependencies stand for: a folder of sources for those in it."""
    for place in places:
        if place not in outputs and (root / place).is_dir():
            paths = (path for path in (root / place).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
            yield from (str(path.relative_to(root)) for path in paths)
        else:
            yield place


def _of_one_model(values: dict[str, Any], command: str) -> dict[str, Any]:
    """Return a search's values with its own model as the only one to be tuned: DVC cannot select from a list."""
    return values | {key: [m for m in values[key] if m in command.split()] for key in ("tune.models",) if key in values}


def differences(name: str, jobs: dict[str, Job], expected: dict[str, Job]) -> list[str]:
    """Return what differs from the table of stages, a line each: which job, what of it, and both sides."""
    lines = [f"{command}: only {name} has it" for command in sorted(jobs.keys() - expected.keys())]
    lines += [f"{command}: {name} lacks it" for command in sorted(expected.keys() - jobs.keys())]
    for command in sorted(jobs.keys() & expected.keys()):
        ours, theirs = jobs[command], expected[command]
        pairs: list[tuple[str, Any, Any]] = [
            ("inputs", ours.inputs, theirs.inputs),
            ("outputs", ours.outputs, theirs.outputs),
            ("values", ours.values, theirs.values),
        ]
        for what, one, other in pairs:
            if one != other:
                lines.append(f"{command}: {what} differ\n  {name}: {_only(one, other)}\n  table: {_only(other, one)}")
    return lines


def _only(one: Any, other: Any) -> str:
    """Return what `one` has and `other` has not."""
    if isinstance(one, dict):
        return str({key: value for key, value in sorted(one.items()) if key not in other or other[key] != value})
    return str(sorted(one - other))
