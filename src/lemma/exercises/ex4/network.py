"""Exercise 4: a step of backpropagation in a small network by hand, and its effect on the output.

The given values and the answers are stated here as exact numbers; `methods` recomputes them in six ways. Mutants
change a stated value, or a given value while the answers remain.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lemma.exercises.claim import Claim, Holds, Mutant, Outcome, Refuted, Step
from lemma.exercises.ex4 import steps as steps
from lemma.exercises.ex4.machines import EDGES, Numbers, weight
from lemma.exercises.ex4.methods import Wanted, methods
from lemma.exercises.exact import parse_number, show
from lemma.exercises.mutants import mutate_numbers

WEIGHTS = {(1, 3): 1, (1, 4): -2, (1, 5): 1, (2, 3): -2, (2, 4): 1, (2, 5): 1, (3, 6): -1, (4, 6): 1, (5, 6): 2}
GIVEN = {weight(i, j): Fraction(value) for (i, j), value in WEIGHTS.items()} | {
    "x_{1}": Fraction(1),
    "x_{2}": Fraction(1),
    "t": Fraction(-1),
    r"\eta": Fraction(1, 10),
}
FORWARD = {
    "o_{1}": "1", "o_{2}": "1", "s_{3}": "-1", "o_{3}": "-1", "s_{4}": "-1", "o_{4}": "-1", "s_{5}": "2", "o_{5}": "1",
    "s_{6}": "2", "y": "1",
}  # fmt: skip
DELTAS = {6: "-2", 5: "-4", 4: "-2", 3: "2", 2: "-10", 1: "2"}
UPDATE = {
    (1, 3): "1.2", (1, 4): "-2.2", (1, 5): "0.6", (2, 3): "-1.8", (2, 4): "0.8", (2, 5): "0.6",
    (3, 6): "-0.8", (4, 6): "1.2", (5, 6): "1.8",
}  # fmt: skip
AFTER = {"s_{3}": "-0.6", "s_{4}": "-1.4", "s_{5}": "1.2", "s_{6}": "1.4", "y": "1"}
ROUNDS = {  # before the first step, and after one to four steps
    "s_{3}": ("-1", "-0.6", "-0.28", "-0.04", "-0.04"),
    "s_{4}": ("-1", "-1.4", "-1.88", "-2.44", "-2.44"),
    "s_{5}": ("2", "1.2", "0.48", "-0.16", "-0.16"),
    "s_{6}": ("2", "1.4", "0.8", "-2.6", "-2.6"),
    "y": ("1", "1", "1", "-1", "-1"),
}


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 4."""
    forward = {name: parse_number(value) for name, value in FORWARD.items()}
    deltas = {rf"\delta_{{{j}}}": parse_number(value) for j, value in DELTAS.items()}
    update = {steps.primed(weight(i, j)): parse_number(value) for (i, j), value in UPDATE.items()}
    after = {steps.primed(name): parse_number(value) for name, value in AFTER.items()}
    table = {steps.at(name, n): parse_number(value) for name, row in ROUNDS.items() for n, value in enumerate(row)}
    x, eta = ("x_{1}", Fraction(-1)), (r"\eta", Fraction(1))
    return (
        _claim(
            "forward",
            "The forward pass",
            forward,
            {name: (0, name) for name in forward},
            steps.forward(GIVEN, forward),
            slips=(x,),
            exchange=False,  # o_3 = o_4: exchanging w_{3,6} and w_{4,6} gives an equivalent mutant
        ),
        _claim(
            "deltas",
            "The backward pass",
            deltas,
            {name: (0, name) for name in deltas},
            steps.deltas(GIVEN | forward, deltas),
            given=("t",),
        ),
        _claim(
            "update",
            "The updated weights",
            update,
            {steps.primed(weight(i, j)): (1, weight(i, j)) for i, j in UPDATE},
            steps.update(GIVEN | forward | deltas, update),
            given=("t",),
            slips=(x, eta),
        ),
        _claim(
            "after-step",
            "The network after one step",
            after,
            {steps.primed(name): (1, name) for name in AFTER},
            steps.after(GIVEN | forward | deltas | update, after),
            given=("t",),
            slips=(x, eta),
        ),
        _claim(
            "steps-until-flip",
            "Three steps until the output changes its sign",
            table,
            {steps.at(name, n): (n, name) for name, row in ROUNDS.items() for n in range(len(row))},
            steps.until_flip(GIVEN, table),
            given=("t",),
            slips=(x, eta),
            listed=[steps.at("y", n) for n in range(4)],
        ),
    )


def compare_exactly(left: Any, right: Any) -> Outcome:
    """Compare exact numbers, or collections of them."""
    return Holds("the same numbers") if left == right else Refuted({"left": str(left), "right": str(right)})


def _claim(
    name: str,
    title: str,
    answers: Numbers,
    wanted: Wanted,
    derivation: tuple[Step, ...],
    given: tuple[str, ...] = (),
    slips: tuple[tuple[str, Fraction], ...] = (),
    listed: Sequence[str] = (),
    exchange: bool = True,
) -> Claim[Any]:
    """Return a claim that states `answers`.

    Args:
        name: Suffix of the id.
        title: Title of the claim.
        answers: Stated values by LaTeX name.
        wanted: Round and name of the computed value of each answer.
        derivation: Steps.
        given: Given values that are mutated in addition to the weights.
        slips: Further mutants: names and false values.
        listed: Answers listed in the statement, by default all.
        exchange: Whether weights are also exchanged.
    """
    subject = {**GIVEN, **answers}
    by_hand = [Mutant(f"${one}$ is ${show(to)}$", {**subject, one: to}, f"{one} = {show(to)}") for one, to in slips]
    changed = [*(weight(i, j) for i, j in EDGES), *given]
    return Claim(
        id=f"4.{name}",
        title=title,
        statement=r",\quad ".join(f"{one} = {show(answers[one])}" for one in listed or answers),
        subject=subject,
        methods=methods(wanted),
        mutants=(*by_hand, *mutate_numbers(subject, changed, exchange), *mutate_numbers(subject, list(answers))),
        equal=compare_exactly,
        steps=derivation,
        values={one: show(value) for one, value in subject.items()},
    )
