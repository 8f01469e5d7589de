"""The jobs of an experiment: every stage with the wildcards that params.yaml asks for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from lemma.params import Params
from lemma.stages.stage import Stage
from lemma.stages.table import LISTS, STAGES, TARGETS


@dataclass(frozen=True)
class Job:
    """A stage with values for its wildcards; paths are relative to the project's folder."""

    stage: Stage
    wildcards: dict[str, str]
    params: Params

    @property
    def command(self) -> str:
        """The command as it is typed."""
        return self.stage.command.format(**self.wildcards)

    @cached_property
    def patterns(self) -> list[str]:
        """Paths that it reads of other stages and of the user's own, its own wildcards in braces."""
        return list(dict.fromkeys(self.stage.reads(self.params, self.wildcards)))

    @property
    def reads(self) -> list[str]:
        """Paths that it reads of other stages and of the user's own."""
        return list(dict.fromkeys(self._fill(self.patterns)))

    @property
    def writes(self) -> list[str]:
        """Paths of its outputs."""
        return list(self._fill(self.stage.writes))

    @property
    def code(self) -> list[str]:
        """Packages and modules below `src/lemma` that its result depends on."""
        return list(self._fill(self.stage.code))

    @property
    def values(self) -> dict[str, Any]:
        """Values of params.yaml that its result depends on, by dotted key.

        Of the models to be tuned a search depends on its own only: it need not run again when another one is added.
        """
        values = {key: value_of(self.params, key) for key in self._fill(self.stage.keys)}
        if "tune.models" in values and "model" in self.wildcards:
            values["tune.models"] = [model for model in values["tune.models"] if model == self.wildcards["model"]]
        return values

    def _fill(self, patterns: Iterable[str]) -> Iterator[str]:
        return (pattern.format(**self.wildcards) for pattern in patterns)


def job_of(params: Params, stage: str, *wildcards: object) -> Job:
    """Return one job of a stage.

    Args:
        params: the content of params.yaml.
        stage: name of the stage.
        wildcards: values of its wildcards, in the order of its command.

    Raises:
        ValueError: the number of wildcards is not that of the stage.
    """
    names = STAGES[stage].wildcards
    return Job(STAGES[stage], dict(zip(names, map(str, wildcards), strict=True)), params)


def value_of(params: Params, key: str) -> Any:
    """Return one value of params.yaml as plain data, by its dotted key; None where a data set has no section."""
    value: Any = params.model_dump(exclude_unset=True)
    for step in key.split("."):
        value = value.get(step) if value is not None else None
    return value


def jobs(params: Params) -> list[Job]:
    """Return the jobs that the results of the experiment need, in the order of the stages."""
    todo = [job for stage in TARGETS for job in _all_of(params, STAGES[stage])]
    needed: dict[str, Job] = {}
    while todo:
        job = todo.pop()
        if job.command not in needed:
            needed[job.command] = job
            todo += [producer for path in job.reads if (producer := producer_of(params, path)) is not None]
    order = list(STAGES)
    return sorted(needed.values(), key=lambda job: order.index(job.stage.name))


def producer_of(params: Params, path: str) -> Job | None:
    """Return the job that writes `path`; None: no stage does, it is the user's own or part of the repository."""
    for stage in STAGES.values():
        wildcards = stage.match(path)
        if wildcards is not None:
            return Job(stage, wildcards, params)
    return None


def _all_of(params: Params, stage: Stage) -> Iterator[Job]:
    lists = [value_of(params, LISTS[name]) for name in stage.wildcards]
    for values in product(*lists):
        yield job_of(params, stage.name, *values)
