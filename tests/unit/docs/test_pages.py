"""README, CONTRIBUTING and the pages of docs: links lead somewhere, and the tools accept every command as written."""

import re
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from lemma import params
from lemma.cli import app
from tests import pages
from tests.project import ROOT

OTHERS = {"cp", "curl", "export", "git", "printf", "source", "touch", "uv"}  # whose arguments are not checked
by_page = pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)


def test_the_readme_has_at_most_120_lines() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


@by_page
def test_every_link_leads_to_a_file_or_heading(page: Path) -> None:
    for link in pages.links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in pages.anchors(target), f"{page.name}: {link}"


def test_the_readme_leads_to_every_page() -> None:
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in pages.links(ROOT / "README.md")}
    assert {page for page in pages.PAGES if page.name != "README.md"} <= linked


@by_page
def test_every_command_is_one_that_its_tool_accepts(page: Path) -> None:
    for text, _ in pages.blocks(page, "sh"):
        for line in pages.lines(text):
            for tool, *arguments in pages.commands(line):
                check = _CHECKS.get(Path(tool).name)
                assert check or tool in OTHERS, f"{page.name}: {line}"
                if check:
                    check(arguments)


@by_page
def test_every_key_of_params_that_is_mentioned_or_set_exists(page: Path) -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    text = page.read_text()
    keys = [*re.findall(r"(?:--set|-S) \"?([\w.]+)=", text), *re.findall(r"`([a-z]\w+\.[\w.]+)(?:: [^`]*)?`", text)]
    for key in keys:
        first, *names = key.split(".")
        values = params.get(first, {})
        for name in names if values else []:
            if name.isupper():  # stands for any data set or model
                break
            assert name in values, f"{page.name}: {key}"
            values = values[name]


def test_the_examples_of_own_data_are_valid_values() -> None:
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    page = ROOT / "docs" / "data.md"
    ((text, _),) = pages.blocks(page, "yaml")
    values["datasets"] |= yaml.safe_load(text)["datasets"]
    params.check(values, page)
    splits = re.findall(r"^\| `(\{.+?\}|folders)` \|", page.read_text(), re.MULTILINE)
    assert len(splits) == 5
    for split in splits:
        own = values["datasets"]["tickets" if "folds" in split or "column" in split else "letters"]
        own["split"] = yaml.safe_load(split)
        params.check(values, page)


def test_each_page_of_commands_has_some_that_run() -> None:
    # The CI runs the README's two commands; test_dvc.py and test_compare.py do what compare.md says.
    static = {"README.md", "cluster.md", "compare.md", "design.md", "glossary.md"}
    for page in pages.PAGES:
        shell = list(pages.blocks(page, "sh"))
        assert page.name in static or any(runs for _, runs in shell), page.name


def _check_lemma(arguments: list[str]) -> None:
    command: Any = typer.main.get_command(app)
    while arguments and hasattr(command, "commands") and arguments[0] in command.commands:
        command, arguments = command.commands[arguments[0]], arguments[1:]
    known = {option for parameter in command.params for option in parameter.opts}
    if hasattr(command, "commands"):
        assert arguments, "no command"
        assert set(arguments) <= known, arguments
    else:
        command.make_context(command.name, list(arguments))  # raises if an argument is missing, unknown or invalid


def _check_make(arguments: list[str]) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(arguments) <= targets, arguments


def _check_snakemake(arguments: list[str]) -> None:
    _snakemake_parser().parse_args(arguments)


@cache
def _snakemake_parser() -> Any:
    from snakemake.cli import get_argument_parser

    return get_argument_parser()


def _check_dvc(arguments: list[str]) -> None:
    from dvc.cli import parse_args

    parse_args(arguments)


def _check_mlflow(arguments: list[str]) -> None:
    with warnings.catch_warnings():  # the first import of mlflow warns of its own type hints
        warnings.simplefilter("ignore")
        from mlflow.cli import cli
    command: Any = cli
    while hasattr(command, "commands"):
        command, arguments = command.commands[arguments[0]], arguments[1:]
    command.make_context(command.name, list(arguments))


def _check_pytest(arguments: list[str]) -> None:
    paths = [argument for argument in arguments if argument.startswith("tests/")]
    assert paths
    for path in paths:
        assert (ROOT / path).exists(), path
    if "-k" in arguments:
        word = arguments[arguments.index("-k") + 1]
        assert re.search(rf"def test_\w*{word}", (ROOT / paths[0]).read_text()), arguments


_CHECKS: dict[str, Callable[[list[str]], None]] = {
    "lemma": _check_lemma,
    "make": _check_make,
    "snakemake": _check_snakemake,
    "dvc": _check_dvc,
    "mlflow": _check_mlflow,
    "pytest": _check_pytest,
}
