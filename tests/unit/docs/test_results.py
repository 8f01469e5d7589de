"""The README's table of results is that of the committed results."""

from tests.pages import between
from tests.unit.docs import results


def test_the_table_of_results_is_that_of_the_committed_results() -> None:
    assert between(results.README, results.MARK) == results.table(), "run: python -m tests.unit.docs.results"
