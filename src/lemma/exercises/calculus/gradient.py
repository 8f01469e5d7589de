"""Claims about the gradient of a loss: `gradient` derives the methods and the mutants from the formula of the loss.

The loss is a formula, or every loss that depends on given values (`AnyLoss`). It is differentiated by SymPy for every
size, by z3 with dual numbers, numerically, and as a program that is written in torch's own words and shares nothing
with the formula.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from sympy import Indexed, IndexedBase, Sum, Symbol

from lemma.exercises.algebra.equality import differentiate
from lemma.exercises.algebra.evaluate import evaluate
from lemma.exercises.algebra.notation import latex
from lemma.exercises.calculus.chain_rule import by_chain_rule, by_undefined_loss
from lemma.exercises.calculus.dual import differentiate_forward
from lemma.exercises.proof.claim import Claim, Method, Mutant, Step
from lemma.exercises.proof.methods import Draw, Program, by_algebra, draw_samples, sample_method, solver_method
from lemma.exercises.proof.mutants import mutate
from lemma.exercises.proof.space import Sample, Space

STEP = 1e-40  # of the complex-step method: its square vanishes against 1
At = Callable[[Any], Any]
Transform = Callable[[Any, At], Any]  # gradient, function from formulas to values -> what is stated


@dataclass(frozen=True)
class AnyLoss:
    """Every differentiable loss that depends on the inputs through u_1, ..., u_m only.

    Attributes:
        inner: Formula of u_k.
        index: The index k.
        size: The number m.
        arriving: Formula of the derivative of the loss by u_k.
        further: Size of each further index of u.
    """

    inner: Any
    index: Symbol
    size: Symbol
    arriving: Any
    further: Mapping[Symbol, Symbol] = field(default_factory=dict)

    @property
    def indices(self) -> dict[Symbol, Symbol]:
        """Return the size of each index of u."""
        return {self.index: self.size, **self.further}

    @property
    def linear(self) -> Any:
        """Return the loss whose derivatives by u are constant: by the chain rule, it has the same gradient."""
        return self.total(self.arriving * self.inner)

    def total(self, term: Any) -> Any:
        """Return the sum of a term over all values u."""
        return Sum(term, *((index, 1, size) for index, size in reversed(self.indices.items())))


def _unchanged(gradient: Any, at: At) -> Any:
    return gradient


def negative(gradient: Any, at: At) -> Any:
    """Return the negative gradient, as a delta is."""
    return -gradient


def gradient(
    *,
    claim_id: str,
    title: str,
    statement: str,
    space: Space,
    of: Any,
    by: Indexed,
    equals: Any,
    program: Program,
    words: str = "torch.autograd",
    transform: Transform = _unchanged,
    arriving: Mapping[Any, tuple[IndexedBase, int]] | None = None,
    steps: tuple[Step, ...] = (),
    exchanged: tuple[IndexedBase, ...] = (),
    mutated: tuple[Any, ...] = (),
    mutants: tuple[Mutant[Any], ...] = (),
    solved: int = 3,
    further: tuple[Method[Any], ...] = (),
    **details: Any,
) -> Claim[Any]:
    """Return the claim that the derivative of a loss by an entry of an array, for every size, is a formula.

    Args:
        claim_id: Id of the claim.
        title: Short title.
        statement: The statement in LaTeX.
        space: The variables of loss and formula; its indices are those of `by`, in this order.
        of: The formula of the loss, or `AnyLoss`.
        by: The entry.
        equals: The stated formula; it is the subject, of which the mutants are made.
        program: The loss in torch's own words: draws its arrays, and returns the loss and the arrays, of which that of
            `by` is a tensor from which the loss was computed.
        words: Name of that method.
        transform: What is stated about the derivative, such as a step of gradient descent; by default itself.
        arriving: For arrays that are gradients of the program's loss: the array by which, and the sign.
        steps: The derivation.
        exchanged: Arrays that mutants exchange for one another.
        mutated: Further forms of `equals`, such as the sides of steps, of which mutants are made too.
        mutants: Further mutants.
        solved: Largest size for z3; 0 if the loss contains functions that are unknown to it.
        further: Further methods.
        details: Further attributes of the claim.
    """
    loss = of.linear if isinstance(of, AnyLoss) else of
    computed = derivative(of, by, transform)
    if isinstance(of, AnyLoss):
        symbolic = [
            by_chain_rule(space, computed),
            by_undefined_loss(space, of.inner, of.indices, of.arriving, by, transform),
        ]
    else:
        symbolic = [by_algebra(space, computed, "SymPy's derivative, every size")]

    def forward(reals: Any) -> Any:
        return transform(differentiate_forward(reals, loss, by.base), reals.evaluate)

    solver = (solver_method(space, forward, solved, "z3 with dual numbers"),) if solved else ()
    return Claim(
        id=claim_id,
        title=title,
        statement=statement,
        subject=equals,
        formula=latex(equals),
        conditions=space.printed_conditions(),
        equal=space.equal,
        check_form=space.check_form,
        methods=(
            *symbolic,
            *solver,
            sample_method(space, lambda: _complex_steps(space, loss, by, transform), "complex-step method", "numpy"),
            by_autograd(space, program, by, transform, arriving or {}, words),
            *further,
        ),
        mutants=(*mutants, *mutate(equals, *mutated, arrays=exchanged, indices=tuple(space.indices))),
        steps=steps,
        **details,
    )


def derivative(of: Any, by: Indexed, transform: Transform = _unchanged) -> Any:
    """Return the derivative of a loss as SymPy computes it, for every size; of `AnyLoss`, by the chain rule."""
    if isinstance(of, AnyLoss):
        return transform(of.total(of.arriving * differentiate(of.inner, by)), lambda formula: formula)
    return transform(differentiate(of, by), lambda formula: formula)


def _complex_steps(space: Space, loss: Any, by: Indexed, transform: Transform) -> Iterable[tuple[Sample, Any]]:
    """Yield samples with the derivative by the complex-step method (Squire and Trapp, 1998).

    With the imaginary step i h, the derivative is the imaginary part divided by h, without cancellation.
    """
    random = np.random.default_rng(1)
    for sizes in space.shapes(3):
        values = space.fill(sizes, partial(space.draw, random))
        entries = values[by.base]
        slopes = np.empty_like(entries)
        for place in np.ndindex(*entries.shape[1:]):
            moved = entries.astype(complex)
            moved[(slice(None), *place)] += 1j * STEP
            slopes[(slice(None), *place)] = evaluate(loss, sizes, {**values, by.base: moved}, {}).imag / STEP
        yield (
            Sample(sizes, values),
            transform(slopes, partial(evaluate, sizes=sizes, arrays=values, indices=space.indices)),
        )


def by_autograd(
    space: Space,
    program: Program,
    by: Indexed,
    transform: Transform = _unchanged,
    arriving: Mapping[Any, tuple[IndexedBase, int]] | None = None,
    name: str = "torch.autograd",
    largest: int = 4,
) -> Method[Any]:
    """Return the method that compares a formula with the gradient of a program by torch.autograd.

    Args:
        space: The space of the formula.
        program: Returns the loss and the arrays, see `gradient`.
        by: The entry by which is differentiated.
        transform: What is stated about the derivative.
        arriving: Arrays that are gradients of the program's loss: the array by which, and the sign.
        name: Name of the method.
        largest: Largest size.
    """
    samples = partial(draw_gradients, space, program, by.base, arriving or {}, transform, largest)
    return sample_method(space, samples, name, "torch")


def draw_gradients(
    space: Space,
    program: Program,
    by: IndexedBase,
    arriving: Mapping[Any, tuple[IndexedBase, int]],
    transform: Transform = _unchanged,
    largest: int = 4,
) -> Iterable[tuple[Sample, Any]]:
    """Yield samples of each size with the gradient of a program's loss by an array, and the arriving gradients."""

    def run(draw: Draw, sizes: Mapping[Symbol, int]) -> tuple[Any, Mapping[Any, Any]]:
        loss, tensors = program(draw, **{size.name: number for size, number in sizes.items()})
        leaves = [tensors[by], *(tensors[array] for array, _ in arriving.values())]
        slopes, *others = (each.numpy() for each in torch.autograd.grad(loss, leaves, materialize_grads=True))
        arrays = {array: tensor.detach().numpy() for array, tensor in tensors.items()}
        arrays |= {array: sign * slope for (array, (_, sign)), slope in zip(arriving.items(), others, strict=True)}
        batch = {array: values[None] for array, values in arrays.items()}
        at = partial(evaluate, sizes=sizes, arrays=batch, indices=space.indices)
        return transform(slopes[None], at)[0], arrays

    return draw_samples(space, run, largest)
