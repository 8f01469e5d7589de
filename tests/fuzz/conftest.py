"""Counts the inputs of each target for the end of the run, and watches the memory of each file of tests."""

import resource
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.fuzz.fuzzing import COUNTED

MOST = 1 << 20  # kilobytes
KEY = "inputs"


@pytest.fixture(autouse=True)
def _counted(request: pytest.FixtureRequest) -> Iterator[None]:
    COUNTED.clear()
    yield
    request.node.user_properties.append((KEY, (dict(COUNTED), _peak())))  # travels from the workers of xdist too


@pytest.fixture(autouse=True, scope="module")
def _bounded() -> Iterator[None]:
    before = _peak()
    yield
    assert _peak() - before < MOST, "hostile input took more than 1 GB"


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many inputs each target had, and the most memory."""
    reports = [report for group in terminalreporter.stats.values() for report in group]
    ended = [report for report in reports if getattr(report, "when", "") == "teardown"]
    told = [value for report in ended for key, value in report.user_properties if key == KEY]
    total: Counter[str] = Counter()
    for counted, _ in told:
        total.update(counted)
    if total:
        terminalreporter.section("hostile inputs")
        for target, number in sorted(total.items()):
            terminalreporter.write_line(f"{number:>8,}  {target}")
        most = max(peak for _, peak in told) >> 10
        terminalreporter.write_line(f"{total.total():>8,}  in all; peak memory {most:,} MB")
