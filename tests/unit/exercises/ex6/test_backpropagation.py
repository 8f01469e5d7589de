"""Exercise 6: the rules are proved, planted errors are refuted, and finite differences give the same deltas."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pypdf import PdfReader

from lemma.exercises import ex6
from lemma.exercises.claim import Holds, Refuted, Result, Verdict, verify_claim
from lemma.exercises.ex6 import nets, rules
from lemma.exercises.ex6.machines import delta, j, k, m, n, o, t, w
from lemma.exercises.ex6.nets import Graphs, all_graphs, c, random_graphs
from lemma.exercises.ex6.whole import WHOLE, derivatives, equal_in_two_layers, stated
from lemma.exercises.tensors import Floats, Tensors
from lemma.report import typeset

Typeset = Callable[[str, Mapping[str, Result]], bytes]
CLAIMS = {claim.id: claim for claim in ex6.claims()}
LAYERS = CLAIMS["6.layers"].subject
ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {name: verify_claim(claim) for name, claim in CLAIMS.items()}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_claim_is_proved_and_every_mutant_is_refuted_with_a_counter_example(
    results: dict[str, Result], name: str
) -> None:
    result = results[name]
    assert (result.verdict, result.problems) == (Verdict.PROVED, ())
    assert len(result.mutant_results) > 70
    assert all(trial.refuted_by and trial.counter_example for trial in result.mutant_results if not trial.equivalent)


def test_each_claim_has_methods_of_three_kinds() -> None:
    assert all(len({method.kind for method in claim.methods}) >= 3 for claim in CLAIMS.values())


@pytest.mark.parametrize(
    ("name", "mutation"),
    [
        ("6.sigmoid", r"$1 - \sigma(s)$ instead of $\sigma(s)$"),
        ("6.output", "the factor $o_{j}$ dropped"),
        ("6.output", "$1 - o_{j}$ instead of $o_{j}$"),
        ("6.output", "the sign of $t_{j}$ flipped"),
        ("6.hidden", r"the factor $1 - o_{j}$ dropped"),
        ("6.hidden", r"the factor $\delta_{k}$ dropped"),
        ("6.hidden", "$w_{k,k}$ instead of $w_{j,k}$"),
        ("6.hidden", "the sum starting at $2$"),
        ("6.update", r"the sign of $\eta \delta_{j} x_{i,j}$ flipped"),
        ("6.update", r"the factor $\eta$ dropped"),
        ("6.layers", "hidden: the sign of the expression flipped"),
        ("6.graph", "the factor $c_{j}$ dropped"),
    ],
)
def test_common_errors_are_mutants_and_refuted_by_every_method(
    results: dict[str, Result], name: str, mutation: str
) -> None:
    mutant_results = [trial for trial in results[name].mutant_results if trial.mutation == mutation]
    assert mutant_results
    assert any(len(trial.refuted_by) == len(CLAIMS[name].methods) for trial in mutant_results)


def test_every_formula_can_be_typeset(results: dict[str, Result], typeset_formulas: Typeset) -> None:
    assert typeset_formulas(ex6.TASK, results).startswith(b"%PDF")


def test_the_figure_is_drawn_from_the_values_of_the_claim(tmp_path: Path) -> None:
    template, pdf = tmp_path / "page.typ", tmp_path / "page.pdf"
    shutil.copy(ROOT / "reports/style.typ", tmp_path)
    shutil.copytree(ROOT / "reports/solutions", tmp_path / "solutions")
    template.write_text('#import "solutions/ex06.typ": *\n#figure-ex06(json(bytes(sys.inputs.data)))', "utf-8")
    values = dict(CLAIMS["6.hidden"].values)
    assert values[r"\delta_{j}"] == "-0.1"
    typeset.compile(template, {"6.hidden": values | {r"\delta_{j}": "-0.125"}}, {}, pdf)
    assert "−0.125" in PdfReader(pdf).pages[0].extract_text()


def deltas_by_hand(graphs: Graphs, case: int) -> Floats:
    """Return the deltas of a graph as central differences of the error."""
    weights, size, width = graphs.weights[case], graphs.inputs.shape[1], 1e-5

    def error(moved: int, by: float) -> float:
        outputs: list[float] = []
        for here in range(size):
            net = graphs.inputs[case, here] + by * (here == moved)
            net += sum(weights[before, here] * outputs[before] for before in range(here))
            outputs.append(1 / (1 + np.exp(-net)))
        gaps = [(graphs.targets[case, here] - outputs[here]) ** 2 / 2 for here in range(size)]
        return float(np.dot(graphs.outputs[case], gaps))

    return np.array([(error(here, -width) - error(here, width)) / (2 * width) for here in range(size)])


def test_the_graph_rule_gives_all_deltas() -> None:
    """All deltas are computed by the rule, from the last neuron backwards."""
    for graphs in random_graphs():
        outputs = np.stack(graphs.run(np.zeros_like(graphs.inputs)), axis=1)
        computed = np.zeros_like(outputs)
        for here in reversed(range(outputs.shape[1])):
            arrays = {o: outputs, t: graphs.targets, c: graphs.outputs, w: graphs.weights, delta: computed}
            table = Tensors({n: outputs.shape[1]}, arrays).evaluate(CLAIMS["6.graph"].subject, {j: n})
            computed[:, here] = table[:, here]
        for case in (0, 7):
            np.testing.assert_allclose(computed[case], deltas_by_hand(graphs, case), atol=1e-8)


def test_all_graphs_are_enumerated() -> None:
    counts = {graphs.inputs.shape[1]: len(graphs.inputs) for graphs in all_graphs()}
    assert counts == {size: 2 ** (size * (size - 1) // 2 + size) for size in range(1, nets.ALL + 1)}


def test_random_graphs_have_skip_connections_and_intermediate_outputs() -> None:
    last = list(random_graphs())[-1]
    assert (last.weights[:, 0, 2:] != 0).any()
    assert ((last.weights != 0).any(2) & (last.outputs == 1)).any()


def test_the_graph_rule_reduces_to_the_hidden_rule() -> None:
    arrays = {
        o: [[0.5, 0.25]],
        delta: [[1.0, 2.0]],
        w: [[[0.0, 3.0], [0.0, 0.0]]],
        c: [[0, 1]],
        t: [[0, 1]],
    }
    numbers = Tensors({n: 2, m: 2}, arrays)
    graph, hidden = (numbers.evaluate(CLAIMS[name].subject, {j: n}) for name in ("6.graph", "6.hidden"))
    assert graph[0, 0] == hidden[0, 0] == 0.5 * 0.5 * 3 * 2


def test_two_cancelling_sign_errors_are_refuted() -> None:
    """The two sign errors cancel in the first of two hidden layers, but not in the second."""
    wrong = {**LAYERS, "hidden": -LAYERS["hidden"]}
    _, first = stated(wrong)
    assert isinstance(WHOLE.equal(derivatives()[1], first), Holds)
    assert isinstance(equal_in_two_layers(wrong), Refuted)


@pytest.mark.parametrize(
    ("name", "planted", "seen"),
    [
        ("6.output", lambda: (t[j] - o[j]) * o[j], "SymPy's derivative, any size: computed = "),
        ("6.output", lambda: (o[j] - t[j]) * o[j] * (1 - o[j]), "torch.autograd in float64: computed = "),
        ("6.hidden", lambda: CLAIMS["6.hidden"].subject / (1 - o[j]), "chain rule by induction, any size: computed = "),
        ("6.hidden", lambda: CLAIMS["6.hidden"].subject.xreplace({w[j, k]: w[k, j]}), "does not exist"),
        (
            "6.layers",
            lambda: {**LAYERS, "output": t[j] - o[j]},
            "comparison of all layers with torch.autograd: computed = ",
        ),
    ],
)
def test_an_error_planted_in_a_rule_refutes_its_claim(name: str, planted: Any, seen: str) -> None:
    result = verify_claim(replace(CLAIMS[name], subject=planted(), mutants=CLAIMS[name].mutants[:1]))
    assert result.verdict is Verdict.REFUTED
    methods = {problem.split(":")[0] for problem in result.problems}
    assert methods >= {method.name for method in CLAIMS[name].methods}, "every method sees it"
    assert any(seen in problem for problem in result.problems)


def test_a_wrong_factor_in_a_step_is_reported_with_the_step() -> None:
    claim = CLAIMS["6.hidden"]
    first, second, third, last = claim.steps
    broken = replace(third, sides=(third.sides[0], third.sides[1] * o[j]))
    result = verify_claim(replace(claim, steps=(first, second, broken, last), mutants=claim.mutants[:1]))
    assert result.verdict is Verdict.REFUTED
    assert result.problems[0].startswith("step 3, ")


def test_the_rules_are_stated_for_symbolic_sizes() -> None:
    assert CLAIMS["6.hidden"].subject.has(m)
    assert {*rules.HIDDEN.sizes} == {n, m}
