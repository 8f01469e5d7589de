"""The commands of the pages in docs work as written, in the finished small project."""

from pathlib import Path

import pytest

from tests import pages
from tests.project import Project

RUN = [
    page
    for page in pages.PAGES
    if page.name not in ("CONTRIBUTING.md", "claims.md")  # test_recipes.py follows these
    and any(runs for _, runs in pages.blocks(page, "sh"))
]


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_the_commands_of_a_page_work(project: Project, page: Path) -> None:
    for text, runs in pages.blocks(page, "sh"):
        if runs:
            project.run("bash", "-ec", text)
