"""Counts the inputs of each target for the summary, and checks the memory that each test module takes."""

import resource
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.fuzz.fuzzing import COUNTED

LIMIT = 1 << 20  # kilobytes
KEY = "inputs"


@pytest.fixture(autouse=True)
def _counted(request: pytest.FixtureRequest) -> Iterator[None]:
    COUNTED.clear()
    yield
    request.node.user_properties.append((KEY, (dict(COUNTED), _peak())))  # pytest-xdist sends it from its workers too


@pytest.fixture(autouse=True, scope="module")
def _bounded() -> Iterator[None]:
    before = _peak()
    yield
    assert _peak() - before < LIMIT, "hostile input took more than 1 GB"


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the number of inputs of each target, and the peak memory."""
    reports = [report for group in terminalreporter.stats.values() for report in group]
    finished = [report for report in reports if getattr(report, "when", "") == "teardown"]
    values = [value for report in finished for key, value in report.user_properties if key == KEY]
    total: Counter[str] = Counter()
    for counts, _ in values:
        total.update(counts)
    if total:
        terminalreporter.section("hostile inputs")
        for target, number in sorted(total.items()):
            terminalreporter.write_line(f"{number:>8,}  {target}")
        peak_mb = max(peak for _, peak in values) >> 10
        terminalreporter.write_line(f"{total.total():>8,}  in all; peak memory {peak_mb:,} MB")
