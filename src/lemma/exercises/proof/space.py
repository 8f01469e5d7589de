"""The variables of a statement, the values that they may take, and the comparison of formulas on them.

A `Space` declares the arrays of a formula, the ranges of its indices, and which values depend on others. It yields
samples, on which two formulas are compared, and proves formulas equal for every size. Sampled entries are multiples of
1/8, so that polynomials are evaluated without rounding and a printed counter-example is exact.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import sympy
from sympy import Indexed, IndexedBase, Symbol

from lemma.exercises.algebra.equality import refuse_bound_index, subtract
from lemma.exercises.algebra.evaluate import FLOAT, Arithmetic, Arrays, Sizes, evaluate
from lemma.exercises.algebra.notation import latex
from lemma.exercises.outcome import Holds, IllFormed, Outcome, Refuted, Scope, Unknown

INSTANCES = 4  # random instances of each size
TOLERANCE = 1e-9  # relative for values above 1; entries are multiples of 1/8, so unequal polynomials differ by more


_SIGNS = {"==": "=", ">=": r"\ge", "<=": r"\le"}


@dataclass(frozen=True)
class Condition:
    """A relation in LaTeX that all values satisfy, for each value of its free indices up to the named sizes."""

    relation: str
    indices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """Instances of the same sizes: entries of arrays, (instances, ...), and scalars, (instances,)."""

    sizes: Sizes
    arrays: Arrays

    def values_of(self, instance: int) -> dict[str, str]:
        """Return the entries of one instance by LaTeX name."""
        values = {}
        for array, entries in self.arrays.items():
            entries = np.asarray(entries)
            own = entries[instance if len(entries) > 1 else 0]
            for place, value in np.ndenumerate(own):
                entry = array[tuple(axis + 1 for axis in place)] if isinstance(array, IndexedBase) else array
                values[latex(entry)] = write(value)
        return values


@dataclass(frozen=True)
class Space:
    """The variables of a formula, and the values that they may take.

    Attributes:
        arrays: Sizes of the axes of each array.
        indices: Size of each free index.
        scalars: Symbols that are single numbers.
        sigmoids: Arrays whose entries lie strictly between 0 and 1.
        dependent: Formula of each array or scalar that is computed from others, by its own indices:
            `{o2: ((k,), formula)}`.
        auxiliary: Arrays from which dependent arrays are computed and that no formula contains.
        conditions: Relations between formulas that all values satisfy; dependent arrays make samples satisfy them.
        bound: Largest absolute value of a drawn entry; small where a saturated sigmoid would lose digits.
    """

    arrays: Mapping[IndexedBase, tuple[Symbol, ...]]
    indices: Mapping[Symbol, Symbol] = field(default_factory=dict)
    scalars: tuple[Symbol, ...] = ()
    sigmoids: tuple[IndexedBase, ...] = ()
    dependent: Mapping[Any, tuple[tuple[Symbol, ...], Any]] = field(default_factory=dict)
    auxiliary: tuple[IndexedBase, ...] = ()
    conditions: tuple[Any, ...] = ()
    bound: int = 4
    _computed: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def sizes(self) -> list[Symbol]:
        """Return all sizes, in the order of their first occurrence."""
        return list(dict.fromkeys(size for axes in (*self.arrays.values(), [*self.indices.values()]) for size in axes))

    def shapes(self, largest: int) -> Iterator[dict[Symbol, int]]:
        """Yield each combination of sizes from 1 to `largest`."""
        for shape in product(range(1, largest + 1), repeat=len(self.sizes)):
            yield dict(zip(self.sizes, shape, strict=True))

    def fill(
        self, sizes: Sizes, entry: Callable[[Any, tuple[int, ...]], Any], arithmetic: Arithmetic = FLOAT
    ) -> dict[Any, Any]:
        """Return the entries of all arrays and the scalars, with dependent arrays computed.

        Args:
            sizes: Value of each size.
            entry: Returns the entries of an independent array of this shape, (instances, *shape).
            arithmetic: Number type of the entries.
        """
        independent = {array: axes for array, axes in self.arrays.items() if array not in self.dependent}
        values = {array: entry(array, tuple(sizes[axis] for axis in axes)) for array, axes in independent.items()}
        values |= {scalar: entry(scalar, ()) for scalar in self.scalars if scalar not in self.dependent}
        for array, (own, formula) in self.dependent.items():
            indices = dict(zip(own, self.arrays.get(array, ()), strict=True))
            values[array] = evaluate(formula, sizes, values, indices, arithmetic)
        return values

    def samples(self, largest: int, instances: int, seed: int = 0) -> tuple[Sample, ...]:
        """Return random instances for each combination of sizes up to `largest`, which are drawn once."""
        key, random = (largest, instances, seed), np.random.default_rng(seed)
        if key not in self._computed:
            draw = partial(self.draw, random, instances=instances)
            self._computed[key] = tuple(Sample(sizes, self.fill(sizes, draw)) for sizes in self.shapes(largest))
        return self._computed[key]  # type: ignore[no-any-return]

    def draw(self, random: np.random.Generator, array: Any, shape: tuple[int, ...], instances: int = INSTANCES) -> Any:
        """Return random entries of an array, (instances, *shape)."""
        if array in self.sigmoids:
            return random.integers(1, 8, (instances, *shape)) / 8
        if array in self.scalars and array.is_positive:
            return random.integers(1, 4 * self.bound + 1, (instances, *shape)) / 4
        return random.integers(-4 * self.bound, 4 * self.bound + 1, (instances, *shape)) / 4

    def check_form(self, subject: Any) -> IllFormed | None:
        """Return why a formula has no meaning at some size, if it names an entry that does not exist."""
        for sample in self.samples(largest=2, instances=1):
            try:
                evaluate(subject, sample.sizes, sample.arrays, self.indices)
            except LookupError as missing:
                return IllFormed(str(missing))
        return None

    def compare(self, sample: Sample, computed: Any, subject: Any) -> Outcome:
        """Compare a formula with computed values; a counter-example is the first entry that differs.

        Args:
            sample: Sizes, arrays and scalars.
            computed: True values, (instances, *sizes of the indices).
            subject: The formula.
        """
        try:
            stated = evaluate(subject, sample.sizes, sample.arrays, self.indices)
        except LookupError as missing:
            return IllFormed(str(missing))
        computed, stated = np.broadcast_arrays(computed, stated)
        wrong = ~(np.abs(computed - stated) <= TOLERANCE * np.maximum(1, np.abs(computed)))  # also true for NaN
        if not wrong.any():
            return Holds(Scope.SAMPLES)
        place = tuple(int(axis[0]) for axis in np.nonzero(wrong))
        return self.counter_example(sample, place[0], place[1:], write(computed[place]), write(stated[place]))

    def counter_example(
        self, sample: Sample, instance: int, place: tuple[int, ...], computed: str, stated: str
    ) -> Refuted:
        """Return an instance, and the position of an entry in the order of the indices, as a counter-example."""
        numbers = {name.name: str(size) for name, size in sample.sizes.items()}
        numbers |= {index.name: str(at + 1) for index, at in zip(self.indices, place, strict=True)}
        sizes = {name.name: size for name, size in sample.sizes.items()}
        printed = {array: entries for array, entries in sample.arrays.items() if array not in self.auxiliary}
        return Refuted(numbers | Sample(sample.sizes, printed).values_of(instance), computed, stated, sizes)

    def compare_formulas(self, left: Any, right: Any, largest: int, instances: int, seed: int = 0) -> Outcome:
        """Compare two formulas on random instances of sizes up to `largest`."""
        known = self._computed.setdefault((left, largest, instances, seed), {})  # the left side of many comparisons
        for place, sample in enumerate(self.samples(largest, instances, seed)):
            try:
                if place not in known:
                    known[place] = evaluate(left, sample.sizes, sample.arrays, self.indices)
            except LookupError as missing:
                return IllFormed(str(missing))
            outcome = self.compare(sample, known[place], right)
            if not isinstance(outcome, Holds):
                return outcome
        return Holds(Scope.SAMPLES, f"sizes 1 to {largest}, {instances} random instances each", largest)

    def insert_dependent(self, formula: Any) -> Any:
        """Replace dependent scalars and the entries of dependent arrays by their formulas."""
        inserted = {}
        for entry in sympy.sympify(formula).atoms(Indexed, Symbol):
            name, places = (entry.base, entry.indices) if isinstance(entry, Indexed) else (entry, ())
            if name in self.dependent:
                own, definition = self.dependent[name]
                refuse_bound_index(definition, {symbol.name for symbol in entry.free_symbols}, latex(entry))
                inserted[entry] = self.insert_dependent(definition.xreplace(dict(zip(own, places, strict=True))))
        return formula.xreplace(inserted) if inserted else formula

    def equal(self, left: Any, right: Any) -> Outcome:
        """Prove that two formulas are equal for all sizes, indices and entries, or find a counter-example."""
        outcome = self.compare_formulas(left, right, largest=2, instances=4)  # cheap, and refutes most mutants
        if not isinstance(outcome, Holds):
            return outcome
        difference = subtract(self.insert_dependent(left), self.insert_dependent(right), self.indices)
        if difference == 0:
            return Holds(Scope.ALL, "the difference simplifies to 0 for every size")
        outcome = self.compare_formulas(left, right, largest=4, instances=4, seed=1)
        if not isinstance(outcome, Holds):
            return outcome
        return Unknown(f"the difference simplifies to {difference}, and no counter-example was found")

    def printed_conditions(self) -> tuple[Condition, ...]:
        """Return what printed values satisfy: signs, the conditions, and the equations of the dependent arrays."""
        signs = [Condition(f"{latex(scalar)} > 0") for scalar in self.scalars if scalar.is_positive]
        relations = [
            Condition(f"{latex(each.lhs)} {_SIGNS[each.rel_op]} {latex(each.rhs)}") for each in self.conditions
        ]
        equations = [
            Condition(
                f"{latex(array[own] if own else array)} = {latex(formula)}",
                {index.name: size.name for index, size in zip(own, self.arrays.get(array, ()), strict=True)},
            )
            for array, (own, formula) in self.dependent.items()
            if not any(sympy.sympify(formula).has(hidden) for hidden in self.auxiliary)
        ]
        return (*signs, *relations, *equations)


def write(value: Any) -> str:
    """Return a number as printed: without rounding if it is a multiple of a small power of 1/2, else to 9 digits."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return str(int(value))
    number = float(value)
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return repr(number) if (number * 2**20).is_integer() and abs(number) < 1e6 else f"{number:.9g}"
