"""The packages depend on each other as docs/design.md draws them."""

import re

from tests.pages import between
from tests.workflow import dependencies


def test_the_drawing_of_the_dependencies_is_that_of_the_imports() -> None:
    expected = dependencies.drawing(dependencies.imports())  # a circle of imports is an error
    assert between(dependencies.PAGE, dependencies.MARK) == expected, "run: python -m tests.workflow.dependencies"


def test_every_package_and_module_is_in_the_drawing_and_described() -> None:
    page = dependencies.PAGE.read_text()
    described = {
        name for cell in re.findall(r"^\| (`.+?`) \|", page, re.MULTILINE) for name in re.findall(r"\w+", cell)
    }
    drawn = {*re.findall(r"\w+", between(dependencies.PAGE, dependencies.MARK))} - {"mermaid", "flowchart", "TD"}
    assert described == drawn == dependencies.imports().keys()


def test_a_new_import_or_module_changes_the_drawing() -> None:
    graph = dependencies.imports()
    before = dependencies.drawing(graph)
    assert dependencies.drawing(graph | {"new": {"files"}}) != before
    assert dependencies.drawing(graph | {"exercises": graph["exercises"] | {"models"}}) != before
