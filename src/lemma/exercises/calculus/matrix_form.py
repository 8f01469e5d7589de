"""Claims that a gradient is a matrix expression: `matrix_form` derives the methods and the mutants from it.

The expression is printed, multiplied out by SymPy for every size, and evaluated by NumPy, so that a lost transpose or
exchanged factors are found.
"""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import sympy
from sympy import IndexedBase, MatMul, MatrixSymbol, Transpose

from lemma.exercises.algebra.evaluate import evaluate
from lemma.exercises.algebra.matrices import Matrices, as_matrix, multiply, orient, write_entry
from lemma.exercises.algebra.notation import latex
from lemma.exercises.calculus.gradient import draw_gradients
from lemma.exercises.outcome import Holds, IllFormed, Outcome, Refuted, Scope
from lemma.exercises.proof.claim import Claim, Method, Mutant, Step
from lemma.exercises.proof.methods import Program
from lemma.exercises.proof.recheck import TOLERANCE as PRINTED
from lemma.exercises.proof.recheck import evaluate_printed
from lemma.exercises.proof.space import TOLERANCE, Sample, Space, write


def matrix_form(
    claim: Claim[Any],
    *,
    claim_id: str,
    statement: str,
    space: Space,
    expression: Any,
    program: Program,
    by: IndexedBase,
    arriving: Mapping[Any, tuple[IndexedBase, int]],
    reason: str,
) -> Claim[Any]:
    """Return the claim that the gradient of another claim, which states its entries, is a matrix expression.

    Args:
        claim: The claim about the entries.
        claim_id: Id of the claim about the matrix.
        statement: The statement in LaTeX, up to the printed expression.
        space: The arrays of the expression; its indices are the row and, except for a vector, the column.
        expression: The matrix expression; it is the subject, of which the mutants are made.
        program: The loss in torch's own words, as for `gradient`.
        by: The array by which is differentiated.
        arriving: Arrays that are gradients of the program's loss, as for `gradient`.
        reason: Why the expression has these entries.
    """
    entries, place = claim.subject, ",".join(index.name for index in space.indices)

    @cache
    def drawn() -> tuple[tuple[Sample, Any], ...]:
        drawn = draw_gradients(space, program, by, arriving, largest=3)
        return tuple((sample, orient(by, gradients)) for sample, gradients in drawn)

    def check_program(subject: Any) -> Outcome:
        return _compare(space, drawn(), subject)

    def recheck(mutant: Mutant[Any], example: Refuted) -> str:
        """Multiply exact matrices of the printed numbers."""
        numbers: dict[Any, Any] = {size: sympy.Integer(int(example.values[size.name])) for size in space.sizes}
        for array, sizes in space.arrays.items():
            own = np.empty([1, *(int(numbers[size]) for size in sizes)], dtype=object)
            for place in np.ndindex(*own.shape[1:]):
                own[(0, *place)] = sympy.Rational(example.values[latex(array[tuple(axis + 1 for axis in place)])])
            numbers[as_matrix(array, *sizes)] = sympy.ImmutableMatrix(orient(array, own)[0])
        row, column = (*(int(example.values[index.name]) for index in space.indices), 1)[:2]
        stated = mutant.subject.xreplace(numbers).doit()[row - 1, column - 1]
        pairs = ((example.stated, stated), (example.computed, evaluate_printed(latex(entries), example.values)))
        wrong = [text for text, value in pairs if abs(Fraction(text) - Fraction(value)) > PRINTED * max(1, abs(value))]
        return f"{', '.join(wrong)} is not what the printed values give" if wrong else ""

    return Claim(
        id=claim_id,
        title=f"{claim.title} as a product of matrices",
        statement=f"{statement} = {latex(expression)}",
        subject=expression,
        formula=latex(expression),
        equal=lambda left, right: equal_forms(space, left, right),
        recheck=recheck,
        methods=(
            Method("entries by SymPy, every size", "sympy", lambda subject: has_entries(space, subject, entries)),
            Method("torch.autograd, multiplied by NumPy", "torch", check_program),
        ),
        mutants=tuple(_mutate(expression)),
        steps=(
            Step(
                reason,
                rf"\left({latex(expression)}\right)_{{{place}}} = {latex(entries)}",
                proof=has_entries(space, expression, entries),
            ),
        ),
    )


def has_entries(space: Space, expression: Any, entries: Any) -> Outcome:
    """Prove that a matrix expression has these entries for every size, or find a counter-example."""
    samples = tuple(space.samples(largest=2, instances=2))
    stated = (evaluate(entries, sample.sizes, sample.arrays, space.indices) for sample in samples)
    drawn = ((sample, values.reshape(*values.shape[:2], -1)) for sample, values in zip(samples, stated, strict=True))
    outcome = _compare(space, drawn, expression)
    if not isinstance(outcome, Holds):
        return outcome
    return space.equal(entries, write_entry(expression, space.arrays, *space.indices))


def equal_forms(space: Space, left: Any, right: Any) -> Outcome:
    """Prove that two matrix expressions, or two formulas, are equal for every size, or find a counter-example."""
    if not left.is_Matrix:
        return space.equal(left, right)
    return has_entries(space, right, write_entry(left, space.arrays, *space.indices))


def _compare(space: Space, drawn: Iterable[tuple[Sample, Matrices]], expression: Any) -> Outcome:
    """Compare computed matrices with the values of an expression; its shapes must fit at every size."""
    misfit, count = "", 0
    for sample, computed in drawn:
        count += len(computed)
        values = {
            as_matrix(array, *sizes): orient(array, sample.arrays[array]) for array, sizes in space.arrays.items()
        }
        try:
            stated = multiply(expression, sample.sizes, values)
        except ValueError as error:
            misfit = misfit or str(error)
            continue
        if stated.shape[1:] != computed.shape[1:]:
            misfit = misfit or f"the shape is {stated.shape[1:]} instead of {computed.shape[1:]}"
            continue
        wrong = ~(np.abs(computed - stated) <= TOLERANCE * np.maximum(1, np.abs(computed)))
        if wrong.any():
            place = tuple(int(axis[0]) for axis in np.nonzero(wrong))
            texts = write(computed[place]), write(stated[place])
            return space.counter_example(sample, place[0], place[1 : len(space.indices) + 1], *texts)
    return IllFormed(misfit) if misfit else Holds(Scope.SAMPLES, f"sizes 1 to 3, {count} random instances", 3)


def _mutate(expression: Any) -> Iterator[Mutant[Any]]:
    """Yield the expression with a transpose lost or added, or factors exchanged, dropped or replaced."""
    matrices = sorted(expression.atoms(MatrixSymbol), key=str)
    changes = [("the sign flipped", -expression), ("the expression doubled", 2 * expression)]
    changes.append(("the expression transposed", Transpose(expression).doit()))
    for node in sorted({node for node in sympy.preorder_traversal(expression) if node.is_Matrix}, key=str):
        if isinstance(node, Transpose):
            variants = [(f"${latex(node.arg)}$ instead of ${latex(node)}$", node.arg)]
        elif isinstance(node, MatrixSymbol):
            news = [Transpose(node), *(matrix for matrix in matrices if matrix != node)]
            variants = [(f"${latex(new)}$ instead of ${latex(node)}$", new) for new in news]
        elif isinstance(node, MatMul) and all(factor.is_Matrix for factor in node.args):
            variants = [(f"the factors of ${latex(node)}$ exchanged", MatMul(*reversed(node.args)))]
            variants += [
                (f"the factor ${latex(factor)}$ dropped", MatMul(*(other for other in node.args if other != factor)))
                for factor in node.args
            ]
        else:
            continue
        changes += [(text, expression.xreplace({node: new}).doit()) for text, new in variants]
    results = {changed: Mutant(text, changed, latex(changed)) for text, changed in changes if changed != expression}
    yield from results.values()
