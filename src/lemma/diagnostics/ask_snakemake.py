"""What Snakemake would do with a file: its own graph, built and not run."""

import ast
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import yaml

from lemma.diagnostics.sentences import format_reason, list_changes
from lemma.errors import InputError

PROFILE = Path("profiles/default/config.yaml")


def explain_file(root: Path, path: str) -> str | None:
    """Return in a sentence why Snakemake would make `path` again, or that it is current; None: no rule makes it.

    Raises:
        InputError: the workflow cannot be read, params.yaml say.
    """
    from snakemake.api import DAGSettings, OutputSettings, ResourceSettings, SnakemakeApi
    from snakemake.exceptions import MissingRuleException, WorkflowError
    from snakemake.settings.types import Quietness

    root = root.resolve()
    limit = yaml.safe_load((root / PROFILE).read_text())["max-checksum-file-size"]
    wanted = DAGSettings(targets={path}, max_checksum_file_size=limit, force_incomplete=True)
    with chdir(root), SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        held = api.workflow(ResourceSettings(cores=1), snakefile=root / "Snakefile", workdir=root)
        try:
            workflow = held.dag(dag_settings=wanted).workflow_api._workflow
            workflow._prepare_dag(forceall=False, ignore_incomplete=False, lock_warn_only=True)
            workflow._build_dag()
        except MissingRuleException:
            return None
        except WorkflowError as error:
            raise InputError(f"Snakemake cannot read the workflow: {error}", "Mend what it names.") from None
        return _told(workflow.dag, path)


def _told(dag: Any, path: str) -> str | None:
    made = [job for job in dag.jobs if path in map(str, job.output)]
    if not made:
        return None
    above = [job for job in dag.bfs(dag.dependencies, made[0]) if dag.needrun(job)]
    if not dag.needrun(made[0]):
        return format_reason("Snakemake", path, [], 0)
    causes = [cause for job in above for cause in _causes(dag, job)]
    return format_reason("Snakemake", path, causes, len(above) - 1)


def _causes(dag: Any, job: Any) -> Iterator[str]:
    """Yield why a job would run, its inputs made anew by others aside."""
    why, output = dag.reason(job), min(map(str, job.output))
    yield from (f"{name} is missing" for name in sorted(map(str, why.missing_output)))
    yield from (f"{name} was broken off while it was made" for name in sorted(map(str, why.incomplete_output)))
    if not why.missing_output:  # what was never made is older than nothing
        yield from (f"{name} changed since {output} was made" for name in sorted(map(str, why.updated_input)))
    if why.params_changed:
        before, now = (_values(held) for held in (why.params_changed.only_old, why.params_changed.only_new))
        found = list_changes(before, now)
        yield from found or [f"other values of params.yaml go into {output}"]
    if why.code_changed:
        yield f"the command of rule {job.rule.name} changed"
    if why.input_changed:
        yield f"rule {job.rule.name} reads other files than when it made {output}"
    if why.forced:
        yield f"{output} is forced"


def _values(held: Any) -> dict[str, Any]:
    """Return the values that a rule used, of which Snakemake keeps the text."""
    found: dict[str, Any] = {}
    for text in held:
        value = ast.literal_eval(text) if isinstance(text, str) else text
        found |= value if isinstance(value, dict) else {}
    return found
