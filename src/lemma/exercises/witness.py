"""Witnesses that compute with numbers: what another machine finds on random instances, against what a formula says.

A machine finds its answers once, without looking at the formula; the claim and all its falsified forms are then held
against the same answers.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import z3
from sympy import IndexedBase, Symbol

from lemma.exercises.claim import Holds, Kind, Method, Outcome, Refuted, Unknown
from lemma.exercises.indexed import Instance, Space
from lemma.exercises.machines import Differentiator, autograd, complex_step
from lemma.exercises.notation import latex
from lemma.exercises.solver import prove, to_z3
from lemma.exercises.tensors import Floats, Tensors

TOLERANCE = 1e-12  # of float64, relative to numbers above 1
NAMES = ("found", "stated")  # of the two sides in a counter-example


@dataclass(frozen=True)
class Sample:
    """Random instances of the same sizes, and what a machine found for them, (instances, *sizes of the indices)."""

    tensors: Tensors
    expected: Floats


def compare(sample: Sample, formula: Any, indices: Mapping[Symbol, Symbol]) -> Outcome:
    """Compare a formula with what was found; a counter-example is the first place where they differ."""
    sizes = {size.name: str(value) for size, value in sample.tensors.sizes.items()}
    try:
        stated = sample.tensors.evaluate(formula, indices)
    except LookupError as missing:
        return Refuted({"but": str(missing)} | sizes)
    expected, stated = np.broadcast_arrays(sample.expected, stated)
    wrong = ~(
        np.abs(expected - stated) <= TOLERANCE * np.maximum(1, np.abs(expected))
    )  # true where one is not a number
    if not wrong.any():
        return Holds()
    place = tuple(int(axis[0]) for axis in np.nonzero(wrong))
    values = dict(zip(NAMES, (f"{expected[place]:.6g}", f"{stated[place]:.6g}"), strict=True))
    numbers = {index.name: str(at + 1) for index, at in zip(indices, place[len(place) - len(indices) :], strict=True)}
    instance = place[0] if len(place) > len(indices) else 0
    return Refuted(values | sizes | numbers | _entries(sample.tensors, instance))


def _entries(tensors: Tensors, instance: int) -> dict[str, str]:
    """Return the numbers of one instance by name."""
    named = {}
    for array, values in tensors.arrays.items():
        own = np.asarray(values)[instance] if np.ndim(values) else np.asarray(values)
        for place, value in np.ndenumerate(own):
            entry = array[tuple(axis + 1 for axis in place)] if isinstance(array, IndexedBase) else array
            named[latex(entry)] = f"{value:.6g}"
    return named


def sample_method(
    name: str, kind: Kind, machine: Callable[[], Iterable[Sample]], indices: Mapping[Symbol, Symbol]
) -> Method[Any]:
    """Return the method that holds a formula against all samples of a machine."""
    samples = cache(lambda: tuple(machine()))

    def check(subject: Any) -> Outcome:
        for sample in samples():
            outcome = compare(sample, subject, indices)
            if isinstance(outcome, Refuted):
                return outcome
        return Holds(describe_scope(samples()))

    return Method(name, kind, check)


def describe_scope(samples: Iterable[Sample]) -> str:
    """Return for how many instances of which sizes the samples speak."""
    samples = list(samples)
    sizes = [size for sample in samples for size in sample.tensors.sizes.values()]
    count = sum(len(sample.expected) for sample in samples)
    which = f"sizes {min(sizes)} to {max(sizes)}, " if sizes else ""
    return f"{which}{count} random instances, to {TOLERANCE:g}"


def differentiation_methods(
    samples: Callable[[Differentiator], Iterable[Sample]], indices: Mapping[Symbol, Symbol]
) -> list[Method[Any]]:
    """Return the methods that differentiate the same random programs by torch and by complex differences."""
    return [
        sample_method("torch.autograd in float64", Kind.AUTOGRAD, lambda: samples(autograd), indices),
        sample_method("complex differences", Kind.FINITE_DIFFERENCES, lambda: samples(complex_step), indices),
    ]


def symbolic_method(name: str, space: Space, expected: Any) -> Method[Any]:
    """Return the method that compares a formula with one that SymPy found, for every size."""
    return Method(name, Kind.SYMBOLIC, lambda subject: space.equal(expected, subject, NAMES))


Expected = Callable[[Instance, Mapping[Any, Any]], Any]  # z3's variables by entry -> what must be stated


def solver_method(name: str, space: Space, expected: Expected, largest: int = 3) -> Method[Any]:
    """Return the method that asks z3 for real numbers at which a formula differs from what `found` computes."""

    def check(subject: Any) -> Outcome:
        tried = 0
        for instance in space.instances(largest):
            names: dict[Any, Any] = {entry: z3.Real(latex(entry)) for entry in instance.entries}
            try:
                stated = to_z3(instance.instantiate(subject), names)
            except LookupError as missing:
                return Refuted({"but": str(missing)} | instance.sizes_and_indices())
            shown = {latex(entry): variable for entry, variable in names.items()}
            truth = expected(instance, names)
            outcome = prove(truth == stated, [], dict(zip(NAMES, (truth, stated), strict=True)) | shown)
            if isinstance(outcome, Refuted):
                values = dict(outcome.counter_example)
                return Refuted({key: values.pop(key) for key in NAMES} | instance.sizes_and_indices() | values)
            if isinstance(outcome, Unknown):
                return outcome
            tried += 1
        return Holds(f"all real numbers, sizes 1 to {largest}, {tried} cases")

    return Method(name, Kind.SOLVER, check)
