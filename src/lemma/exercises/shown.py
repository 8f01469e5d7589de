"""Steps of a derivation that are not equations, such as inequalities, and comparison of exact numbers."""

from collections.abc import Callable
from typing import Any

from lemma.exercises.claim import Holds, Outcome, Refuted, Unknown

Equal = Callable[[Any, Any], Outcome]


def accept_proofs(equal: Equal) -> Equal:
    """Extend `equal` to sides `(text, outcome)`, where `outcome` is that of a separate proof."""

    def compare(left: Any, right: Any) -> Outcome:
        return right if isinstance(right, Holds | Refuted | Unknown) else equal(left, right)

    return compare


def compare_exactly(left: Any, right: Any) -> Outcome:
    """Compare exact numbers or collections of exact numbers."""
    return Holds("the same numbers") if left == right else Refuted({"left": str(left), "right": str(right)})
