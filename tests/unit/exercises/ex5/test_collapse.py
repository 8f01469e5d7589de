"""Exercise 5: claims are proved, planted errors are refuted, and independent NumPy matrices agree."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pypdf import PdfReader
from sympy import Integer, Sum

from lemma.exercises import ex5
from lemma.exercises.claim import Holds, Refuted, Result, Unknown, Verdict, verify_claim
from lemma.exercises.ex5 import methods as ex5_methods
from lemma.exercises.ex5 import scalar
from lemma.exercises.ex5.layers import DEPTH, A, Rule, W, b, c, collapsed, i, j, k, m, n, stacks, x
from lemma.exercises.ex5.methods import induction, methods
from lemma.exercises.ex5.two import B1, B2, SPACE, W1, W2
from lemma.exercises.verify import to_record
from lemma.report import typeset

Typeset = Callable[[str, Mapping[str, Result]], bytes]
CLAIMS = {claim.id: claim for claim in ex5.claims()}
RULE: Rule = CLAIMS["5.any-depth"].subject
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
    assert len(result.mutant_results) >= 30
    assert all(trial.refuted_by and trial.counter_example for trial in result.mutant_results if not trial.equivalent)


def test_each_claim_has_methods_of_four_kinds() -> None:
    assert all(len({method.kind for method in claim.methods}) == 4 for claim in CLAIMS.values())


@pytest.mark.parametrize(
    ("name", "mutation"),
    [
        ("5.two-layers", "$W_2$ before $b_1$ dropped"),
        ("5.two-layers", "the order of the matrices swapped"),
        ("5.two-layers", "the term $b^{(2)}_{j}$ dropped"),
        ("5.any-depth", "the previous bias not multiplied by the weights"),
        ("5.any-depth", "the order of the matrices swapped"),
        ("5.any-depth", "the term $b_{j}$ dropped"),
        ("5.vector-bias", "both outputs have the same weight"),
        ("5.vector-bias", "the hidden neuron has no bias"),
    ],
)
def test_common_errors_are_mutants_and_refuted_by_every_method(
    results: dict[str, Result], name: str, mutation: str
) -> None:
    (trial,) = (trial for trial in results[name].mutant_results if trial.mutation == mutation)
    assert len(trial.refuted_by) == len(CLAIMS[name].methods)


def test_records_are_reproducible(results: dict[str, Result]) -> None:
    again = next(claim for claim in ex5.claims() if claim.id == "5.vector-bias")
    assert to_record(verify_claim(again)) == to_record(results["5.vector-bias"])


def test_every_formula_can_be_typeset(results: dict[str, Result], typeset_formulas: Typeset) -> None:
    assert typeset_formulas(ex5.TASK, results).startswith(b"%PDF")


def test_the_figure_is_drawn_from_the_values_of_the_claim(tmp_path: Path) -> None:
    template, pdf = tmp_path / "page.typ", tmp_path / "page.pdf"
    shutil.copy(ROOT / "reports/style.typ", tmp_path)
    shutil.copytree(ROOT / "reports/solutions", tmp_path / "solutions")
    template.write_text('#import "solutions/ex05.typ": *\n#figure-ex05(json(bytes(sys.inputs.data)))', "utf-8")
    typeset.compile(template, {"5.any-depth": dict(CLAIMS["5.any-depth"].values)}, {}, pdf)
    assert "the 3 layers on the left" in PdfReader(pdf).pages[0].extract_text().replace("\n", " ")


def test_two_layers_agree_with_numpy() -> None:
    for instance in SPACE.instances(3, seed=11):
        sizes = (instance.integers[size] for size in (*SPACE.arrays[W1], SPACE.arrays[W2][0]))
        hidden, inputs, outputs = sizes

        def array(name: Any, *shape: int, entries: Any = instance.entries) -> Any:
            places = np.ndindex(*shape)
            return np.array([float(entries[name[tuple(each + 1 for each in place)]]) for place in places]).reshape(
                shape
            )

        first, second = array(W1, hidden, inputs), array(W2, outputs, hidden)
        expected = second @ first @ array(x, inputs) + second @ array(B1, hidden) + array(B2, outputs)
        stated = float(instance.value(CLAIMS["5.two-layers"].subject))
        assert stated == pytest.approx(expected[instance.integers[j] - 1], rel=1e-12, abs=1e-12)


def test_the_rule_gives_the_product_of_the_matrices_at_every_depth() -> None:
    for stack in stacks(5, seed=11):
        weights, biases = np.eye(len(stack[0].weights[0])), np.zeros(len(stack[0].weights[0]))
        depths = 0
        for layer, single_layer in zip(stack, collapsed(RULE, stack), strict=True):
            matrix = np.array(layer.weights, float)
            weights, biases = matrix @ weights, matrix @ biases + np.array(layer.biases, float)
            np.testing.assert_allclose(np.array(single_layer.weights, float), weights, rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(np.array(single_layer.biases, float), biases, rtol=1e-12, atol=1e-12)
            depths += 1
        assert depths == DEPTH


def test_stacks_have_all_widths_from_1_upward() -> None:
    widths = {len(layer.biases) for stack in stacks(ex5_methods.STACKS, 1) for layer in stack}
    assert widths == {1, 2, 3, 4}


@pytest.mark.parametrize(
    "planted",
    [
        RULE._replace(next_bias=Sum(W[j, k] * c[k], (k, 1, m))),
        RULE._replace(next_bias=c[j] + b[j]),
        RULE._replace(next_weight=Sum(A[j, k] * W[k, i], (k, 1, m))),
        RULE._replace(next_weight=Sum(W[j, k] * A[k, i], (k, 1, m - 1))),
        RULE._replace(first_bias=Integer(0)),
        RULE._replace(first_weight=-W[j, i]),
    ],
)
def test_an_error_planted_in_the_rule_refutes_the_claim(planted: Rule) -> None:
    result = verify_claim(replace(CLAIMS["5.any-depth"], subject=planted))
    assert result.verdict is Verdict.REFUTED
    assert len(result.problems) == len(methods()), "every method sees it"
    assert "depth = " in result.problems[1] or "does not exist" in result.problems[1]


def test_the_induction_fails_if_either_base_or_step_is_wrong() -> None:
    assert isinstance(induction(RULE), Holds)
    assert isinstance(induction(RULE._replace(first_bias=2 * b[j])), Refuted)
    assert isinstance(induction(RULE._replace(next_bias=RULE.next_bias + b[j])), Refuted)


def test_a_step_for_small_layers_only_is_not_proved() -> None:
    beyond = (n - 1) * (n - 2) * (n - 3) * (n - 4)  # 0 for every size that is tried
    outcome = induction(RULE._replace(next_bias=RULE.next_bias + beyond))
    assert isinstance(outcome, Unknown)


def test_a_wrong_number_in_the_erratum_is_refuted_with_the_correct_value() -> None:
    claim = CLAIMS["5.vector-bias"]
    result = verify_claim(replace(claim, subject={**claim.subject, "b_{2}": Fraction(1)}))
    assert result.verdict is Verdict.REFUTED
    assert result.problems[0] == "linear equations in SymPy: b_{2} = 2 (stated 1)"


def test_no_scalar_equals_the_collapsed_bias() -> None:
    given = {name: float(value) for name, value in CLAIMS["5.vector-bias"].subject.items()}
    inputs = np.linspace(-3, 3, 7)
    hidden = given[scalar.INTO] * inputs + given[scalar.FIRST]
    outputs = np.concatenate([given[weight] * hidden + given[scalar.SECOND] for weight in scalar.OUT])
    zeros, ones = np.zeros_like(inputs), np.ones(2 * len(inputs))
    columns = np.stack([np.concatenate([inputs, zeros]), np.concatenate([zeros, inputs]), ones], axis=1)
    _, residual, *_ = np.linalg.lstsq(columns, outputs)
    assert residual[0] == pytest.approx(len(inputs) / 2)  # the best single number, 1.5, is half off for both
