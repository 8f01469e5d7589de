"""Mutation tests of the code that computes printed numbers: `make mutants`.

mutmut plants the mutants and runs, for each, the unit tests that reach it; [tool.mutmut] in pyproject.toml lists the
modules and the tests. Of mutmut's operators, those that change numbers and decisions are used: arithmetic, comparisons,
constants, booleans, `not` and conditional expressions. Mutants of texts and removed arguments are left out: they change
messages, or end in an error. Mutants that change no result are listed with a reason in equivalent.yaml.
"""

import ast
import difflib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import mutmut.__main__
import yaml
from mutmut.mutation import mutators

OPERATORS = {
    "operator_number",
    "operator_name",
    "operator_remove_unary_ops",
    "operator_keywords",
    "operator_swap_op",
    "operator_if_exp",
}
GOAL = 95  # per cent of the mutants that are not equivalent
FOLDER = Path("mutants/src/lemma")  # mutmut's copy of the code
Key = tuple[str, str]  # name of a function, changed line


def main(arguments: list[str]) -> int:
    """Run mutmut with its command-line arguments, print a table and the survivors; return 1 if too many survive."""
    chosen = [entry for entry in mutators.mutation_operators if entry[1].__name__ in OPERATORS]
    cast(list[Any], mutators.mutation_operators)[:] = chosen  # in place: other modules hold the same list
    mutmut.__main__.cli(["run", *arguments], standalone_mode=False)
    equivalent: dict[str, Any] = yaml.safe_load(Path("tests/mutants/equivalent.yaml").read_text()) or {}
    totals, survivors = [0, 0, 0], []
    print(f"\n{'module':30}{'mutants':>8}{'equivalent':>12}{'killed':>8}{'survived':>10}")
    for path in sorted(FOLDER.rglob("*.py.meta")):
        name = str(path.relative_to(FOLDER).with_suffix(""))
        codes: dict[str, int | None] = json.loads(path.read_text())["exit_code_by_key"]
        reasons = {(row["function"], row["line"]): row["reason"] for row in equivalent.get(name, [])}
        lines = dict(_list_changed_lines(path.with_suffix("")))
        alive = {key: lines[key.rpartition(".")[2]] for key, code in codes.items() if code in (0, 33)}  # 33: no test
        left = {key: line for key, line in alive.items() if line not in reasons}
        counts = [len(codes), len(alive) - len(left), len(left)]
        totals = [total + count for total, count in zip(totals, counts)]
        if codes:
            _print_row(name, counts)
        survivors += [f"{name}, {function}: {line}  [{key}]" for key, (function, line) in left.items()]
        if None in codes.values():
            print(f"  {sum(code is None for code in codes.values())} not run yet")
    _print_row("all", totals)
    print("\nSurvivors:", *(survivors or ["none"]), sep="\n")
    return int(100 * totals[2] > (100 - GOAL) * (totals[0] - totals[1]))


def _print_row(name: str, counts: list[int]) -> None:
    mutants, equivalent, survived = counts
    judged = mutants - equivalent
    percentage = 100 * (judged - survived) / judged if judged else 100
    print(f"{name:30}{mutants:8}{equivalent:12}{judged - survived:8}{survived:10}{percentage:8.1f} %")


def _list_changed_lines(path: Path) -> Iterator[tuple[str, Key]]:
    """Yield each mutant's function in mutmut's copy of a module, with the function's own name and the changed line."""
    tree = ast.parse(path.read_text())
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for name, function in functions.items():
        stem, _, number = name.partition("__mutmut_")
        if number.isdigit():
            before, after = (ast.unparse(node).splitlines() for node in (functions[f"{stem}__mutmut_orig"], function))
            changed = [line[1:].strip() for line in difflib.ndiff(before[1:], after[1:]) if line.startswith("+ ")]
            yield name, (stem.removeprefix("x_"), changed[0] if changed else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
