"""Exact linear separation: there is always a correct answer, in agreement with the convex hulls of scipy."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from lemma.exercises.ex2.separate import Certificate, Point, Separator, separate


def points(dimension: int, most: int = 7) -> st.SearchStrategy[list[Point]]:
    number = st.fractions(-5, 5, max_denominator=4)
    return st.lists(st.tuples(*[number] * dimension), max_size=most)


def exact(*written: tuple[int, ...]) -> list[Point]:
    return [tuple(map(Fraction, point)) for point in written]


@settings(max_examples=80)
@given(st.integers(1, 3).flatmap(lambda size: st.tuples(points(size), points(size))))
def test_any_two_sets_get_correct_weights_or_a_correct_certificate(sets: tuple[list[Point], list[Point]]) -> None:
    inside, outside = sets
    assume(inside or outside)
    answer, turned = separate(inside, outside), separate(outside, inside)
    assert answer.failure(inside, outside) == ""
    assert turned.failure(outside, inside) == ""
    assert type(answer) is type(turned)


@settings(max_examples=40)
@given(points(2), st.tuples(*[st.integers(-4, 4)] * 3))
def test_points_divided_by_a_line_get_weights(drawn: list[Point], line: tuple[int, int, int]) -> None:
    nets = {point: line[0] * point[0] + line[1] * point[1] + line[2] for point in drawn}
    inside, outside = [point for point in drawn if nets[point] >= 0], [point for point in drawn if nets[point] < 0]
    assume(drawn)
    assert isinstance(separate(inside, outside), Separator)


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.integers(-9, 9)] * 2), min_size=4, max_size=9, unique=True), st.data())
def test_a_point_is_certified_if_it_lies_in_the_convex_hull(around: list[tuple[int, int]], data: Any) -> None:
    assume(np.linalg.matrix_rank(np.array(around) - around[0]) == 2)
    place = data.draw(st.tuples(*[st.integers(-9, 9)] * 2))
    sides = ConvexHull(np.array(around)).equations
    depth = float((sides @ [*place, 1]).max())
    assume(abs(depth) > 1e-9)
    assert isinstance(separate(exact(place), exact(*around)), Certificate) == (depth < 0)


def test_a_common_point_is_a_certificate_and_empty_sets_are_refused() -> None:
    assert separate(exact((1, 2)), exact((0, 0), (1, 2))) == Certificate((Fraction(1),), (Fraction(0), Fraction(1)))
    assert separate(exact((1, 2)), []).failure(exact((1, 2)), []) == ""
    with pytest.raises(ValueError, match="no points"):
        separate([], [])
    with pytest.raises(ValueError, match=r"\[1, 2\]"):
        separate(exact((1,)), exact((1, 2)))


def test_touching_sets_are_inseparable_and_nearby_sets_are_separable() -> None:
    near = Fraction(1, 10**30)  # far below what floating point tells apart
    square = exact((0, 0), (2, 0), (2, 2), (0, 2))
    assert isinstance(separate(exact((2, 1)), square), Certificate)
    assert isinstance(separate([(2 + near, Fraction(1))], square), Separator)


def test_a_wrong_answer_is_described() -> None:
    inside, outside = exact((0,)), exact((-1,), (1,))
    half = Fraction(1, 2)
    assert Certificate((Fraction(1),), (half, half)).failure(inside, outside) == ""
    negative = Certificate((Fraction(1),), (Fraction(2), Fraction(-1)))
    assert "not the coefficients of a convex combination" in negative.failure(inside, outside)
    different = Certificate((Fraction(1),), (Fraction(0), Fraction(1)))
    assert "the points (0) and (1) differ" in different.failure(inside, outside)
    assert "an outer point" in Separator((Fraction(1),), Fraction(0)).failure(inside, outside)
