"""The jobs of the finished project, asked of Snakemake once."""

import pytest

from tests.project import Project
from tests.workflow import graphs
from tests.workflow.graphs import Job


@pytest.fixture(scope="session")
def jobs(finished: Project) -> dict[str, Job]:
    """All jobs, by command; their paths are relative to the project."""
    return graphs.of_snakemake(finished.folder)
