"""Accuracy of memorising networks on new data: enumeration of training sets for few features, simulation for many.

Simulated networks are constructed with all their gates. New inputs are uniformly distributed, as in training.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from math import sqrt
from typing import Any

import numpy as np
from scipy.stats import t as student

from lemma.exercises.ex1.cube import functions, rows

FEATURES, SETS, FRESH = 12, 30, 200  # of the simulation: features, training sets, new inputs for each
CONFIDENCE = 0.999
DRAWS, DISTINCT = (500, 2839, 6000), (500, 2048, 3500)  # training instances; 2839 is 4096 ln 2
FUNCTIONS: dict[str, Callable[[Any], Any]] = {  # on rows of 0 and 1
    "parity": lambda inputs: inputs.sum(axis=1) % 2,
    "at least 5 of 12": lambda inputs: (inputs.sum(axis=1) >= 5).astype(np.int64),
}


@dataclass(frozen=True)
class Case:
    """Exact means over all training sets with n features, m instances, and a function that is 1 on a fraction p."""

    n: int
    m: int
    p: Fraction
    accuracy: Fraction
    unseen: Fraction


@dataclass(frozen=True)
class Simulated:
    """A mean over training sets with its confidence interval."""

    function: str
    m: int
    p: Fraction
    mean: float
    low: float
    high: float


@cache
def exact(distinct: bool) -> tuple[Case, ...]:
    """Return the exact means over all small training sets, for all functions of few features."""
    results = []
    for n, largest in ((1, 5), (2, 4), (3, 2)):
        size = 2**n
        for m in range(min(largest, size) + 1 if distinct else largest + 1):
            drawn = combinations(range(size), m) if distinct else product(range(size), repeat=m)
            seen = np.array([np.isin(np.arange(size), rows) for rows in drawn])  # (sets, N)
            unseen = Fraction(int((~seen[:, 0]).sum()), len(seen))  # the same for every input
            for truth in np.concatenate([*functions(n)]):
                right = ((seen & (truth == 1)) == (truth == 1)).sum()
                accuracy = Fraction(int(right), seen.size)
                results.append(Case(n, m, Fraction(int(truth.sum()), size), accuracy, unseen))
    return tuple(results)


@cache
def simulated(distinct: bool, accuracy: bool = True) -> tuple[Simulated, ...]:
    """Return the accuracy on new inputs, or the fraction of unseen ones, for several functions and sizes m."""
    results = []
    for name, function in FUNCTIONS.items():
        truth = function(rows(FEATURES))
        for m in DISTINCT if distinct else DRAWS:
            shares = _shares(name, m, distinct)[:, 0 if accuracy else 1]
            mean, error = float(np.mean(shares)), float(np.std(shares, ddof=1)) / sqrt(SETS)
            reach = float(student.ppf((1 + CONFIDENCE) / 2, SETS - 1)) * error
            share = Fraction(int(truth.sum()), len(truth))
            results.append(Simulated(name, m, share, mean, mean - reach, mean + reach))
    return tuple(results)


@cache
def _shares(name: str, m: int, distinct: bool) -> Any:
    """Return the accuracy and the fraction of unseen inputs for each training set, (sets, 2)."""
    random = np.random.default_rng([len(name), m, distinct])
    inputs = rows(FEATURES)
    return np.array([_one_set(random, inputs, FUNCTIONS[name](inputs), m, distinct) for _ in range(SETS)])


def _one_set(random: np.random.Generator, inputs: Any, truth: Any, m: int, distinct: bool) -> tuple[float, float]:
    """Return the accuracy of the network of a random training set on new inputs, and the fraction of unseen ones."""
    size = len(inputs)
    drawn = random.choice(size, m, replace=False) if distinct else random.integers(0, size, m)
    gates = inputs[drawn[truth[drawn] == 1]].astype(np.int8)
    fresh = random.integers(0, size, FRESH)
    nets = np.repeat(-gates.sum(axis=1, dtype=np.int8)[None, :], FRESH, axis=0)  # (fresh, gates)
    for given, weights in zip(inputs[fresh].astype(np.int8).T, (2 * gates - 1).T):
        nets += given[:, None] * weights
    answers = (nets >= 0).any(axis=1)
    return float((answers == (truth[fresh] == 1)).mean()), float((~np.isin(fresh, drawn)).mean())
