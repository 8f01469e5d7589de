"""Methods for claims whose subject is a formula: by algebra, by z3, and by a program in another library's words."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np
import torch
from sympy import Symbol

from lemma.exercises.outcome import Holds, Outcome, Scope
from lemma.exercises.proof.claim import Method
from lemma.exercises.proof.solver import Reals
from lemma.exercises.proof.space import INSTANCES, Sample, Space

Tensor = torch.Tensor
Draw = Callable[..., Tensor]  # shape -> random numbers in float64
Values = tuple[Tensor, Mapping[Any, Tensor]]  # value, tensors by array, each with the axes of its array
Program = Callable[..., Values]  # (draw, **sizes by name) -> values


def by_algebra(space: Space, computed: Any, name: str = "algebra, every size") -> Method[Any]:
    """Return the method that proves a formula equal to `computed` for every size."""
    return Method(name, "sympy", lambda subject: space.equal(computed, subject))


def by_solver(space: Space, computed: Any, largest: int = 3, name: str = "z3 over the reals") -> Method[Any]:
    """Return the method that searches with z3 for real numbers at which a formula differs from `computed`."""
    return solver_method(space, lambda reals: reals.evaluate(computed), largest, name)


def solver_method(space: Space, compute: Callable[[Reals], Any], largest: int, name: str) -> Method[Any]:
    """Return the method that compares a formula with computed z3 terms at each size up to `largest`.

    Args:
        space: The space of the formula.
        compute: Returns the true values as z3 terms, (1, *sizes of the indices).
        largest: Largest size.
        name: Name of the method.
    """

    @cache
    def cases() -> list[tuple[Reals, Any]]:
        return [(reals := Reals(space, sizes), compute(reals)) for sizes in space.shapes(largest)]

    def check(subject: Any) -> Outcome:
        for reals, computed in cases():
            outcome = reals.compare(computed, subject)
            if not isinstance(outcome, Holds):
                return outcome
        if not space.sizes:
            return Holds(Scope.ALL, "all real numbers")
        return Holds(Scope.SIZES, f"all real numbers, sizes 1 to {largest}", largest)

    return Method(name, "z3", check)


def by_program(space: Space, program: Program, name: str, library: str = "torch", largest: int = 4) -> Method[Any]:
    """Return the method that compares a formula with the value of a program on random instances.

    Args:
        space: The space of the formula.
        program: Draws its arrays, and returns a value with the axes of the indices, and the arrays.
        name: Name of the method.
        library: The library in whose words the program is written.
        largest: Largest size.
    """

    def run(draw: Draw, sizes: Mapping[Symbol, int]) -> tuple[Any, Mapping[Any, Any]]:
        value, arrays = program(draw, **{size.name: number for size, number in sizes.items()})
        return value.detach().numpy(), {array: tensor.detach().numpy() for array, tensor in arrays.items()}

    return sample_method(space, lambda: draw_samples(space, run, largest), name, library)


def draw_samples(
    space: Space, run: Callable[[Draw, Mapping[Symbol, int]], tuple[Any, Mapping[Any, Any]]], largest: int
) -> Iterable[tuple[Sample, Any]]:
    """Yield samples of each size with the values that a program computes for them.

    Args:
        space: The space, for its sizes.
        run: Returns the value of one instance and its arrays.
        largest: Largest size.
    """
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()

    for sizes in space.shapes(largest):
        runs = [run(draw, sizes) for _ in range(INSTANCES)]
        arrays = {array: np.stack([arrays[array] for _, arrays in runs]) for array in runs[0][1]}
        yield Sample(sizes, arrays), np.stack([value for value, _ in runs])


def sample_method(
    space: Space, samples: Callable[[], Iterable[tuple[Sample, Any]]], name: str, library: str
) -> Method[Any]:
    """Return the method that compares a formula with computed values on samples, which are drawn once."""
    drawn = cache(lambda: tuple(samples()))

    def check(subject: Any) -> Outcome:
        for sample, computed in drawn():
            outcome = space.compare(sample, computed, subject)
            if not isinstance(outcome, Holds):
                return outcome
        count = sum(len(computed) for _, computed in drawn())
        largest = max((size for sample, _ in drawn() for size in sample.sizes.values()), default=0)
        sizes = f"sizes 1 to {largest}, " if largest else ""
        return Holds(Scope.SAMPLES, f"{sizes}{count} random instances", largest)

    return Method(name, library, check)
