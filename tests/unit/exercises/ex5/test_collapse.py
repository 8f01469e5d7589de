"""Exercise 5: claims are proved, planted errors are found, and the rule gives the products of the matrices."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader
from sympy import Integer, Sum

from lemma.exercises import ex5
from lemma.exercises.algebra.evaluate import evaluate
from lemma.exercises.algebra.symbols import i, j, k, m, n, p
from lemma.exercises.ex5.depth import IDENTITY, RULE, A, W, b, c, stacks
from lemma.exercises.ex5.scalar import NETWORK, Network
from lemma.exercises.outcome import Scope
from lemma.exercises.proof.induction import Rule
from lemma.exercises.proof.verdict import Result, Verdict, verify_claim
from lemma.report import typeset

CLAIMS = {claim.id: claim for part in ex5.parts() for claim in part.claims}
ROOT = Path(__file__).parents[4]
WEIGHT, BIAS = RULE.step


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {name: verify_claim(claim) for name, claim in CLAIMS.items()}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_claim_is_proved_for_every_size_and_value(results: dict[str, Result], name: str) -> None:
    result = results[name]
    assert (result.verdict, result.scope, result.problems) == (Verdict.PROVED, Scope.ALL, ())


@pytest.mark.parametrize("name", CLAIMS)
def test_every_mutant_with_a_meaning_is_refuted_with_a_counter_example(results: dict[str, Result], name: str) -> None:
    mutants = [mutant for mutant in results[name].mutant_results if not (mutant.equivalent or mutant.ill_formed)]
    assert len(mutants) >= 3
    assert all(mutant.refuted_by and mutant.counter_example for mutant in mutants)


def test_matrices_in_the_wrong_order_do_not_fit(results: dict[str, Result]) -> None:
    for name in ("5.two-layers", "5.any-depth"):
        mutants = {mutant.mutant.mutation: mutant for mutant in results[name].mutant_results}
        assert "does not exist" in mutants["the order of the matrices swapped"].ill_formed


def test_the_rule_gives_the_product_of_the_matrices_at_every_depth() -> None:
    for start, *levels in stacks():
        size = start.sizes[n]
        weights, biases = np.eye(size), np.zeros(size)
        for level in levels:
            arrays = {**level.arrays, A: weights[None], c: biases[None]}
            stated = [evaluate(WEIGHT, level.sizes, arrays, {j: p, i: n}), evaluate(BIAS, level.sizes, arrays, {j: p})]
            matrix = level.arrays[W][0]
            weights, biases = matrix @ weights, matrix @ biases + level.arrays[b][0]
            np.testing.assert_allclose(stated[0][0], weights)
            np.testing.assert_allclose(stated[1][0], biases)


def test_tested_networks_have_six_layers_of_all_widths_up_to_4() -> None:
    assert {len(case) for case in stacks()} == {7}
    assert {level.sizes[p] for case in stacks() for level in case[1:]} == {1, 2, 3, 4}


@pytest.mark.parametrize(
    "planted",
    [
        Rule(IDENTITY, (WEIGHT, Sum(W[j, k] * c[k], (k, 1, m)))),
        Rule(IDENTITY, (Sum(W[j, k] * A[k, i], (k, 1, m - 1)), BIAS)),
        Rule(IDENTITY, (WEIGHT, BIAS + b[j])),
        Rule((IDENTITY[0], Integer(1)), RULE.step),
        Rule((-IDENTITY[0], Integer(0)), RULE.step),
    ],
)
def test_an_error_planted_in_the_rule_is_found_by_every_method(planted: Rule) -> None:
    result = verify_claim(replace(CLAIMS["5.any-depth"], subject=planted))
    assert result.verdict is Verdict.REFUTED
    assert len(result.problems) >= len(result.claim.methods)


@pytest.mark.parametrize("planted", [NETWORK._replace(single=(1, 3)), Network(1, 0, (2, 2), (2, 2))])
def test_a_network_for_which_a_scalar_bias_suffices_or_the_stated_one_is_wrong_is_refuted(planted: Network) -> None:
    claim = CLAIMS["5.vector-bias"]
    outcomes = [type(method.check(planted)).__name__ for method in claim.methods]
    assert outcomes == ["Refuted", "Refuted"]


def test_no_scalar_equals_the_collapsed_bias() -> None:
    inputs = np.linspace(-3, 3, 7)
    outputs = np.concatenate([weight * (inputs + NETWORK.hidden_bias) for weight in NETWORK.weights])
    zeros, ones = np.zeros_like(inputs), np.ones(2 * len(inputs))
    columns = np.stack([np.concatenate([inputs, zeros]), np.concatenate([zeros, inputs]), ones], axis=1)
    _, residual, *_ = np.linalg.lstsq(columns, outputs)
    assert residual[0] == pytest.approx(len(inputs) / 2)  # the best single number, 1.5, is half off for both


def test_the_figure_is_drawn_from_the_values_of_the_claim(tmp_path: Path) -> None:
    template, pdf = tmp_path / "page.typ", tmp_path / "page.pdf"
    shutil.copy(ROOT / "reports/style.typ", tmp_path)
    shutil.copytree(ROOT / "reports/solutions", tmp_path / "solutions")
    template.write_text('#import "solutions/ex05.typ": *\n#figure-ex05(json(bytes(sys.inputs.data)))', "utf-8")
    typeset.compile(template, {"5.any-depth": dict(CLAIMS["5.any-depth"].values)}, {}, pdf)
    assert "the 3 layers on the left" in PdfReader(pdf).pages[0].extract_text().replace("\n", " ")
