"""Evaluation of formulas on many instances: the values of SymPy, and an error for entries that do not exist."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import IndexedBase, KroneckerDelta, Rational, Sum

from lemma.exercises.batch import Batch, batches, equal
from lemma.exercises.claim import Holds, Refuted, Unknown
from lemma.exercises.indexed import Instance, Space, index
from lemma.exercises.shown import accept_proofs, compare_exactly

k, j, p, q, place = (index(name) for name in "kjpql")
b, v = IndexedBase("b"), IndexedBase("v")


@given(st.lists(st.integers(-9, 9), min_size=3, max_size=3), st.integers(1, 3))
def test_values_of_a_batch_equal_those_of_sympy(entries: list[int], where: int) -> None:
    expression = Sum(v[k] ** 2 * KroneckerDelta(k, place) - Rational(1, 2) * v[place], (k, 1, q)) + 3
    instance = Instance({q: 3, place: where}, {v[number]: Fraction(entry) for number, entry in enumerate(entries, 1)})
    batch = Batch({q: 3}, {v: np.array([entries])}, {place: np.array([where])})
    assert batch.values(expression)[0] == instance.value(expression)


def test_batches_contain_matrices_and_refuse_missing_entries() -> None:
    for batch in batches(Space({b: (p, q)}, {}), largest=3, cases=2):
        total = Sum(b[j, k], (j, 1, p), (k, 1, q))
        assert (batch.values(total) == batch.arrays[b].sum(axis=(1, 2))).all()
        with pytest.raises(LookupError, match="does not exist"):
            batch.values(b[p + 1, 1])


def test_a_counter_example_is_the_first_wrong_instance() -> None:
    batch = Batch({q: 2}, {v: np.array([[1, 2], [3, 4]])}, {place: np.array([1, 2])})
    assert batch.refute(np.array([False, False])) is None
    refuted = batch.refute(np.array([False, True]), computed=np.array([5, -0.0]))
    assert refuted is not None
    assert dict(refuted.counter_example) == {"computed": "0", "q": "2", "l": "2", "v_{1}": "3", "v_{2}": "4"}


def test_equality_is_proved_for_all_sizes_or_refuted() -> None:
    space = Space({v: (q,)}, {})
    twice = Sum(v[k], (k, 1, q)) + Sum(v[j], (j, 1, q))
    assert isinstance(equal(space, twice, 2 * Sum(v[k], (k, 1, q))), Holds)
    assert isinstance(equal(space, twice, Sum(v[k] ** 2, (k, 1, q))), Refuted)
    assert isinstance(equal(space, v[q + 1], v[q + 1]), Refuted)


def test_a_step_may_have_a_separate_proof() -> None:
    compare = accept_proofs(compare_exactly)
    assert compare("by a proof", Unknown("too hard")) == Unknown("too hard")
    assert isinstance(compare(Fraction(1, 2), Fraction(2, 4)), Holds)
    assert isinstance(compare((1, 2), (2, 1)), Refuted)
