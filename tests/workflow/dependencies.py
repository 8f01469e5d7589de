"""Which packages of `lemma` import which, drawn for docs/design.md: `python -m tests.workflow.dependencies`.

The drawing is the transitive reduction of the imports: the fewest arrows from which all imports follow.
"""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from tests.pages import replace_between
from tests.project import ROOT

PAGE = ROOT / "docs" / "design.md"
MARK = "dependencies"
SOURCE = ROOT / "src" / "lemma"
Graph = dict[str, set[str]]


def imports() -> Graph:
    """Return the packages and modules directly below `lemma`, each with those that it imports."""
    paths = [path for path in SOURCE.iterdir() if path.suffix == ".py" or list(path.glob("*.py"))]
    names = {path.stem for path in paths if not path.name.startswith("__")}
    graph: Graph = {name: set() for name in sorted(names)}
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).with_suffix("").parts[0]
        if name in names:
            graph[name] |= {part for part in _imported(path) if part in names and part != name}
    return graph


def _imported(path: Path) -> Iterator[str]:
    """Yield the second part of each name below `lemma` that a module imports, by statement or by `import_module`."""
    for node in ast.walk(ast.parse(path.read_text())):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "import_module":
            modules = [str(part.value) for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)]
        for module in modules:
            first, _, rest = module.partition(".")
            if first == "lemma":
                yield rest.partition(".")[0]


def reduced(graph: Graph) -> Graph:
    """Return the transitive reduction of a graph.

    Raises:
        CycleError: packages import each other in a circle.
    """
    below: Graph = {}
    for name in TopologicalSorter(graph).static_order():
        below[name] = set(graph[name]).union(*(below[lower] for lower in graph[name]))
    return {
        name: {lower for lower in lowers if not any(lower in below[other] for other in lowers)}
        for name, lowers in graph.items()
    }


def drawing(graph: Graph) -> str:
    """Return the transitive reduction as a Mermaid diagram in a Markdown code block."""
    arrows = [f"    {name} --> {' & '.join(sorted(lowers))}\n" for name, lowers in reduced(graph).items() if lowers]
    return "```mermaid\nflowchart TD\n" + "".join(arrows) + "```\n"


if __name__ == "__main__":
    replace_between(PAGE, MARK, drawing(imports()))
