"""Ask Snakemake why it would make a file again: its graph of jobs is built, and nothing is run."""

import ast
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import yaml

from lemma.diagnostics.reason_text import format_reason, list_changes
from lemma.errors import InputError
from lemma.layout import Layout

PROFILE = Path("profiles/default/config.yaml")


def explain_file(root: Path, path: str) -> str | None:
    """Return in a sentence why Snakemake would make a file again, or that it is current.

    Args:
        root: the folder that holds params.yaml.
        path: of the file, relative to `root`.

    Returns:
        The sentence, or None if no rule makes the file.

    Raises:
        InputError: Snakemake cannot read the workflow, for example because params.yaml is invalid; or `path` contains
            an unknown data set, model or run.
    """
    from snakemake.api import DAGSettings, OutputSettings, ResourceSettings, SnakemakeApi
    from snakemake.exceptions import MissingRuleException, WorkflowError
    from snakemake.settings.types import Quietness

    root = root.resolve()
    source = Layout(root).workflow.resolve()
    limit = yaml.safe_load((source / PROFILE).read_text())["max-checksum-file-size"]
    settings = DAGSettings(targets={path}, max_checksum_file_size=limit, force_incomplete=True)
    with chdir(root), SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow_api = api.workflow(ResourceSettings(cores=1), snakefile=source / "Snakefile", workdir=root)
        try:
            workflow = workflow_api.dag(dag_settings=settings).workflow_api._workflow
            workflow._prepare_dag(forceall=False, ignore_incomplete=False, lock_warn_only=True)
            workflow._build_dag()
        except MissingRuleException:
            return None
        except WorkflowError as error:
            if isinstance(error.__context__, InputError):  # of a wildcard that the path contains
                raise error.__context__ from None
            raise InputError(f"Snakemake cannot read the workflow: {error}", "Fix what it names.") from None
        return _explain_job(workflow.dag, path)


def _explain_job(dag: Any, path: str) -> str | None:
    """Return the sentence on the job that makes `path`; None if there is none."""
    job = next((job for job in dag.jobs if path in map(str, job.output)), None)
    if job is None:
        return None
    if not dag.needrun(job):
        return format_reason("Snakemake", path, [], 0)
    upstream = [needed for needed in dag.bfs(dag.dependencies, job) if dag.needrun(needed)]
    causes = [cause for needed in upstream for cause in _list_causes(dag, needed)]
    return format_reason("Snakemake", path, causes, len(upstream) - 1)


def _list_causes(dag: Any, job: Any) -> Iterator[str]:
    """Yield the causes for which a job would run, except that another job makes its input again."""
    reason, output = dag.reason(job), min(map(str, job.output))
    yield from (f"{name} is missing" for name in sorted(map(str, reason.missing_output)))
    yield from (f"{name} is incomplete" for name in sorted(map(str, reason.incomplete_output)))
    if not reason.missing_output:  # a missing output has no date with which inputs could be compared
        yield from (f"{name} changed since {output} was made" for name in sorted(map(str, reason.updated_input)))
    if reason.params_changed:
        before, now = (_parse_params(reason.params_changed.only_old), _parse_params(reason.params_changed.only_new))
        yield from list_changes(before, now) or [f"values of params.yaml that {output} depends on changed"]
    if reason.code_changed:
        yield f"the command of rule {job.rule.name} changed"
    if reason.input_changed:
        yield f"the set of input files of rule {job.rule.name} changed since {output} was made"
    if reason.forced:
        yield f"{output} is forced"


def _parse_params(texts: Any) -> dict[str, Any]:
    """Return the `params` of a rule, which Snakemake records as text."""
    values: dict[str, Any] = {}
    for text in texts:
        value = ast.literal_eval(text) if isinstance(text, str) else text
        values |= value if isinstance(value, dict) else {}
    return values
