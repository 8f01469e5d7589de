"""Illustrative points for the picture of exercise 2, which is not at hand: inside and outside the unit circle.

All coordinates are exact, and all distances from the centre are rational and distinct.
"""

from fractions import Fraction

Point = tuple[Fraction, ...]


def _parse(*points: str) -> tuple[Point, ...]:
    return tuple(tuple(map(Fraction, point.split())) for point in points)


INSIDE = _parse("0.3 0.4", "0 0.25", "-0.6 0.45", "-0.25 -0.6", "0.64 -0.48", "-0.2 0")
OUTSIDE = _parse(
    "1.2 0.5", "-0.8 1.5", "0.72 0.96", "-0.35 -1.2", "-1.2 -0.9", "1.28 -0.96", "0 1.8", "-1.35 0", "1 -1.05"
)
(INNER_DISTANCES,) = _parse("0.5 0.25 0.75 0.65 0.8 0.2")
(OUTER_DISTANCES,) = _parse("1.3 1.7 1.2 1.25 1.5 1.6 1.8 1.35 1.45")
