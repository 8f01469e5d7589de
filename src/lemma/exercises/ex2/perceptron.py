"""The perceptron rule in exact numbers, and training sets on which its bounds are tested.

The rule is w <- w + eta (t - o) x with targets and outputs in {-1, 1}. Only mistakes change the weights, by 2 eta t x.
For initial weights 0 the learning rate merely scales the weights, so eta = 1/2: w <- w + t x. The bias is the weight of
a constant input 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import isqrt
from random import Random

Vector = tuple[Fraction, ...]
PASSES = 10_000  # epochs after which the rule is assumed not to converge
RANDOM, LARGEST = 30, 6  # number of random sets, largest dimension of perpendicular sets


def dot(first: Sequence[Fraction], second: Sequence[Fraction]) -> Fraction:
    """Return the inner product."""
    return sum((x * y for x, y in zip(first, second, strict=True)), Fraction(0))


@dataclass(frozen=True)
class Course:
    """The initial weights and those after each mistake, and the number of epochs, the last one without mistakes."""

    weights: tuple[Vector, ...]
    passes: int

    @property
    def mistakes(self) -> int:
        """Return the number of mistakes."""
        return len(self.weights) - 1


def train(instances: Sequence[Vector], targets: Sequence[int]) -> Course:
    """Train on the instances in order until an epoch has no mistake.

    Raises:
        ValueError: If there are too many epochs; the instances may not be separable.
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
    raise ValueError(f"mistakes in each of {PASSES} epochs")


@dataclass(frozen=True)
class Run:
    """A training course, weights u that separate with margin gamma, and an upper bound R of the instance norms."""

    course: Course
    u: Vector
    gamma: Fraction
    radius: Fraction


@cache
def random_runs() -> tuple[Run, ...]:
    """Return runs on random separable sets of integer instances."""
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
    """Return runs on perpendicular instances of equal norm with target -1, with exactly one mistake on each."""
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
