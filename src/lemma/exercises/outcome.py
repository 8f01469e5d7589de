"""Outcomes of a method: a statement holds in some scope, is refuted, is ill-formed, or cannot be decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAX_VALUES = 8  # values of a counter-example in a message


class Scope(StrEnum):
    """The cases for which a method shows that a statement holds."""

    ALL = "all"  # every size and every value of the statement
    SIZES = "sizes"  # every value, at the listed sizes
    SAMPLES = "samples"  # some values


@dataclass(frozen=True)
class Holds:
    """The statement holds.

    Attributes:
        scope: The cases for which this was shown.
        detail: The scope in words.
        largest: With `Scope.SIZES`, the largest of the sizes; 0 if the statement has no sizes.
    """

    scope: Scope
    detail: str = ""
    largest: int = 0

    def covers(self, sizes: Mapping[str, int]) -> bool:
        """Return whether the statement was shown for every value at these sizes."""
        if self.scope is Scope.SIZES:
            return all(size <= self.largest for size in sizes.values())
        return self.scope is Scope.ALL


@dataclass(frozen=True)
class Refuted:
    """The statement fails at a counter-example, whose values are written as they are printed.

    Attributes:
        values: Values by LaTeX name: sizes, indices, entries.
        computed: What is true for these values; empty if the statement has no single value.
        stated: What the statement says.
        sizes: The sizes among `values`.
        reason: An explanation in words.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    computed: str = ""
    stated: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""

    def __str__(self) -> str:
        sides = [f"computed {self.computed}, stated {self.stated}"] if self.computed or self.stated else []
        values = [f"{name} = {value}" for name, value in self.values.items()]
        more = f" and {len(values) - MAX_VALUES} more" if len(values) > MAX_VALUES else ""
        return ", ".join([self.reason] * bool(self.reason) + sides + values[:MAX_VALUES]) + more


@dataclass(frozen=True)
class IllFormed:
    """The statement has no meaning: it names an entry that does not exist, or combines what does not fit."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """The method cannot decide, for `reason`."""

    reason: str


Outcome = Holds | Refuted | IllFormed | Unknown


def first_failure(*outcomes: Outcome) -> Outcome:
    """Return the first outcome that does not hold, or else the outcome with the smallest scope."""
    weakest = outcomes[0]
    for outcome in outcomes:
        if not isinstance(outcome, Holds):
            return outcome
        if isinstance(weakest, Holds) and list(Scope).index(outcome.scope) > list(Scope).index(weakest.scope):
            weakest = outcome
    return weakest


def compare_exactly(left: Any, right: Any) -> Outcome:
    """Return whether two objects are equal, such as exact numbers: the `equal` of claims that are not formulas."""
    return Holds(Scope.ALL, "equal") if left == right else Refuted(computed=str(left), stated=str(right))
