"""Run all checks of `lemma doctor`. No check changes anything."""

from collections.abc import Callable, Iterator
from typing import Any

from lemma import params
from lemma.diagnostics import engine_checks, machine_checks
from lemma.diagnostics.finding import Finding
from lemma.errors import LemmaError, missing_project
from lemma.layout import Layout


def run_checks(layout: Layout) -> Iterator[Finding]:
    """Yield the findings of all checks, each as soon as it is known.

    Without a params.yaml the only finding is that it is missing. A check that raises is a finding too.
    """
    if not layout.params.exists():
        error = missing_project(layout.params)
        yield Finding("params.yaml", error.what, error.fix)
        return
    for check in (
        machine_checks.check_python,
        machine_checks.check_packages,
        machine_checks.check_disk,
        machine_checks.check_mirror,
        machine_checks.check_git,
    ):
        yield from _run_check(check, layout)
    try:
        values = params.load(layout.params)
    except LemmaError as error:
        yield Finding("params.yaml", " ".join(error.what.split()), error.fix or "git checkout params.yaml")
    else:
        datasets = ", ".join(values.experiment.datasets)
        yield Finding("params.yaml", f"{len(values.experiment.models)} models on {datasets}")
        yield from _run_check(machine_checks.check_gpu, values)
        yield from _run_check(engine_checks.check_files, layout, values)
    for check in (
        engine_checks.check_clock,
        engine_checks.check_locks,
        engine_checks.check_store,
        engine_checks.check_dvc,
    ):
        yield from _run_check(check, layout)


def _run_check(check: Callable[..., Iterator[Finding]], *arguments: Any) -> Iterator[Finding]:
    """Yield the findings of a check; an exception becomes a finding, so that the remaining checks still run."""
    try:
        yield from check(*arguments)
    except Exception as error:
        subject = check.__name__.removeprefix("check_")
        yield Finding(subject, f"this check failed: {error!r}", "report it, with the line above")
