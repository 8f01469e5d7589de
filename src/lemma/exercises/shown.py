"""Steps that are no equation: an inequality or an equivalence, shown by a proof of its own."""

from collections.abc import Callable
from typing import Any

from lemma.exercises.claim import Holds, Outcome, Refuted, Unknown

Equal = Callable[[Any, Any], Outcome]


def accept_proofs(equal: Equal) -> Equal:
    """Return `equal`, extended to sides `(text, outcome)`: what the text says is shown by the outcome of its proof."""

    def judge(left: Any, right: Any) -> Outcome:
        return right if isinstance(right, Holds | Refuted | Unknown) else equal(left, right)

    return judge


def compare_exactly(left: Any, right: Any) -> Outcome:
    """Compare exact numbers, or collections of them."""
    return Holds("the same numbers") if left == right else Refuted({"left": str(left), "right": str(right)})
