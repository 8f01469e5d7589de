"""All checks, one after the other; none of them changes anything, and none stops at what it finds."""

from collections.abc import Callable, Iterator
from typing import Any

from lemma import params
from lemma.diagnostics import engine_checks, machine_checks
from lemma.diagnostics.finding import Finding
from lemma.errors import LemmaError, missing_project
from lemma.layout import Layout


def run_checks(layout: Layout) -> Iterator[Finding]:
    """Yield what each check finds, as soon as it does."""
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
        yield from _tried(check, layout)
    try:
        values = params.load(layout.params)
    except LemmaError as error:
        yield Finding("params.yaml", " ".join(error.what.split()), error.fix or "git checkout params.yaml")
    else:
        sets = ", ".join(values.experiment.datasets)
        yield Finding("params.yaml", f"{len(values.experiment.models)} models on {sets}")
        yield from _tried(machine_checks.check_gpu, values)
        yield from _tried(engine_checks.check_files, layout, values)
    for check in (
        engine_checks.check_clock,
        engine_checks.check_locks,
        engine_checks.check_store,
        engine_checks.check_dvc,
    ):
        yield from _tried(check, layout)


def _tried(check: Callable[..., Iterator[Finding]], *what: Any) -> Iterator[Finding]:
    """Yield what a check finds; one that fails is a finding too, since a broken place is what is looked for."""
    try:
        yield from check(*what)
    except Exception as error:
        yield Finding(check.__name__, f"this check failed: {error!r}", "report it, with the line above")
