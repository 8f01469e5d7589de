"""The points of the figure of exercise 2, inside and outside the circle of radius 1 around the origin.

All coordinates are exact, and the distances from the centre are rational and distinct.
"""

from fractions import Fraction

from lemma.exercises.exact import parse_number

RADIUS = Fraction(1)


def _points(*written: str) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(map(parse_number, point.split())) for point in written)


INSIDE = _points("0.3 0.4", "0 0.25", "-0.6 0.45", "-0.25 -0.6", "0.64 -0.48", "-0.2 0")
OUTSIDE = _points(
    "1.2 0.5", "-0.8 1.5", "0.72 0.96", "-0.35 -1.2", "-1.2 -0.9", "1.28 -0.96", "0 1.8", "-1.35 0", "1 -1.05"
)
(INNER,) = _points("0.5 0.25 0.75 0.65 0.8 0.2")
(OUTER,) = _points("1.3 1.7 1.2 1.25 1.5 1.6 1.8 1.35 1.45")
