"""The questions of exercise 4: the numbers of a training step by hand, and the formulas that lead to them.

An answer may be a number, or a formula in the given numbers and in those that were computed before. A formula is
correct if it gives the right number also for other given numbers, so that a coincidence is not accepted.
"""

import random
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

import sympy

from lemma.exercises import load
from lemma.exercises.grading.question import Question

EDGES = ((1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5), (3, 6), (4, 6), (5, 6))
Key = tuple[str, tuple[int, ...]]
Numbers = Mapping[Key, Fraction]


def network() -> Iterator[Question]:
    """Yield a question for each number of exercise 4."""
    for name, title in (("s", "The net input of neuron"), ("o", "The output of neuron")):
        for place in range(3, 7):
            aliases = ("y",) if (name, place) == ("o", 6) else ()
            yield _number(f"{name}{place}", f"{title} {place}", f"{name}_{place}", "FORWARD", (name, (place,)), aliases)
    for place in range(1, 7):
        key = ("delta", (place,))
        yield _number(f"delta{place}", f"The delta of neuron {place}", rf"\delta_{place}", "DELTAS", key)
    for start, end in EDGES:
        name, title = f"w_{{{start},{end}}}", f"The updated weight from {start} to {end}"
        yield _number(f"update.w{start}{end}", title, name, "UPDATE", ("w'", (start, end)))
    for place in range(3, 7):
        title = f"The net input of neuron {place} after the update"
        yield _number(f"after.s{place}", title, f"s_{place}", "AFTER", ("s'", (place,)))


def _number(name: str, title: str, asked: str, part: str, key: Key, aliases: tuple[str, ...] = ()) -> Question:
    def constants() -> Mapping[Key, Any]:
        return _visible(compute_step(_given()), part, key)

    return Question(
        f"4.{name}",
        title,
        asked,
        f"ex4.{part}",
        read=partial(_read, key),
        constants=constants,
        aliases=aliases,
        perturbed=lambda fixed: _perturb(part, key, fixed),
    )


def _read(key: Key, numbers: Mapping[str, Fraction]) -> Any:
    return sympy.Rational({_split(name): value for name, value in numbers.items()}[key])


def _split(written: str) -> Key:
    r"""Split a name such as `w'_{1,3}` or `\eta` into letters and numbers; y is the output of neuron 6."""
    word = re.findall(r"[a-z]+'?", written)[0]
    return ("o", (6,)) if word == "y" else (word, tuple(map(int, re.findall(r"\d", written))))


def _given() -> Numbers:
    return {_split(name): value for name, value in load(4).GIVEN.items()}


def compute_step(given: Numbers) -> dict[Key, Fraction]:
    """Return all numbers of the training step, before and (with a prime) after the update."""
    numbers = dict(given)
    for place in (1, 2):
        numbers["o", (place,)] = numbers["o'", (place,)] = _sign(numbers["x", (place,)])
    for prime in ("", "'"):
        for place in range(3, 7):
            numbers[f"s{prime}", (place,)] = net = _local((f"s{prime}", (place,)), numbers)
            numbers[f"o{prime}", (place,)] = _sign(net)
        if not prime:
            for key in [*(("delta", (place,)) for place in range(6, 0, -1)), *(("w'", edge) for edge in EDGES)]:
                numbers[key] = _local(key, numbers)
    return numbers


def _local(key: Key, numbers: Numbers) -> Fraction:
    """Return a number from those that it depends on directly."""
    name, places = key
    if name == "w'":
        start, end = places
        return numbers["w", places] + numbers["eta", ()] * numbers["o", (start,)] * numbers["delta", (end,)]
    (place,) = places
    match name:
        case "delta" if place == 6:
            return numbers["t", ()] - numbers["o", (6,)]
        case "delta":
            ends = [end for start, end in EDGES if start == place]
            return sum((numbers["w", (place, end)] * numbers["delta", (end,)] for end in ends), Fraction())
        case "s" | "s'":
            prime = name[1:]
            starts = [start for start, end in EDGES if end == place]
            terms = [numbers[f"w{prime}", (start, place)] * numbers[f"o{prime}", (start,)] for start in starts]
            return sum(terms, Fraction())
        case _:
            return _sign(numbers[name.replace("o", "s"), places])


def _sign(net: Fraction) -> Fraction:
    return Fraction(1 if net >= 0 else -1)


def _visible(numbers: Numbers, part: str, asked: Key) -> Mapping[Key, Any]:
    """Return the numbers that an answer may use: after the update, w and o are the new ones."""
    hidden = {"FORWARD": ("delta",), "DELTAS": (), "UPDATE": (), "AFTER": ("delta", "w", "s", "o", "t", "eta")}[part]
    visible = {key: value for key, value in numbers.items() if key[0] not in hidden and "'" not in key[0]}
    if part == "AFTER":
        after = {key: value for key, value in numbers.items() if key[0] in ("w'", "o'", "s'")}
        visible |= after | {(name[0], places): value for (name, places), value in after.items()}
    prime = "'" if part == "AFTER" else ""
    visible |= {("x", edge): numbers[f"o{prime}", edge[:1]] for edge in EDGES}
    if part != "AFTER":
        visible["y", ()] = numbers["o", (6,)]
    own = {asked, (asked[0].rstrip("'"), asked[1])} if part != "UPDATE" else set()
    if asked == ("o", (6,)):
        own.add(("y", ()))
    return {key: sympy.Rational(value) for key, value in visible.items() if key not in own}


def _perturb(part: str, key: Key, fixed: frozenset[Fraction]) -> list[list[tuple[Mapping[Key, Any], Any]]]:
    """Return the numbers and the right answer for other given numbers, and for other earlier results.

    Args:
        part: The part of the exercise.
        key: What is asked.
        fixed: Absolute values that remain, because the answer has them as numbers.
    """

    def change(numbers: Numbers, step: int, *names: str) -> dict[Key, Fraction]:
        draw = random.Random(f"{step} {names}")
        factors = {name: 1 + Fraction(draw.randint(1, 400), 4999) for name in numbers}
        return {
            name: value * factors[name] if name[0] in names and abs(value) not in fixed else value
            for name, value in numbers.items()
        }

    whole, local = [], []
    for step in (1, 2):
        numbers = compute_step(change(_given(), step, "w", "t", "eta"))
        whole.append((_visible(numbers, part, key), sympy.Rational(numbers[key])))
        numbers = change(compute_step(_given()), step, "w", "t", "eta", "s", "delta", "w'", "s'")
        numbers |= {name: value for name, value in change(numbers, step, "o", "o'").items() if name[1] > (2,)}
        local.append((_visible(numbers, part, key), sympy.Rational(_local(key, numbers))))
    return [whole, local]
