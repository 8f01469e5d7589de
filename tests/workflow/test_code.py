"""A rule lists the code its stage runs, so that a change of it reruns the stage."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lemma import params
from tests.workflow import graphs
from tests.workflow.graphs import ROOT, Job

SOURCE = ROOT / "src"
# What carries values, names and messages, and shapes no result: a change there must not retrain everything.
PLUMBING = {"__init__", "cli", "display", "errors", "files", "layout", "mistakes", "params", "plain"}
MODELS = tuple(params.load(ROOT / "params.yaml").experiment.models)
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
    **{f"lemma tune --listed {{dataset}} {model}": "tuning/tune.py" for model in MODELS},
    **{f"lemma train {{dataset}} {model} 0": "training/train.py" for model in MODELS},
    **{f"lemma learn {{dataset}} {model} 50": "learning/learn.py" for model in MODELS},
    "lemma evaluate {dataset}": "evaluation/evaluate.py",
    "lemma track {dataset}": "tracking/publish.py",
    "lemma report {dataset}": "report/report.py",
}


@pytest.fixture(scope="module")
def jobs() -> dict[str, Job]:
    return graphs.of_snakemake()


@cache
def _imports(path: Path, model: str = "") -> tuple[Path, ...]:
    """Return the project's modules that a module imports, anywhere in it; of the models only the one named."""
    return tuple(_found(path, model))


def _found(path: Path, model: str) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "import_module":
            names = _named(node.args[0], path, model)
        for name in names:
            if name.startswith("lemma."):
                place = SOURCE / Path(*name.split("."))
                yield from (path for path in (place.with_suffix(".py"), place / "__init__.py") if path.exists())


def _named(name: ast.expr, path: Path, model: str) -> list[str]:
    """Return the modules that a name made at run time can be; of the models it is the one named."""
    if isinstance(name, ast.Constant):
        return [str(name.value)]
    made = name.values[0] if isinstance(name, ast.JoinedStr) else None
    if isinstance(made, ast.Constant):
        package = str(made.value).rstrip(".")
        if package == "lemma.models":
            return [f"{package}.{model}"]
    else:  # looked up, in a table of the module's own package
        package = ".".join(path.parent.relative_to(SOURCE).parts)
    return [f"{package}.{other.stem}" for other in (SOURCE / Path(*package.split("."))).glob("*.py")]


@cache
def _empty(path: Path) -> bool:
    """Whether a module is its docstring and nothing else."""
    return len(ast.parse(path.read_text()).body) == 1


def _reached(start: Path, model: str = "") -> set[str]:
    seen: set[Path] = set()
    todo = [start]
    while todo:
        path = todo.pop()
        if path in seen or path.relative_to(SOURCE / "lemma").with_suffix("").parts[0] in PLUMBING or _empty(path):
            continue
        seen.add(path)
        todo += _imports(path, model)
    return {str(path.relative_to(ROOT)) for path in seen}


@pytest.mark.parametrize("command", STAGES)
def test_a_rule_depends_on_all_code_its_stage_reaches(command: str, jobs: dict[str, Job]) -> None:
    dataset = params.load(ROOT / "params.yaml").experiment.datasets[0]
    found = jobs[command.format(dataset=dataset)]
    model = next((word for word in command.split() if word in MODELS), "")
    missing = _reached(SOURCE / "lemma" / STAGES[command], model) - found.inputs
    assert not missing, f"{command} reaches {sorted(missing)}: add them to the rule and to dvc.yaml"


def test_every_rule_is_looked_at_but_the_one_that_checks_a_sum(jobs: dict[str, Job]) -> None:
    # a download ends with the published file or not at all, whatever code fetched it
    assert {job.split()[1] for job in jobs} - {command.split()[1] for command in STAGES} == {"download"}


def test_dependencies_point_the_way_the_readme_says() -> None:
    told = re.search(r"Dependencies point one way: (.*?)\.", (ROOT / "README.md").read_text(), re.DOTALL)
    assert told, "README.md says no order"
    layers = [re.findall(r"`(\w+)`", layer) for layer in told[1].split("→")]
    height = {package: number for number, layer in enumerate(layers) for package in layer}
    for package, above in height.items():
        place = SOURCE / "lemma" / package
        for path in sorted(place.glob("**/*.py")) or [place.with_suffix(".py")]:
            for imported in _imports(path):
                other = imported.relative_to(SOURCE / "lemma").with_suffix("").parts[0]
                assert height.get(other, above) >= above, f"{path} imports {imported}, of a layer above"


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
