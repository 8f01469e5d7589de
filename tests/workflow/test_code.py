"""A stage depends on the packages of code that it runs, on all of them and on no others."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lemma.params import Models
from lemma.stages.code import sources
from lemma.stages.table import STAGES
from tests.workflow.graphs import ROOT

SOURCE = ROOT / "src"
# What carries values, names and messages, and determines no result: a change there must not retrain everything.
PLUMBING = {"__init__", "cli", "errors", "files", "layout", "params", "progress", "stages"}
MODULES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in SOURCE.rglob("*.py")
}


@cache
def _imports(path: Path, model: str = "") -> tuple[Path, ...]:
    """Return the project's modules that a module imports, anywhere in it; of the models only the one named."""
    return tuple(_imported(ast.parse(path.read_text()), path, model))


def _imported(tree: ast.AST, path: Path, model: str) -> Iterator[Path]:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "import_module":
            names = _named(node.args[0], path, model)
        yield from (MODULES[name] for name in names if name in MODULES)


def _named(name: ast.expr, path: Path, model: str) -> list[str]:
    """Return the modules that a name made at run time can be; of the models it is the one named."""
    if isinstance(name, ast.Constant):
        return [str(name.value)]
    if isinstance(name, ast.JoinedStr):
        parts = [re.escape(str(part.value)) if isinstance(part, ast.Constant) else None for part in name.values]
        anything = model if parts[0] == r"lemma\.models\." and model else r"\w+"
        pattern = "".join(anything if part is None else part for part in parts)
    else:  # looked up, in a table of the module's own package
        pattern = re.escape(".".join(path.parent.relative_to(SOURCE).parts)) + r"\.\w+"
    return [module for module in MODULES if re.fullmatch(pattern, module)]


@cache
def _is_empty(path: Path) -> bool:
    """Whether a module is its docstring and nothing else."""
    return len(ast.parse(path.read_text()).body) <= 1


def _reached(start: list[Path], plumbing: set[str], model: str = "") -> set[str]:
    """Return the modules that some modules import, directly or not, themselves included."""
    seen: set[Path] = set()
    todo = [*start]
    while todo:
        path = todo.pop()
        if path in seen or path.relative_to(SOURCE / "lemma").with_suffix("").parts[0] in plumbing or _is_empty(path):
            continue
        seen.add(path)
        todo += _imports(path, model)
    return {str(path.relative_to(ROOT)) for path in seen}


def _command(stage: str) -> ast.AST:
    """Return the function of the command line that runs a stage."""
    tree = ast.parse((SOURCE / "lemma/cli/stages.py").read_text())
    return next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == stage)


@pytest.mark.parametrize("model", Models.model_fields)
@pytest.mark.parametrize("stage", [name for name in STAGES if name != "download"])  # a checksum fixes what it writes
def test_a_stage_depends_on_the_packages_of_the_code_that_it_runs(stage: str, model: str) -> None:
    path = SOURCE / "lemma/cli/stages.py"
    # MLflow shows a training or a search while it runs; only `track` depends on how.
    plumbing = PLUMBING if stage == "track" else PLUMBING | {"tracking"}
    reached = _reached([*_imported(_command(stage), path, model)], plumbing, model)
    declared = {place: set(sources([place.format(model=model)])) for place in STAGES[stage].code}
    missing = reached - set().union(*declared.values())
    assert not missing, f"{stage} runs {sorted(missing)}: add the package to its `code` in src/lemma/stages/table.py"
    stale = [place for place, files in declared.items() if not files & reached]
    assert not stale, f"{stage} does not run {stale}: remove it from its `code` in src/lemma/stages/table.py"


def test_exercises_and_models_never_import_each_other() -> None:
    for folder, other in (("exercises", "models"), ("models", "exercises")):
        for path in (SOURCE / "lemma" / folder).rglob("*.py"):
            assert not [p for p in _reached([path], PLUMBING) if f"/{other}/" in p], path


def test_only_tracking_imports_mlflow() -> None:
    for path in SOURCE.rglob("*.py"):
        if "tracking" not in path.parts:
            nodes = ast.walk(ast.parse(path.read_text()))
            assert "mlflow" not in {name.split(".")[0] for node in nodes for name in _names(node)}, path


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []
