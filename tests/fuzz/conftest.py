"""How many inputs were tried, and that no file of tests took more memory than it may."""

import resource
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fuzz.harness import COUNTS, MEGABYTES


@pytest.fixture(autouse=True, scope="module")
def memory() -> Iterator[None]:
    """Compare the most memory this process ever had, in kB, before and after."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEGABYTES * 1024


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the counts of a process of pytest-xdist to the one that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["fuzz"] = dict(COUNTS)


def pytest_testnodedown(node: Any) -> None:
    """Take them."""
    COUNTS.update(getattr(node, "workeroutput", {}).get("fuzz", {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print them."""
    if COUNTS:
        listed = ", ".join(f"{target} {number:,}" for target, number in sorted(COUNTS.items()))
        terminalreporter.write_line(f"fuzz: {COUNTS.total():,} inputs ({listed})")
