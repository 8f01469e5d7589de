"""The perceptron rule in exact numbers, and sets of instances on which its theory is tried.

The rule is w <- w + eta (t - o) x with targets and outputs -1 and 1. Only mistakes change the weights, and then by
2 eta t x. From weights 0 the step size only scales all weights, so take eta = 1/2: w <- w + t x. The bias is the weight
of an input that is always 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import isqrt
from random import Random

Vector = tuple[Fraction, ...]
PASSES = 10_000  # after which the rule is taken not to converge
RANDOM, LARGEST = 30, 6  # random sets, and dimensions of the perpendicular ones


def dot(first: Sequence[Fraction], second: Sequence[Fraction]) -> Fraction:
    """Return the inner product."""
    return sum((x * y for x, y in zip(first, second, strict=True)), Fraction(0))


@dataclass(frozen=True)
class Course:
    """The weights before the first mistake and after each, and the number of passes, the last without a mistake."""

    weights: tuple[Vector, ...]
    passes: int

    @property
    def mistakes(self) -> int:
        """Return the number of mistakes."""
        return len(self.weights) - 1


def train(instances: Sequence[Vector], targets: Sequence[int]) -> Course:
    """Apply the rule to the instances in their order, again and again, until a pass has no mistake.

    Raises:
        ValueError: it takes too many passes; the instances may not be separable.
    """
    course = [(Fraction(0),) * len(instances[0])]
    for number in range(1, PASSES + 1):
        before = len(course)
        for instance, target in zip(instances, targets, strict=True):
            weights = course[-1]
            if (1 if dot(weights, instance) >= 0 else -1) != target:
                course.append(tuple(w + target * x for w, x in zip(weights, instance, strict=True)))
        if len(course) == before:
            return Course(tuple(course), number)
    raise ValueError(f"mistakes in each of {PASSES} passes")


@dataclass(frozen=True)
class Run:
    """A course, weights u that separate with margin gamma, and a bound R on the norms of the instances."""

    course: Course
    u: Vector
    gamma: Fraction
    radius: Fraction


@cache
def random_runs() -> tuple[Run, ...]:
    """Return courses on random sets in whole numbers that some u separates."""
    random, results = Random(0), []
    for number in range(RANDOM):
        size = 1 + number % 4
        u = tuple(Fraction(random.choice((-3, -2, -1, 1, 2, 3))) for _ in range(size))
        drawn = [tuple(Fraction(random.randint(-5, 5)) for _ in range(size)) for _ in range(4 * size)]
        instances = [instance for instance in drawn if dot(u, instance)]
        if instances:
            results.append(_run(instances, u))
    return tuple(results)


@cache
def perpendicular_runs() -> tuple[Run, ...]:
    """Return courses on perpendicular instances of equal length, all of target -1: a mistake on each, and no other."""
    results = []
    for size in range(1, LARGEST + 1):
        length, scale = Fraction(size + 1), Fraction(-3, size + 2)
        instances = [tuple(length if axis == place else Fraction(0) for axis in range(size)) for place in range(size)]
        results.append(_run(instances, (scale,) * size))
    return tuple(results)


def _run(instances: Sequence[Vector], u: Vector) -> Run:
    targets = [1 if dot(u, instance) > 0 else -1 for instance in instances]
    margin = min(abs(dot(u, instance)) for instance in instances)
    largest = max(dot(instance, instance) for instance in instances)
    whole = isqrt(int(largest))
    radius = Fraction(whole if whole**2 == largest else whole + 1)
    return Run(train(instances, targets), u, margin, radius)
