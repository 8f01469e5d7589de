"""Formulas with indices and symbolic sizes: derivatives, proofs of equality, exact instances.

Indices run from 1 to their size, as in the course. A `Space` declares the arrays and the range of each index. Proofs
hold for every size: sums with symbolic bounds are compared term by term, and sums over Kronecker's delta are evaluated
with the ranges that the space declares. Instances are small and exact, so a counter-example is never a rounding error.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import sympy
from sympy import Indexed, IndexedBase, KroneckerDelta, Sum, Symbol
from sympy.concrete.delta import deltasummation
from sympy.core.relational import Relational
from sympy.core.traversal import bottom_up

from lemma.exercises.claim import REASON, Holds, Outcome, Refuted, Unknown, refuse_bound_index
from lemma.exercises.evaluate import EXACT, entry_of
from lemma.exercises.exact import show
from lemma.exercises.notation import latex

# Two values that differ by less are equal: rational values of small instances differ by more, others have 40 digits.
CLOSE = Fraction(1, 10**30)


def index(name: str) -> Symbol:
    """Return the symbol of an index or a size, a positive integer."""
    return Symbol(name, integer=True, positive=True)


def differentiate(expression: Any, entry: Indexed) -> Any:
    """Return the partial derivative with respect to one entry of an array.

    Raises:
        ValueError: If a bound variable has the name of an index of the entry, where SymPy's result would be wrong.
    """
    refuse_bound_index(expression, tuple(sorted(entry.free_symbols & set(entry.indices), key=str)), "derivative")
    return expression.diff(entry)


@dataclass(frozen=True)
class Instance:
    """Values for all variables of a space: sizes and indices, and array entries and scalars."""

    integers: Mapping[Symbol, int]
    entries: Mapping[Any, Fraction]

    def instantiate(self, expression: Any) -> Any:
        """Return the expression with numbers for sizes and indices and its sums written out; entries stay symbols."""
        integers = {name: sympy.Integer(value) for name, value in self.integers.items()}
        return sympy.expand(_write_out(sympy.sympify(expression).xreplace(integers)).doit())

    def value(self, expression: Any) -> Fraction:
        """Return the value of an expression: exact if it is rational, to 40 digits otherwise.

        Raises:
            LookupError: If the expression contains an entry that does not exist.
            ValueError: If it has no real value, for example because a symbol is missing in the space.
        """
        with suppress(LookupError, TypeError, ZeroDivisionError):  # then use SymPy, which is 100 times slower
            exact = EXACT.value(sympy.sympify(expression), {**self.integers, **self.entries}, self.entries)
            if isinstance(exact, int | Fraction):  # a root would be a float
                return Fraction(exact)
        closed = self.instantiate(expression)
        missing = [f"${latex(entry)}$" for entry in closed.atoms(Indexed) if entry not in self.entries]
        if missing:
            raise LookupError(f"{min(missing)} does not exist")
        number = closed.xreplace({entry: sympy.Rational(value) for entry, value in self.entries.items()}).doit()
        if number.is_Rational:
            return Fraction(int(number.p), int(number.q))
        if not (number.is_number and number.is_real):
            raise ValueError(f"{number} has no real value; declare all its symbols in the space")
        return Fraction(str(number.evalf(40)))

    def sizes_and_indices(self) -> dict[str, str]:
        """Return the values of sizes and indices by name."""
        return {name.name: str(value) for name, value in self.integers.items()}

    def values_by_name(self) -> dict[str, str]:
        """Return all values by name, for a counter-example."""
        return self.sizes_and_indices() | {latex(entry): show(value) for entry, value in self.entries.items()}


@dataclass(frozen=True)
class Space:
    """The variables of a formula, and the values that they may take.

    Attributes:
        arrays: Sizes of the axes of each array.
        indices: Size of each free index.
        scalars: Symbols that are single numbers.
        sigmoids: Arrays of sigmoid outputs; their entries in an instance lie strictly between 0 and 1.
        non_negative: Arrays whose entries in an instance are at least 0.

    The last two restrict counter-examples only; no proof uses them.
    """

    arrays: Mapping[IndexedBase, tuple[Symbol, ...]]
    indices: Mapping[Symbol, Symbol]
    scalars: tuple[Symbol, ...] = ()
    sigmoids: tuple[IndexedBase, ...] = ()
    non_negative: tuple[IndexedBase, ...] = ()

    @property
    def sizes(self) -> list[Symbol]:
        """Return all sizes, in the order of their first occurrence."""
        return list(dict.fromkeys(size for axes in (*self.arrays.values(), [*self.indices.values()]) for size in axes))

    def instances(self, largest: int, seed: int = 0) -> Iterator[Instance]:
        """Yield an instance with random entries for each combination of sizes up to `largest` and of index values."""
        random = Random(seed)

        def number(of: Any = None) -> Fraction:
            if of in self.sigmoids:
                return Fraction(random.randint(1, 19), 20)
            value = Fraction(random.randint(-9, 9), random.randint(1, 4))
            return abs(value) if of in self.non_negative else value

        for shape in product(range(1, largest + 1), repeat=len(self.sizes)):
            sizes = dict(zip(self.sizes, shape, strict=True))
            entries: dict[Any, Fraction] = {
                entry_of(array, position): number(array)
                for array, axes in self.arrays.items()
                for position in product(*(range(1, sizes[size] + 1) for size in axes))
            }
            entries |= {scalar: number() for scalar in self.scalars}
            for places in product(*(range(1, sizes[size] + 1) for size in self.indices.values())):
                yield Instance(sizes | dict(zip(self.indices, places, strict=True)), entries)

    def equal(self, left: Any, right: Any, names: tuple[str, str] = ("left", "right")) -> Outcome:
        """Prove that two expressions are equal for all sizes, indices and entries, or find a counter-example.

        Args:
            left: First expression.
            right: Second expression.
            names: Names of the two in a counter-example.
        """
        for instance in self.instances(largest=2):  # the cheap test first: it refutes most mutants
            outcome = compare_values(instance, left, right, names)
            if isinstance(outcome, Refuted):
                return outcome
        difference = _collect(self._within(sympy.sympify(left)) - self._within(sympy.sympify(right)))
        if difference == 0 or sympy.simplify(difference) == 0:
            return Holds("the difference simplifies to 0 for every size")
        for instance in self.instances(largest=4, seed=1):
            outcome = compare_values(instance, left, right, names)
            if isinstance(outcome, Refuted):
                return outcome
        return Unknown(f"the difference simplifies to {difference}, and no counter-example was found")

    def _within(self, expression: Any) -> Any:
        """Expand, evaluate sums over Kronecker's delta, and decide conditions by the ranges of the indices."""
        closed = bottom_up(expression, lambda node: node.func(*node.args) if node.args else node)
        closed = sympy.expand(closed).replace(lambda node: isinstance(node, Sum), _split)
        true = {condition: sympy.true for condition in closed.atoms(Relational) if self._is_true(condition)}
        return sympy.expand(closed.xreplace(true))

    def _is_true(self, condition: Any) -> bool:
        if not isinstance(condition, sympy.Ge | sympy.Le):
            return False
        slack = condition.gts - condition.lts
        return any(
            (slack - room).is_nonnegative for name, size in self.indices.items() for room in (name - 1, size - name)
        )


def _write_out(node: Any) -> Any:
    """Return the expression with sums of numeric bounds written out, without SymPy's search for closed forms."""
    if not node.has(Sum):
        return node
    if not isinstance(node, Sum):
        return node.func(*map(_write_out, node.args))
    *inner, (variable, low, high) = node.limits
    term = Sum(node.function, *inner) if inner else node.function
    bound_again = any(variable in nested.variables for nested in term.atoms(Sum))
    if bound_again or not (low.is_Integer and high.is_Integer and low <= high + 1):
        return node
    places = range(int(low), int(high) + 1)
    return sympy.Add(*(_write_out(term.xreplace({variable: sympy.Integer(place)})) for place in places))


def _split(node: Any) -> Any:
    """Return a sum split into one sum per term, with the sums over Kronecker's delta evaluated.

    SymPy's `doit` does the same, but first searches a long time for closed forms of sums over arrays, which have none.
    """

    inner, *outer = node.limits

    def close(term: Any) -> Any:
        deltas = [factor for factor in sympy.Mul.make_args(term) if isinstance(factor, KroneckerDelta)]
        if not (any(delta.has(inner[0]) for delta in deltas) if outer else term.has(KroneckerDelta)):
            return Sum(term, *node.limits)
        picked = deltasummation(term, inner)
        return Sum(picked, *outer) if outer else picked

    return sympy.Add(*(close(term) for term in sympy.Add.make_args(sympy.expand(node.function))))


def _collect(expression: Any) -> Any:
    """Combine sums of equal bounds under common bound variables, so that equal terms cancel."""
    rest: list[Any] = []
    gathered: dict[tuple[Any, ...], Any] = {}
    for term in sympy.Add.make_args(sympy.expand(expression)):
        product, limits = _unnest(term)
        bound = {limit[0] for limit in limits}
        if not limits or len(bound) < len(limits):
            rest.append(term)
            continue
        if not any(edge.free_symbols & bound for _, *edges in limits for edge in edges):
            limits = sorted(limits, key=lambda limit: str(limit[1:]))  # independent sums commute
        common = {limit[0]: index(f"_{place}") for place, limit in enumerate(limits)}  # names that no formula uses
        renamed = tuple(limit.xreplace(common) for limit in limits)
        gathered[renamed] = gathered.get(renamed, 0) + product.xreplace(common)
    inner = {limits: sympy.expand(terms) for limits, terms in gathered.items()}
    return sympy.Add(*rest, *(Sum(terms, *limits) for limits, terms in inner.items() if terms != 0))


def _unnest(term: Any) -> tuple[Any, list[Any]]:
    """Return the summand and all limits, innermost first, of nested sums with factors in front."""
    factors = sympy.Mul.make_args(term)
    sums = [factor for factor in factors if isinstance(factor, Sum)]
    others = sympy.Mul(*(factor for factor in factors if not isinstance(factor, Sum)))
    if len(sums) != 1 or others.free_symbols & set(sums[0].variables):  # a free symbol must not become bound
        return term, []
    product, limits = _unnest(sums[0].function)
    if (others.free_symbols | set(sums[0].variables)) & {limit[0] for limit in limits}:
        return term, []
    return others * product, [*limits, *sums[0].limits]


def compare_values(instance: Instance, left: Any, right: Any, names: tuple[str, str] = ("left", "right")) -> Outcome:
    """Compare two expressions on an instance; `names` are their names in a counter-example."""
    try:
        first, second = instance.value(left), instance.value(right)
    except LookupError as error:
        return Refuted({REASON: str(error)} | instance.values_by_name())
    if abs(first - second) <= CLOSE * max(Fraction(1), abs(first)):
        return Holds()
    return Refuted({names[0]: _written(first), names[1]: _written(second)} | instance.values_by_name())


def _written(value: Fraction) -> str:
    return show(value) if value.denominator < 10**9 else f"{float(value):.6g}"
