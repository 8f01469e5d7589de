"""dvc.yaml, written from the table of stages and params.yaml.

DVC has no dependencies that depend on values, so those of an experiment (the runs that `evaluate` reads, the corpora of
learnt word vectors, a user's own file) are written out. Where jobs of one stage differ in more than their wildcards,
such as those of a user's own data set, they become stages of their own, named after their wildcards.
"""

import re
from collections.abc import Iterable
from itertools import product
from typing import Any

import yaml

from lemma.params import Neural, Params
from lemma.stages.jobs import Job, jobs, value_of
from lemma.stages.stage import Stage
from lemma.stages.table import LISTS, STAGES

HEADER = """\
# Written by `lemma stages --write` from src/lemma/stages and params.yaml; do not edit.
# Run it again after a change of the experiment: data sets, models, runs, exercises, fractions, shards, word vectors.
"""
WIDTH = 1000  # no line is folded


def dvc_yaml(params: Params) -> str:
    """Return the content of dvc.yaml for an experiment."""
    stages: dict[str, Any] = {}
    needed = jobs(params)
    for stage in STAGES.values():
        stages |= _entries(stage, [job for job in needed if job.stage is stage], params)
    whole = {"stages": stages, "plots": _plots(params), "artifacts": _artifacts(params)}
    content: str = yaml.dump(whole, Dumper=_Dumper, sort_keys=False, width=WIDTH, allow_unicode=True)
    return HEADER + re.sub(r"(?m)^(?=  [\w-]+:$)", "\n", content).replace(":\n\n", ":\n")


def _plots(params: Params) -> list[dict[str, Any]]:
    """Return the plots from data: a line for each model, overlaid for the revisions that are compared."""
    models = params.experiment.models
    networks = [model for model in models if isinstance(getattr(params.models, model), Neural)]
    return [
        {
            f"{plot.title} ({dataset})": {
                "template": "simple",
                "x": plot.x,
                "x_label": plot.x,
                "y_label": plot.y,
                "y": {plot.path.format(dataset=dataset): drawn},
            }
        }
        for dataset in params.experiment.datasets
        for stage in STAGES.values()
        for plot in stage.plots
        if (drawn := networks if plot.networks else models)
    ]


def _artifacts(params: Params) -> dict[str, Any]:
    """Return the trained models that `dvc artifacts get` finds by name: of each model the first run."""
    run = params.experiment.runs[0]
    return {
        f"{dataset}-{model}".lower().replace("_", "-"): {
            "path": STAGES["train"].writes[0].format(dataset=dataset, model=model, run=run),
            "type": "model",
            "desc": f"{model} trained on {dataset}, run {run}; lemma predict --model reads it",
        }
        for dataset in params.experiment.datasets
        for model in params.experiment.models
    }


def _entries(stage: Stage, stage_jobs: list[Job], params: Params) -> dict[str, Any]:
    """Return the entries of one stage, by name: one for all jobs of the most frequent form, one each for the others."""
    forms: dict[tuple[str, ...], list[Job]] = {}
    for job in stage_jobs:
        forms.setdefault(tuple(job.patterns), []).append(job)
    if not forms:
        return {}
    main = max(forms, key=lambda form: len(forms[form]))
    entries = {stage.name: _entry(stage, main, forms.pop(main), params)}
    for form, other_jobs in forms.items():
        for job in other_jobs:
            entries["-".join([stage.name, *job.wildcards.values()])] = _entry(stage, form, [job], params, single=True)
    return entries


def _entry(stage: Stage, patterns: Iterable[str], stage_jobs: list[Job], params: Params, single: bool = False) -> Any:
    """Return one entry: with a matrix over the jobs' wildcards or, if `single`, for one job."""
    entry: dict[str, Any] = {"desc": stage.help}
    values = {name: f"${{item.{name}}}" for name in stage.wildcards}
    if single:
        values = stage_jobs[0].wildcards
    elif stage.wildcards:
        entry["matrix"] = _matrix(stage, stage_jobs, params)

    def filled(paths: Iterable[str]) -> list[str]:
        return [path.format(**values) for path in paths]

    entry["cmd"] = filled([stage.command])[0]
    if stage.keys:
        entry["params"] = filled(stage.keys)
    code = [f"src/lemma/{place}" for place in stage.code]
    entry["deps"] = filled([*patterns, *(f"reports/{name}" for name in stage.templates), *code])
    special = {*stage.metrics, *stage.images}
    if outs := [path for path in stage.writes if path not in special]:
        entry["outs"] = filled(outs)
    if stage.metrics:
        entry["metrics"] = filled(stage.metrics)
    if stage.images:
        entry["plots"] = filled(stage.images)
    return entry


def _matrix(stage: Stage, stage_jobs: list[Job], params: Params) -> dict[str, Any]:
    """Return the values of the wildcards: a reference to the list of params.yaml where they are all of it."""
    matrix: dict[str, Any] = {}
    for name in stage.wildcards:
        used = list(dict.fromkeys(job.wildcards[name] for job in stage_jobs))
        listed = [str(value) for value in value_of(params, LISTS[name])]
        matrix[name] = f"${{{LISTS[name]}}}" if sorted(used) == sorted(listed) else used
    combinations = {tuple(job.wildcards[name] for name in stage.wildcards) for job in stage_jobs}
    lists = [dict.fromkeys(job.wildcards[name] for job in stage_jobs) for name in stage.wildcards]
    if combinations != set(product(*lists)):
        raise ValueError(f"{stage.name}: its jobs are not all combinations of their wildcards")
    return matrix


class _Dumper(yaml.SafeDumper):
    """Lists indented below their key, as in the documentation of DVC."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)
