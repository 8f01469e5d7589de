"""Exercise 5 for two layers: the composition written out, for all sizes."""

from fractions import Fraction
from typing import Any

import sympy
import torch
import z3
from sympy import IndexedBase, Sum

from lemma.exercises.claim import REASON, Claim, Holds, Kind, Method, Mutant, Outcome, Refuted, Step, Unknown
from lemma.exercises.evaluate import EXACT
from lemma.exercises.ex5.layers import i, j, k, m, n, p, well_formed, x
from lemma.exercises.exact import show
from lemma.exercises.indexed import Instance, Space
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.solver import prove, to_z3

W1, W2 = IndexedBase("W^{(1)}"), IndexedBase("W^{(2)}")
B1, B2 = IndexedBase("b^{(1)}"), IndexedBase("b^{(2)}")
SPACE = Space({W1: (m, n), W2: (p, m), B1: (m,), B2: (p,), x: (n,)}, {j: p})
NAMES = ("computed", "stated")
LARGEST = 3  # largest size of instances
SOLVED = 2  # largest size for z3
TOLERANCE = 1e-12  # of float64, relative to numbers above 1

with unevaluated():
    _weighted = W1[k, i] * x[i]
INNER = Sum(_weighted, (i, 1, n))
with unevaluated():
    _received = W2[j, k] * (INNER + B1[k])
_received = Sum(_received, (k, 1, m))
with unevaluated():
    NESTED = _received + B2[j]


def two_layers() -> Claim[Any]:
    """State that two layers are equivalent to one with the product of the matrices, for all sizes."""
    with unevaluated():
        entry, swap, bias, inner = W2[j, k] * W1[k, i], W1[j, k] * W2[k, i], W2[j, k] * B1[k], W2[j, k] * INNER
    entry, swap, bias, inner = (Sum(term, (k, 1, m)) for term in (entry, swap, bias, inner))
    with unevaluated():
        columns, wrong = entry * x[i], swap * x[i]
    columns, wrong = Sum(columns, (i, 1, n)), Sum(wrong, (i, 1, n))
    with unevaluated():
        apart = inner + bias + B2[j]
        subject = columns + bias + B2[j]
        swapped = wrong + bias + B2[j]
        passed = columns + B1[j] + B2[j]
    by_hand = (
        Mutant("$W_2$ before $b_1$ dropped", passed, latex(passed)),
        Mutant("the order of the matrices swapped", swapped, latex(swapped)),
    )
    automatic = {
        mutant.subject: mutant
        for arrays in ((W1, W2), (B1, B2, x))
        for mutant in mutate(subject, arrays=arrays, indices=(j,))
        if well_formed(mutant.subject, {array: len(axes) for array, axes in SPACE.arrays.items()})
    }
    return Claim(
        id="5.two-layers",
        title="Two layers are equivalent to one layer",
        statement=r"W_2 \left(W_1 x + b_1\right) + b_2 = \left(W_2 W_1\right) x + \left(W_2 b_1 + b_2\right)",
        subject=subject,
        indices=(j,),
        equal=SPACE.equal,
        mutants=(*by_hand, *automatic.values()),
        steps=(
            Step(
                "Entry $j$ of the output, for $n$ inputs, $m$ neurons in the first layer and any number in the second. "
                "The weight from $i$ to $k$ is the entry at row $k$, column $i$.",
                rf"o_{{j}} = {latex(NESTED)}",
            ),
            Step("Expand the product.", rf"= {latex(apart)}", (NESTED, apart)),
            Step(
                "Exchange the two finite sums and collect the coefficient of $x_i$: it is the entry at row $j$, column "
                "$i$ of the product $W_2 W_1$. The constant terms are entry $j$ of the vector $W_2 b_1 + b_2$.",
                rf"= {latex(subject)}",
                (apart, subject),
            ),
        ),
        methods=(
            Method("exchange of sums, any sizes", Kind.SYMBOLIC, lambda subject: SPACE.equal(NESTED, subject, NAMES)),
            Method("z3 over the reals", Kind.SOLVER, _solver),
            Method("rational matrices", Kind.NUMERIC, _matrices),
            Method("value and gradient of torch.nn.Sequential", Kind.AUTOGRAD, _torch),
        ),
    )


def _solver(subject: Any) -> Outcome:
    """Search with z3 for numbers at which the composition differs."""
    tried = 0
    for instance in SPACE.instances(SOLVED):
        names: dict[Any, Any] = {entry: z3.Real(latex(entry)) for entry in instance.entries}
        try:
            stated, computed = (to_z3(instance.instantiate(side), names) for side in (subject, NESTED))
        except LookupError as missing:
            return Refuted({REASON: str(missing)} | instance.sizes_and_indices())
        named = {"computed": computed, "stated": stated} | {latex(entry): name for entry, name in names.items()}
        outcome = prove(computed == stated, [], named)
        if isinstance(outcome, Refuted):
            values = dict(outcome.counter_example)
            sides = {name: values.pop(name) for name in NAMES}
            return Refuted(sides | instance.sizes_and_indices() | values)
        if isinstance(outcome, Unknown):
            return outcome
        tried += 1
    return Holds(f"all real numbers, sizes 1 to {SOLVED}, {tried} cases")


def _matrices(subject: Any) -> Outcome:
    """Compare with products of rational SymPy matrices."""
    tried = 0
    for instance in SPACE.instances(LARGEST, seed=1):
        sizes = instance.integers
        first = _matrix(instance, W1, sizes[m], sizes[n])
        second = _matrix(instance, W2, sizes[p], sizes[m])
        hidden = first * _matrix(instance, x, sizes[n]) + _matrix(instance, B1, sizes[m])
        output = second * hidden + _matrix(instance, B2, sizes[p])
        try:
            computed, stated = Fraction(str(output[sizes[j] - 1])), _value(instance, subject)
        except LookupError as missing:
            return Refuted({REASON: str(missing)} | instance.values_by_name())
        if computed != stated:
            return Refuted({"computed": show(computed), "stated": show(stated)} | instance.values_by_name())
        tried += 1
    return Holds(f"sizes 1 to {LARGEST}, {tried} random instances, exact")


def _torch(subject: Any) -> Outcome:
    """Compare value and gradient with those of two torch.nn.Linear layers."""
    tried = 0
    for instance in SPACE.instances(LARGEST, seed=2):
        sizes, place = instance.integers, instance.integers[j] - 1
        layers = []
        for weights, biases, rows, columns in ((W1, B1, sizes[m], sizes[n]), (W2, B2, sizes[p], sizes[m])):
            layer = torch.nn.Linear(columns, rows, dtype=torch.float64)
            state = {"weight": _matrix(instance, weights, rows, columns), "bias": _matrix(instance, biases, rows).T}
            layer.load_state_dict(
                {name: _floats(matrix).reshape(getattr(layer, name).shape) for name, matrix in state.items()}
            )
            layers.append(layer)
        inputs = _floats(_matrix(instance, x, sizes[n])).flatten().requires_grad_()
        output = torch.nn.Sequential(*layers)(inputs)[place]
        (gradient,) = torch.autograd.grad(output, inputs)
        entries = [x[column] for column in range(1, sizes[n] + 1)]
        results = [float(output.detach()), *gradient.tolist()]
        try:
            value = _value(instance, subject)
            # the function is affine: its derivative is the difference of its values at x and x + e_i
            gradient_entries = [_value(instance, subject, entry) - value for entry in entries]
        except LookupError as missing:
            return Refuted({REASON: str(missing)} | instance.values_by_name())
        for what, left, right in zip(
            ("", *map(latex, entries)), results, map(float, (value, *gradient_entries)), strict=True
        ):
            if abs(left - right) > TOLERANCE * max(1.0, abs(left)):
                where = {"derivative with respect to": f"${what}$"} if what else {}
                return Refuted(
                    {"computed": f"{left:.6g}", "stated": f"{right:.6g}"} | where | instance.values_by_name()
                )
        tried += 1
    return Holds(f"sizes 1 to {LARGEST}, {tried} random instances, to {TOLERANCE:g}")


def _value(instance: Instance, subject: Any, further: Any = None) -> Fraction:
    """Return the exact value of a subject, at the instance's input or one further along an entry."""
    entries = {entry: value + (entry == further) for entry, value in instance.entries.items()}
    return Fraction(EXACT.value(subject, instance.integers, entries))


def _matrix(instance: Instance, array: IndexedBase, rows: int, columns: int = 0) -> sympy.Matrix:
    """Return an array's exact entries, (rows, columns), or (rows, 1) for a vector."""

    def entry(row: int, column: int) -> Fraction:
        return instance.entries[array[row + 1, column + 1] if columns else array[row + 1]]

    return sympy.Matrix(rows, columns or 1, lambda row, column: sympy.Rational(entry(row, column)))


def _floats(matrix: sympy.Matrix) -> torch.Tensor:
    """Return a matrix in float64."""
    return (
        torch.tensor(matrix.tolist(), dtype=torch.float64) if matrix else torch.zeros(matrix.shape, dtype=torch.float64)
    )
