"""Claims that two formulas are equal: `identity` derives the methods and the mutants from the two sides."""

from typing import Any

from sympy import IndexedBase

from lemma.exercises.algebra.notation import latex
from lemma.exercises.proof.claim import Claim, Method, Mutant, Step
from lemma.exercises.proof.methods import Program, by_algebra, by_program, by_solver
from lemma.exercises.proof.mutants import mutate
from lemma.exercises.proof.space import Space


def identity(
    *,
    claim_id: str,
    title: str,
    statement: str,
    space: Space,
    left: Any,
    right: Any,
    program: Program,
    words: str,
    library: str = "torch",
    steps: tuple[Step, ...] = (),
    exchanged: tuple[IndexedBase, ...] = (),
    mutated: tuple[Any, ...] = (),
    mutants: tuple[Mutant[Any], ...] = (),
    solved: int = 3,
    further: tuple[Method[Any], ...] = (),
    **details: Any,
) -> Claim[Any]:
    """Return the claim that `left` equals `right` for every size and every value of a space.

    Args:
        claim_id: Id of the claim.
        title: Short title.
        statement: The statement in LaTeX.
        space: The variables of both sides.
        left: The side that is given by the exercise.
        right: The side that is asserted; it is the subject, of which the mutants are made.
        program: Computes `left` in the words of another library.
        words: Name of that method, such as "torch.nn.Linear".
        library: Its library.
        steps: The derivation.
        exchanged: Arrays that mutants exchange for one another.
        mutated: Further forms of `right`, such as the sides of steps, of which mutants are made too.
        mutants: Further mutants.
        solved: Largest size for z3; 0 if a side is not a polynomial.
        further: Further methods.
        details: Further attributes of the claim.
    """
    solver = (by_solver(space, left, solved),) if solved else ()
    return Claim(
        id=claim_id,
        title=title,
        statement=statement,
        subject=right,
        formula=latex(right),
        conditions=space.printed_conditions(),
        equal=space.equal,
        check_form=space.check_form,
        methods=(by_algebra(space, left), *solver, by_program(space, program, words, library), *further),
        mutants=(*mutants, *mutate(right, *mutated, arrays=exchanged, indices=tuple(space.indices))),
        steps=steps,
        **details,
    )


def derivation(name: str, start: Any, *steps: tuple[str, Any]) -> tuple[Step, ...]:
    r"""Return the steps `name = first = second = ...`, of which the first is checked against `start`.

    Args:
        name: The left side of the first step in LaTeX.
        start: The expression that `name` stands for.
        steps: The justification of each step, and its right side.
    """
    before, results = start, []
    for number, (text, side) in enumerate(steps):
        results.append(Step(text, f"{'' if number else name} = {latex(side)}".strip(), (before, side)))
        before = side
    return tuple(results)
