"""A rule lists the code its stage runs, so that a change of it reruns the stage."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from lemma import params
from tests.workflow import graphs
from tests.workflow.graphs import ROOT, Job

SOURCE = ROOT / "src"
# What carries values, names and messages, and shapes no result: a change there must not retrain everything.
PLUMBING = {"__init__", "cli", "display", "errors", "files", "layout", "mistakes", "params"}
STAGES = {
    "lemma verify 4": "exercises/verify.py",
    "lemma solutions": "report/solutions.py",
    "lemma prepare {dataset}": "data/prepare.py",
    "lemma tokenize {dataset} 0": "data/tokenize.py",
    "lemma index {dataset}": "data/index.py",
    "lemma audit {dataset}": "data/audit/audit.py",
    "lemma overlap {dataset}": "data/audit/overlap.py",
    "lemma card {dataset}": "report/card.py",
    "lemma vectors": "data/embed.py",
    "lemma tune --listed {dataset} mlp": "tuning/tune.py",
    "lemma train {dataset} mlp 0": "training/train.py",
    "lemma learn {dataset} mlp 50": "learning/learn.py",
    "lemma evaluate {dataset}": "evaluation/evaluate.py",
    "lemma track {dataset}": "tracking/publish.py",
    "lemma report {dataset}": "report/report.py",
}


@pytest.fixture(scope="module")
def jobs() -> dict[str, Job]:
    return graphs.of_snakemake()


def _imports(path: Path) -> Iterator[Path]:
    """Yield the project's modules that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.startswith("lemma."):
                place = SOURCE / Path(*name.split("."))
                yield from (path for path in (place.with_suffix(".py"), place / "__init__.py") if path.exists())


def _empty(path: Path) -> bool:
    """Whether a module is its docstring and nothing else."""
    return len(ast.parse(path.read_text()).body) == 1


def _reached(start: Path) -> set[str]:
    seen: set[Path] = set()
    todo = [start]
    while todo:
        path = todo.pop()
        if path in seen or path.relative_to(SOURCE / "lemma").with_suffix("").parts[0] in PLUMBING or _empty(path):
            continue
        seen.add(path)
        todo += _imports(path)
    return {str(path.relative_to(ROOT)) for path in seen}


@pytest.mark.parametrize("command", STAGES)
def test_a_rule_depends_on_all_code_its_stage_reaches(command: str, jobs: dict[str, Job]) -> None:
    dataset = params.load(ROOT / "params.yaml").experiment.datasets[0]
    found = jobs[command.format(dataset=dataset)]
    missing = _reached(SOURCE / "lemma" / STAGES[command]) - found.inputs
    assert not missing, f"{command} reaches {sorted(missing)}: add them to the rule and to dvc.yaml"


def test_exercises_and_models_never_import_each_other() -> None:
    for folder, other in (("exercises", "models"), ("models", "exercises")):
        for path in (SOURCE / "lemma" / folder).glob("*.py"):
            assert not [p for p in _reached(path) if f"/{other}/" in p], path


def test_only_tracking_imports_mlflow() -> None:
    for path in SOURCE.rglob("*.py"):
        if "tracking" not in path.parts:
            nodes = ast.walk(ast.parse(path.read_text()))
            assert "mlflow" not in {name.split(".")[0] for node in nodes for name in _names(node)}, path


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []
