"""The questions of exercises 3, 4 and 5: update rules of a neuron, a network by hand, two layers as one."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import sympy
from sympy import Sum

from lemma.exercises.grading.question import (
    STEP_SIZE,
    W1,
    W2,
    Arrays,
    KnownSymbol,
    Question,
    array_entry,
    b1,
    b2,
    eta,
    load_answer,
    logit,
    m,
    n,
    p,
    phi,
    q,
    target,
    transposed_entry,
    w,
    x,
)

EDGES = ((1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5), (3, 6), (4, 6), (5, 6))


def _neuron(name: str, title: str, rule: str) -> Question:
    return Question(
        f"3.{name}",
        title,
        r"\Delta w_i",
        load_answer("ex3.rules", lambda module: getattr(module, rule)),
        (
            KnownSymbol(r"\varphi", r"the output, which is \varphi(x) and \sigma(s)", "phi", (), lambda: phi),
            KnownSymbol("o", "the same output", "o", (), lambda: phi),
            KnownSymbol("s", r"the net input, \sum_i w_i x_i", "s", (), lambda: logit(phi)),
            KnownSymbol("t", "the target", "t", (), lambda: target),
            STEP_SIZE,
            array_entry("x_i", "input i", x, n),
            array_entry("w_i", "its weight", w, n),
        ),
        f"3.ii.{name}",
        {"i": n},
        {"n": n},
        dict.fromkeys("ijkl", n),
        {x: (n,), w: (n,)},
        (phi, target, eta),
        sigmoid_outputs=(phi,),
        net_input=(Sum(w[q] * x[q], (q, 1, n)), logit(phi)),
        phi=r"\s*(?:x|s|(?:\\sum|sum|Σ|∑).*)\s*(?:\\right)?\s*\)",
    )


def neurons() -> Iterator[Question]:
    yield _neuron("squared-error", "The weight update for the squared error", "SQUARED_RULE")
    yield _neuron("log-likelihood", "The weight update for the log-likelihood", "LIKELIHOOD_RULE")
    yield _neuron("cross-entropy", "The weight update for the cross-entropy", "LIKELIHOOD_RULE")


def network() -> Iterator[Question]:
    """Yield a question for each computed value of exercise 4."""
    for name, title in (("s", "The net input of neuron"), ("o", "The output of neuron")):
        for place in range(3, 7):
            key = "y" if (name, place) == ("o", 6) else f"{name}_{{{place}}}"
            yield _number(f"{name}{place}", f"{title} {place}", f"{name}_{place}", "FORWARD", key)
    for place in range(1, 7):
        key = rf"\delta_{{{place}}}"
        yield _number(f"delta{place}", f"The delta of neuron {place}", rf"\delta_{place}", "DELTAS", key)
    for start, end in EDGES:
        weight = f"{{{start},{end}}}"
        title = f"The updated weight from {start} to {end}"
        yield _number(f"update.w{start}{end}", title, f"w_{weight}", "UPDATE", f"w'_{weight}")
    for place in range(3, 7):
        title = f"The net input of neuron {place} after the update"
        yield _number(f"after.s{place}", title, f"s_{place}", "AFTER", f"s'_{{{place}}}")


def _number(name: str, title: str, asked: str, part: str, key: str) -> Question:
    """Return the question for a number; an answer may use the given numbers and those before the update."""

    def answer(module: Any) -> Any:
        return sympy.Rational(getattr(module, part)[key])

    def given(module: Any) -> Any:
        earlier = {"FORWARD": ("FORWARD",), "AFTER": ()}.get(part, ("FORWARD", "DELTAS"))
        known_values = dict(module.GIVEN)
        for name in earlier:
            known_values |= getattr(module, name)
        constants = {_key(name): sympy.Rational(value) for name, value in known_values.items() if name != key}
        return constants | ({("o", (6,)): constants["y", ()]} if ("y", ()) in constants else {})

    return Question(
        f"4.{name}",
        title,
        asked,
        load_answer("ex4", answer),
        (),
        phi=r"[^)]",
        constants=load_answer("ex4", given),
    )


def _key(written: str) -> tuple[str, tuple[int, ...]]:
    """Split a name such as `w_{1,3}` into letters and numbers."""
    return re.findall(r"[a-z]+", written)[0], tuple(map(int, re.findall(r"\d", written)))


def layers() -> Iterator[Question]:
    known = (
        array_entry("W^{(2)}_{j,k}", "the second layer's matrix, row j, column k", W2, p, m, layers=("2",)),
        array_entry("W^{(1)}_{k,i}", "the first layer's matrix, row k, column i", W1, m, n, layers=("1",)),
        transposed_entry("w^{(2)}_{k,j}", "the weight from k to j, which is W^{(2)}_{j,k}", W2, m, p, layers=("2",)),
        transposed_entry("w^{(1)}_{i,k}", "the weight from i to k, which is W^{(1)}_{k,i}", W1, n, m, layers=("1",)),
        array_entry("b^{(2)}_j", "the second layer's biases", b2, p, layers=("2",)),
        array_entry("b^{(1)}_k", "the first layer's biases", b1, m, layers=("1",)),
    )
    arrays: Arrays = {W2: (p, m), W1: (m, n), b2: (p,), b1: (m,)}
    for name, title, asked, free, place in (
        ("weight", "The weight matrix of the single layer, row j, column i", "W_{j,i}", {"j": p, "i": n}, 0),
        ("bias", "The bias j of the single layer", "b_j", {"j": p}, 1),
    ):
        answer = load_answer("ex5.depth", partial(_as_one, place))
        yield Question(f"5.{name}", title, asked, answer, known, "", free, {"m": m}, {"k": m}, arrays)


def _as_one(place: int, module: Any) -> Any:
    return module.RULE.step[place].xreplace({module.W: W2, module.A: W1, module.b: b2, module.c: b1})
