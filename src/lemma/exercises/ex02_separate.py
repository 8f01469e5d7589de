"""Whether one neuron separates two finite sets of points: weights that do, or a certificate that none can.

A certificate is a point that is an average of points of both sets, with non-negative shares of sum 1. It exists if
numbers z >= 0 satisfy linear equations, which the simplex method decides; with Bland's rule it always ends. If there
are none, the multipliers at its end are the weights. All numbers are exact, and whatever comes out can be checked
without knowing how it was found.
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
        """Return why this does not separate the sets, or nothing: it is to accept one and to refuse the other."""
        for points, accepted in ((inside, True), (outside, False)):
            for point in points:
                if (self.net(point) >= 0) != accepted:
                    return f"net input {self.net(point)} on {'an inner' if accepted else 'an outer'} point"
        return ""


@dataclass(frozen=True)
class Certificate:
    """The shares of inner and of outer points in two averages that are the same point."""

    inside: tuple[Fraction, ...]
    outside: tuple[Fraction, ...]

    def failure(self, inside: Sequence[Point], outside: Sequence[Point]) -> str:
        """Return why this does not certify that no neuron separates the sets, or nothing."""
        for shares, points in ((self.inside, inside), (self.outside, outside)):
            if len(shares) != len(points) or min(shares, default=ZERO) < 0 or sum(shares) != 1:
                return f"shares {', '.join(map(str, shares))} of {len(points)} points are no average"
        first, second = average(self.inside, inside), average(self.outside, outside)
        return "" if first == second else f"averages {_written(first)} and {_written(second)}"


Answer = Separator | Certificate


def average(shares: Sequence[Fraction], points: Sequence[Point]) -> Point:
    """Return the average of points with these shares."""
    coordinates = zip(*points, strict=True)
    return tuple(sum((c * x for c, x in zip(shares, along, strict=True)), ZERO) for along in coordinates)


def _written(point: Point) -> str:
    return f"({', '.join(map(str, point))})"


def separate(inside: Sequence[Point], outside: Sequence[Point]) -> Answer:
    """Return a neuron that accepts all inner points and refuses all outer ones, or a certificate that there is none.

    Raises:
        ValueError: there are no points, or their dimensions differ.
    """
    dimensions = {len(point) for point in (*inside, *outside)}
    if len(dimensions) != 1:
        raise ValueError(f"points need one dimension, and there are {sorted(dimensions) or 'no points'}")
    columns = [(*point, ONE, ZERO) for point in inside]
    columns += [(*(-x for x in point), ZERO, ONE) for point in outside]
    right = [ZERO] * dimensions.pop() + [ONE, ONE]
    shares, multipliers = _solve(columns, right)
    if multipliers is None:
        return Certificate(tuple(shares[: len(inside)]), tuple(shares[len(inside) :]))
    *weights, first, second = multipliers
    return _whole([-weight for weight in weights], (second - first) / 2)


def _whole(weights: Sequence[Fraction], bias: Fraction) -> Separator:
    """Return the separator with the smallest whole numbers."""
    numbers = [*weights, bias]
    common = lcm(*(number.denominator for number in numbers))
    shared = gcd(*(int(number * common) for number in numbers)) or 1
    *scaled, last = (number * common / shared for number in numbers)
    return Separator(tuple(scaled), last)


def _solve(columns: Sequence[Point], right: Sequence[Fraction]) -> tuple[list[Fraction], list[Fraction] | None]:
    """Solve `columns` z = `right` with z >= 0, where `right` is not negative; or return multipliers y that forbid it.

    These have y . column <= 0 for all columns and y . right > 0. The first phase of the simplex method: begin with what
    is missing in each equation, and exchange it for columns while less is missing.
    """
    rows, width = len(right), len(columns)
    scale = lcm(*(value.denominator for column in (*columns, right) for value in column))
    table = [
        [int(column[row] * scale) for column in columns]
        + [int(other == row) for other in range(rows)]
        + [int(right[row] * scale)]
        for row in range(rows)
    ]
    missing = [-sum(column) for column in zip(*table, strict=True)]  # reduced costs, and minus what is missing
    missing[width : width + rows] = [0] * rows
    divisor = 1  # of the whole table, which stays one of integers
    basis = [width + row for row in range(rows)]
    while True:
        entering = next((place for place in range(width) if missing[place] < 0), None)  # Bland: the first
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
    """Eliminate the column `entering` from all rows but `leaving`, and return the new divisor of the table.

    The division by the old one leaves no remainder (Bareiss, 1968).
    """
    pivot = table[leaving][entering]
    for line in (*(line for row, line in enumerate(table) if row != leaving), missing):
        factor = line[entering]
        line[:] = [
            (pivot * value - factor * other) // divisor for value, other in zip(line, table[leaving], strict=True)
        ]
    return pivot
