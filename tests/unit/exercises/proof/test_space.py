"""Formulas with symbolic sizes: proofs hold for every size, and counter-examples have admissible values."""

import pytest
import sympy
from sympy import KroneckerDelta, Sum

from lemma.exercises.algebra.equality import differentiate
from lemma.exercises.algebra.symbols import eta, i, j, k, m, n, o, p, t, v, w, x
from lemma.exercises.calculus.functions import logistic, sigma
from lemma.exercises.outcome import Holds, IllFormed, Refuted, Scope, Unknown
from lemma.exercises.proof.recheck import evaluate_printed
from lemma.exercises.proof.solver import Reals, prove
from lemma.exercises.proof.space import Space

SPACE = Space({o: (m,), v: (m,), w: (n, m)}, {i: m, j: n})


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Sum(o[k] * KroneckerDelta(k, i), (k, 1, m)), o[i]),
        (Sum(o[k] + v[k], (k, 1, m)), Sum(v[p], (p, 1, m)) + Sum(o[k], (k, 1, m))),
        (2 * Sum(o[k], (k, 1, m)), Sum(o[k] * 2, (k, 1, m))),
        (Sum(o[k] ** 2 - v[k] ** 2, (k, 1, m)), Sum((o[p] - v[p]) * (o[p] + v[p]), (p, 1, m))),
        (Sum(w[p, i] * KroneckerDelta(p, j), (p, 1, n)) * o[i], o[i] * w[j, i]),
        (Sum(o[k] * Sum(w[p, k], (p, 1, n)), (k, 1, m)), Sum(Sum(w[p, k] * o[k], (p, 1, n)), (k, 1, m))),
        (sympy.exp(o[i]) * sympy.exp(-o[i]), sympy.Integer(1)),
    ],
)
def test_equal_formulas_are_proved_equal_for_every_size(left: sympy.Expr, right: sympy.Expr) -> None:
    outcome = SPACE.equal(left, right)
    assert isinstance(outcome, Holds)
    assert outcome.scope is Scope.ALL


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Sum(o[k] * KroneckerDelta(k, i), (k, 1, m - 1)), o[i]),  # differs only at i = m
        (Sum(o[k] * KroneckerDelta(k, i), (k, 2, m)), o[i]),  # differs only at i = 1
        (Sum(o[k], (k, 1, m)), m * o[i]),  # agrees for m = 1
        (o[i], v[i]),
        (Sum(v[k], (k, 1, m), (k, 1, n)), Sum(v[k], (k, 1, n), (k, 1, m))),  # the inner k is another one
    ],
)
def test_different_formulas_are_refuted_with_a_counter_example(left: sympy.Expr, right: sympy.Expr) -> None:
    outcome = SPACE.equal(left, right)
    assert isinstance(outcome, Refuted | IllFormed)
    if isinstance(outcome, Refuted):
        assert {"m", "i"} <= set(outcome.values)
        assert outcome.computed != outcome.stated


@pytest.mark.parametrize("formula", [o[i + 1], o[i - 1], w[i, j], Sum(o[k], (k, 1, m + 1)), o[i, i]])
def test_a_formula_with_an_entry_that_does_not_exist_is_ill_formed(formula: sympy.Expr) -> None:
    assert SPACE.check_form(o[i]) is None
    assert isinstance(SPACE.check_form(formula), IllFormed)


def test_equality_for_small_sizes_only_is_not_proved() -> None:
    """The product vanishes exactly for the sizes that are tried."""
    tried = sympy.prod(m - size for size in range(1, 5))
    assert isinstance(Space({o: (m,)}, {i: m}).equal(tried * o[i], sympy.Integer(0)), Unknown)


def test_samples_cover_all_sizes_and_respect_the_ranges() -> None:
    space = Space({o: (m,), v: (m,), w: (n, m)}, {i: m}, sigmoids=(o,))
    samples = list(space.samples(largest=3, instances=5))
    assert [(sample.sizes[m], sample.sizes[n]) for sample in samples] == [(a, b) for a in (1, 2, 3) for b in (1, 2, 3)]
    assert all(((sample.arrays[o] > 0) & (sample.arrays[o] < 1)).all() for sample in samples)
    assert any((sample.arrays[v] < 0).any() for sample in samples)


def test_a_positive_scalar_is_positive_in_every_sample_and_solution() -> None:
    space = Space({o: (m,)}, {i: m}, (eta,))
    assert all((sample.arrays[eta] > 0).all() for sample in space.samples(largest=3, instances=9))
    assert [condition.relation for condition in space.printed_conditions()] == [r"\eta > 0"]
    reals = Reals(space, {m: 1})
    assert isinstance(prove(reals.values[eta].item() > 0, reals.assumptions(), {}), Holds)


def test_a_dependent_array_is_computed_and_not_drawn() -> None:
    """The net input of a counter-example is the weighted sum of its inputs."""
    net = Sum(w[p, k] * x[p], (p, 1, n))
    space = Space({w: (n, m), x: (n,), o: (m,)}, {k: m}, dependent={o: ((k,), net)})
    outcome = space.equal(o[k], 2 * o[k])
    assert isinstance(outcome, Refuted)
    (condition,) = space.printed_conditions()
    assert evaluate_printed(condition.relation, {**outcome.values, "k": outcome.values["k"]}) is True


def test_a_dependent_scalar_is_computed_and_known_to_proofs() -> None:
    output, net = sympy.Symbol("o", real=True), Sum(w[k] * x[k], (k, 1, n))
    space = Space({w: (n,), x: (n,)}, scalars=(output,), dependent={output: ((), sigma(net))}, bound=1)
    assert space.equal(sigma(net) * (1 - output), output - output**2) == Holds(
        Scope.ALL, "the difference simplifies to 0 for every size"
    )
    outcome = space.equal(output, 1 - output)
    assert isinstance(outcome, Refuted)
    (condition,) = space.printed_conditions()
    assert evaluate_printed(condition.relation, outcome.values) is True


def test_an_auxiliary_array_is_not_printed_but_known_to_proofs() -> None:
    space = Space({v: (m,), o: (m,)}, {k: m}, dependent={o: ((k,), sigma(v[k]))}, auxiliary=(v,))
    outcome = space.equal(o[k], 1 - o[k])
    assert isinstance(outcome, Refuted)
    assert not any(name.startswith("v") for name in outcome.values)
    proof = space.equal(sigma(v[k]) * (1 - o[k]), o[k] - o[k] ** 2)
    assert isinstance(proof, Holds)
    assert proof.scope is Scope.ALL


def test_the_derivative_of_a_sum_is_the_coefficient_of_the_entry() -> None:
    derivative = differentiate(Sum(w[j, k] * o[k], (k, 1, m)), o[i])
    assert isinstance(SPACE.equal(derivative, w[j, i]), Holds)


def test_a_derivative_with_an_ambiguous_index_is_refused() -> None:
    """SymPy silently differentiates Sum(w[j, i]*o[i], (i, 1, m)) by o[i] to Sum(w[j, i])."""
    with pytest.raises(ValueError, match="index of an entry"):
        differentiate(Sum(w[j, i] * o[i], (i, 1, m)), o[i])


def test_transcendental_formulas_are_compared_to_nine_digits() -> None:
    space = Space({t: (m,)}, {i: m})
    right, wrong = sympy.exp(-t[i]) * logistic(t[i]) ** 2, sympy.exp(t[i]) * logistic(t[i])
    derivative = logistic(t[i]).diff(t[i])
    assert isinstance(space.compare_formulas(derivative, right, largest=2, instances=4), Holds)
    assert isinstance(space.compare_formulas(derivative, wrong, largest=2, instances=4), Refuted)


def test_an_undeclared_symbol_is_an_error_and_not_a_refutation() -> None:
    with pytest.raises(TypeError, match="forgotten"):
        SPACE.equal(sympy.Symbol("forgotten"), o[i])
