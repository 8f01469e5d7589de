"""Linear separability of two finite sets of points: separating weights, or a certificate that there are none.

A certificate is a common point of both convex hulls, given by non-negative coefficients of sum 1. It exists if a system
of linear equations has a solution z >= 0, which the simplex method with Bland's rule decides. If there is none, the
final multipliers give separating weights. All numbers are exact, and every answer can be verified independently.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

Point = tuple[Fraction, ...]
ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Separator:
    """A neuron: its weights and its bias."""

    weights: Point
    bias: Fraction

    def net(self, point: Point) -> Fraction:
        """Return the net input on a point."""
        return sum((w * x for w, x in zip(self.weights, point, strict=True)), self.bias)

    def failure(self, inside: Sequence[Point], outside: Sequence[Point]) -> str:
        """Return why the neuron does not accept all inner points and reject all outer points, or ""."""
        for points, accepted in ((inside, True), (outside, False)):
            for point in points:
                if (self.net(point) >= 0) != accepted:
                    return f"net input {self.net(point)} on {'an inner' if accepted else 'an outer'} point"
        return ""


@dataclass(frozen=True)
class Certificate:
    """The coefficients of inner and of outer points in two convex combinations that are the same point."""

    inside: tuple[Fraction, ...]
    outside: tuple[Fraction, ...]

    def failure(self, inside: Sequence[Point], outside: Sequence[Point]) -> str:
        """Return why this is not a certificate that no neuron separates the sets, or ""."""
        for shares, points in ((self.inside, inside), (self.outside, outside)):
            if len(shares) != len(points) or min(shares, default=ZERO) < 0 or sum(shares) != 1:
                return f"{', '.join(map(str, shares))} are not the coefficients of a convex combination"
        first, second = average(self.inside, inside), average(self.outside, outside)
        return "" if first == second else f"the points {_written(first)} and {_written(second)} differ"


Answer = Separator | Certificate


def average(shares: Sequence[Fraction], points: Sequence[Point]) -> Point:
    """Return the convex combination of points with the given coefficients."""
    coordinates = zip(*points, strict=True)
    return tuple(sum((c * x for c, x in zip(shares, along, strict=True)), ZERO) for along in coordinates)


def _written(point: Point) -> str:
    return f"({', '.join(map(str, point))})"


def separate(inside: Sequence[Point], outside: Sequence[Point]) -> Answer:
    """Return a neuron that accepts all inner points and rejects all outer points, or a certificate that none exists.

    Raises:
        ValueError: If there are no points, or if their dimensions differ.
    """
    dimensions = {len(point) for point in (*inside, *outside)}
    if len(dimensions) != 1:
        raise ValueError(f"the points must have the same dimension, found {sorted(dimensions) or 'no points'}")
    columns = [(*point, ONE, ZERO) for point in inside]
    columns += [(*(-x for x in point), ZERO, ONE) for point in outside]
    right = [ZERO] * dimensions.pop() + [ONE, ONE]
    shares, multipliers = _solve(columns, right)
    if multipliers is None:
        return Certificate(tuple(shares[: len(inside)]), tuple(shares[len(inside) :]))
    *weights, first, second = multipliers
    return _whole([-weight for weight in weights], (second - first) / 2)


def _whole(weights: Sequence[Fraction], bias: Fraction) -> Separator:
    """Return the separator scaled to the smallest integers."""
    numbers = [*weights, bias]
    common = lcm(*(number.denominator for number in numbers))
    shared = gcd(*(int(number * common) for number in numbers)) or 1
    *scaled, last = (number * common / shared for number in numbers)
    return Separator(tuple(scaled), last)


def _solve(columns: Sequence[Point], right: Sequence[Fraction]) -> tuple[list[Fraction], list[Fraction] | None]:
    """Solve `columns` z = `right` for z >= 0, where `right` >= 0, or return multipliers y that prove infeasibility.

    These satisfy y . column <= 0 for all columns and y . right > 0 (Farkas' lemma). This is phase 1 of the simplex
    method: start with artificial variables and pivot while their sum decreases.
    """
    rows, width = len(right), len(columns)
    scale = lcm(*(value.denominator for column in (*columns, right) for value in column))
    table = [
        [int(column[row] * scale) for column in columns]
        + [int(other == row) for other in range(rows)]
        + [int(right[row] * scale)]
        for row in range(rows)
    ]
    missing = [
        -sum(column) for column in zip(*table, strict=True)
    ]  # reduced costs, and minus the sum of artificial variables
    missing[width : width + rows] = [0] * rows
    divisor = 1  # common denominator of the integer tableau
    basis = [width + row for row in range(rows)]
    while True:
        entering = next((place for place in range(width) if missing[place] < 0), None)  # Bland's rule
        if entering is None:
            break
        ratios = [
            (Fraction(line[-1], line[entering]), basis[row], row)
            for row, line in enumerate(table)
            if line[entering] > 0
        ]
        _, _, leaving = min(ratios)
        divisor = _pivot(table, missing, leaving, entering, divisor)
        basis[leaving] = entering
    if missing[-1] < 0:
        return [], [ONE - Fraction(cost, divisor) for cost in missing[width : width + rows]]
    shares = [ZERO] * width
    for row, place in enumerate(basis):
        if place < width:
            shares[place] = Fraction(table[row][-1], divisor)
    return shares, None


def _pivot(table: list[list[int]], missing: list[int], leaving: int, entering: int, divisor: int) -> int:
    """Eliminate the column `entering` from all rows except `leaving`, and return the new divisor of the tableau.

    The division by the old divisor is exact (Bareiss, 1968).
    """
    pivot = table[leaving][entering]
    for line in (*(line for row, line in enumerate(table) if row != leaving), missing):
        factor = line[entering]
        line[:] = [
            (pivot * value - factor * other) // divisor for value, other in zip(line, table[leaving], strict=True)
        ]
    return pivot
