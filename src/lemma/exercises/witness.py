"""Numerical methods: compare a formula with values that another program computes on random instances.

The values are computed once, independently of the formula, and then compared with the claim and with all its mutants.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import z3
from sympy import IndexedBase, Symbol

from lemma.exercises.claim import REASON, Holds, Kind, Method, Outcome, Refuted, Unknown
from lemma.exercises.indexed import Instance, Space
from lemma.exercises.machines import Differentiator, autograd, complex_step
from lemma.exercises.notation import latex
from lemma.exercises.solver import prove, to_z3
from lemma.exercises.tensors import Floats, Tensors

TOLERANCE = 1e-12  # of float64; relative for values above 1
NAMES = ("computed", "stated")  # names of the two sides in a counter-example


@dataclass(frozen=True)
class Sample:
    """Random instances of the same sizes with the values expected for them.

    Attributes:
        tensors: Sizes and arrays of the instances.
        expected: Values, (instances, *sizes of the indices).
    """

    tensors: Tensors
    expected: Floats


def compare(sample: Sample, formula: Any, indices: Mapping[Symbol, Symbol]) -> Outcome:
    """Compare a formula with the expected values; a counter-example is the first entry that differs."""
    sizes = {size.name: str(value) for size, value in sample.tensors.sizes.items()}
    try:
        stated = sample.tensors.evaluate(formula, indices)
    except LookupError as missing:
        return Refuted({REASON: str(missing)} | sizes)
    expected, stated = np.broadcast_arrays(sample.expected, stated)
    tolerance = TOLERANCE * np.maximum(1, np.abs(expected))
    wrong = ~(np.abs(expected - stated) <= tolerance)  # also true for NaN
    if not wrong.any():
        return Holds()
    place = tuple(int(axis[0]) for axis in np.nonzero(wrong))
    values = dict(zip(NAMES, (f"{expected[place]:.6g}", f"{stated[place]:.6g}"), strict=True))
    numbers = {index.name: str(at + 1) for index, at in zip(indices, place[len(place) - len(indices) :], strict=True)}
    instance = place[0] if len(place) > len(indices) else 0
    return Refuted(values | sizes | numbers | _entries(sample.tensors, instance))


def _entries(tensors: Tensors, instance: int) -> dict[str, str]:
    """Return the values of one instance by name."""
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
    """Return the method that compares a formula with all samples of a generator, which runs once."""
    samples = cache(lambda: tuple(machine()))

    def check(subject: Any) -> Outcome:
        for sample in samples():
            outcome = compare(sample, subject, indices)
            if isinstance(outcome, Refuted):
                return outcome
        return Holds(describe_scope(samples()))

    return Method(name, kind, check)


def describe_scope(samples: Iterable[Sample]) -> str:
    """Return a description of the sizes and the number of instances of the samples."""
    samples = list(samples)
    sizes = [size for sample in samples for size in sample.tensors.sizes.values()]
    count = sum(len(sample.expected) for sample in samples)
    which = f"sizes {min(sizes)} to {max(sizes)}, " if sizes else ""
    return f"{which}{count} random instances, to {TOLERANCE:g}"


def differentiation_methods(
    samples: Callable[[Differentiator], Iterable[Sample]], indices: Mapping[Symbol, Symbol]
) -> list[Method[Any]]:
    """Return the methods that differentiate the same random programs by torch.autograd and by the complex step."""
    return [
        sample_method("torch.autograd in float64", Kind.AUTOGRAD, lambda: samples(autograd), indices),
        sample_method("complex-step method", Kind.FINITE_DIFFERENCES, lambda: samples(complex_step), indices),
    ]


def symbolic_method(name: str, space: Space, expected: Any) -> Method[Any]:
    """Return the method that proves a formula equal to an expression derived by SymPy, for every size."""
    return Method(name, Kind.SYMBOLIC, lambda subject: space.equal(expected, subject, NAMES))


Expected = Callable[[Instance, Mapping[Any, Any]], Any]  # z3's variables by entry -> what must be stated


def solver_method(name: str, space: Space, expected: Expected, largest: int = 3) -> Method[Any]:
    """Return the method that searches with z3 for real numbers at which a formula differs from the expected value.

    Args:
        name: Name of the method.
        space: Space of the formula.
        expected: Returns the expected z3 expression for an instance and the z3 variables of its entries.
        largest: Largest size.
    """

    def check(subject: Any) -> Outcome:
        tried = 0
        for instance in space.instances(largest):
            names: dict[Any, Any] = {entry: z3.Real(latex(entry)) for entry in instance.entries}
            try:
                stated = to_z3(instance.instantiate(subject), names)
            except LookupError as missing:
                return Refuted({REASON: str(missing)} | instance.sizes_and_indices())
            variables = {latex(entry): variable for entry, variable in names.items()}
            truth = expected(instance, names)
            outcome = prove(truth == stated, [], dict(zip(NAMES, (truth, stated), strict=True)) | variables)
            if isinstance(outcome, Refuted):
                values = dict(outcome.counter_example)
                return Refuted({key: values.pop(key) for key in NAMES} | instance.sizes_and_indices() | values)
            if isinstance(outcome, Unknown):
                return outcome
            tried += 1
        return Holds(f"all real numbers, sizes 1 to {largest}, {tried} cases")

    return Method(name, Kind.SOLVER, check)
