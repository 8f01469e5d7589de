"""Exercise 1 (iii): an AND gate for a single row of the truth table, and an OR gate over the outputs of AND gates.

Both are stated for truth values in {0, 1} and in {-1, 1}. The output of a gate is 1 if its net input is non-negative.
"""

from typing import Any

import numpy as np
import sympy
import torch
import z3
from sympy import IndexedBase, Rational, Sum

from lemma.exercises.claim import Claim, Kind, Method, Step
from lemma.exercises.ex1.cube import NAMES, Cube
from lemma.exercises.ex1.firing import Gate, Induction
from lemma.exercises.indexed import Space, index
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.shown import accept_proofs, compare_exactly

i, j, k, n, m = (index(name) for name in "ijknm")
a, r, x = (IndexedBase(name) for name in "arx")
ROWS, SIGNALS = 5, 10  # largest number of inputs in exhaustive tests of the AND gate and of the OR gate


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims about the AND gate and the OR gate."""
    return _and_gate(), _and_gate_signs(), _or_gate(), _or_gate_signs()


def and_net(low: int) -> Any:
    """Return the net input of the AND gate for row r."""
    with unevaluated():
        weighted = (2 * r[i] - 1) * x[i]
    total = Sum(weighted, (i, 1, n)) if low == 0 else Sum(r[i] * x[i], (i, 1, n))
    threshold = Sum(r[i], (i, 1, n)) if low == 0 else n
    with unevaluated():
        return total - threshold


def _minus(share: sympy.Rational) -> Any:
    """Return -`share` times the sum of squared differences of x and r."""
    with unevaluated():
        square = (x[i] - r[i]) ** 2
    total = Sum(square, (i, 1, n))
    with unevaluated():
        return sympy.Mul(-1, share, total) if share != 1 else -total


def or_net(low: int) -> Any:
    """Return the net input of the OR gate with m inputs."""
    total = Sum(a[j], (j, 1, m))
    with unevaluated():
        return total - 1 if low == 0 else total + m - 2


def _matching(low: int) -> Gate:
    """Return the specification of the AND gate for a row: its net input is 0 on the row and negative elsewhere."""

    def spoil(random: np.random.Generator, rows: list[Any]) -> None:
        row, inputs = rows
        inputs[:] = row
        for case in range(len(row)):  # 0 to 3 entries differ
            places = random.choice(row.shape[1], case % 4, replace=False)
            inputs[case, places] = 1 + low - row[case, places]

    def layer(row: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        weights = torch.where(row == 1, 1.0, -1.0).double()
        bias = -weights.clamp(min=low).sum(dim=1) if low == 0 else torch.full((len(row),), -float(row.shape[1]))
        return torch.baddbmm(bias.double()[:, None, None], weights[:, None, :], inputs[:, :, None]).flatten()

    return Gate(
        cube=Cube(Space({r: (n,), x: (n,)}, {}), low),
        largest=ROWS,
        induction=Induction(
            invariant=lambda net, flag, start: z3.And(net <= 0, (net == 0) == flag),
            flag=True,
            after=lambda flag, entries: z3.And(flag, entries[0] == entries[1]),
        ),
        wanted=lambda batch: (batch.arrays[r] == batch.arrays[x]).all(axis=1),
        layer=layer,
        spoil=spoil,
    )


def _any_signal(low: int) -> Gate:
    """Return the specification of the OR gate: its net input is negative if and only if no input is 1."""

    def spoil(random: np.random.Generator, rows: list[Any]) -> None:
        (signals,) = rows
        signals[:] = low
        for case in range(len(signals)):
            signals[case, random.choice(signals.shape[1], case % 3, replace=False)] = 1

    def layer(signals: torch.Tensor) -> torch.Tensor:
        return signals.sum(dim=1) - 1 if low == 0 else signals.sum(dim=1) + signals.shape[1] - 2

    return Gate(
        cube=Cube(Space({a: (m,)}, {}), low),
        largest=SIGNALS,
        induction=Induction(
            invariant=lambda net, flag, start: z3.And(start < 0, z3.If(flag, net >= 0, net == start)),
            flag=False,
            after=lambda flag, entries: z3.Or(flag, entries[0] == 1),
        ),
        wanted=lambda batch: (batch.arrays[a] == 1).any(axis=1),
        layer=layer,
        spoil=spoil,
    )


def _and_gate() -> Claim[Any]:
    r"""State that the net input of the AND gate is minus the number of entries in which x and r differ."""
    gate, net = _matching(0), and_net(0)
    one = Cube(Space({r: (n,), x: (n,)}, {k: n}), 0)
    with unevaluated():
        slack, square = r[k] - (2 * r[k] - 1) * x[k], (x[k] - r[k]) ** 2
    minus = _minus(sympy.Integer(1))
    return Claim(
        id="1.iii.and-gate",
        title="An AND gate for one row, inputs in {0, 1}",
        statement=rf"{latex(net)} = {latex(minus)},\quad {latex(minus)} \ge 0 \iff x = r,\quad x, r \in \{{0, 1\}}^n",
        subject=net,
        equal=accept_proofs(one.equal),
        mutants=mutate(net, arrays=(r, x)),
        methods=_methods(gate, minus, "as x² = x"),
        steps=(
            Step(
                "The gate for row $r$ has the weights $2 r_i - 1$: 1 where the row has a 1, and $-1$ where it has a 0. "
                r"For each entry $(2 r_k - 1) x_k \le r_k$, with equality if and only if $x_k = r_k$, because "
                "$0^2 = 0$ and $1^2 = 1$:",
                f"{latex(slack)} = {latex(square)}",
                (slack, square),
            ),
            Step(
                "Summed over all entries, the net input is minus the number of entries in which input and row differ.",
                f"{latex(net)} = {latex(minus)}",
                (net, minus),
            ),
            Step(
                "A sum of squares is 0 if all its terms are 0, and positive otherwise. By induction this holds for "
                "every $n$: it holds for $n = 0$, and a further input adds 0 if $x_{n+1} = r_{n+1}$ and 1 otherwise. "
                "Therefore the output of the gate is 1 on its own row only.",
                rf"{latex(minus)} \ge 0 \iff x = r",
                ("by induction", gate.induct(minus)),
            ),
        ),
    )


def _and_gate_signs() -> Claim[Any]:
    r"""State the same for {-1, 1}: the net input is -2 times the number of entries that differ."""
    gate, net = _matching(-1), and_net(-1)
    one = Cube(Space({r: (n,), x: (n,)}, {k: n}), -1)
    with unevaluated():
        slack, square = 1 - r[k] * x[k], Rational(1, 2) * (x[k] - r[k]) ** 2
    minus = _minus(Rational(1, 2))
    return Claim(
        id="1.iii.and-gate-signs",
        title="An AND gate for one row, inputs in {−1, 1}",
        statement=rf"{latex(net)} = {latex(minus)},\quad {latex(minus)} \ge 0 \iff x = r,\quad x, r \in \{{-1, 1\}}^n",
        subject=net,
        equal=accept_proofs(one.equal),
        mutants=mutate(net, arrays=(r, x)),
        methods=_methods(gate, minus, "as x² = 1"),
        steps=(
            Step(
                r"Here the row itself is the weight vector. For each entry $r_k x_k \le 1$, with equality if and only "
                "if $x_k = r_k$, because $(-1)^2 = 1^2 = 1$:",
                f"{latex(slack)} = {latex(square)}",
                (slack, square),
            ),
            Step(
                "Summed over all entries, each entry in which input and row differ reduces the net input by 2.",
                f"{latex(net)} = {latex(minus)}",
                (net, minus),
            ),
            Step(
                "As before, by induction over $n$, the output of the gate is 1 on its own row only.",
                rf"{latex(minus)} \ge 0 \iff x = r",
                ("by induction", gate.induct(minus)),
            ),
        ),
    )


def _or_gate() -> Claim[Any]:
    """State that the output of the OR gate is 1 if and only if some input is 1, for every number of inputs."""
    gate, net = _any_signal(0), or_net(0)
    return Claim(
        id="1.iii.or-gate",
        title="An OR gate, inputs in {0, 1}",
        statement=rf"{latex(net)} \ge 0 \iff \exists j : a_j = 1 \qquad \forall m \ge 0,\ a \in \{{0, 1\}}^m",
        subject=net,
        equal=accept_proofs(gate.same),
        mutants=mutate(net, arrays=(a,)),
        methods=_methods(gate, None, ""),
        steps=(
            Step(
                "The sum is the number of inputs that are 1. If there is none, the net input is $-1$; each adds 1, so "
                "one is sufficient. For $m = 0$ the sum is empty, and the output is never 1.",
                rf"m = 0: \quad {latex(net)} = -1",
                ("an empty sum", compare_exactly(net.xreplace({m: sympy.Integer(0)}).doit(), -1)),
            ),
        ),
    )


def _or_gate_signs() -> Claim[Any]:
    """State the same for inputs in {-1, 1}, with a bias that depends on the number of inputs."""
    gate, net = _any_signal(-1), or_net(-1)
    with unevaluated():
        signal = Rational(1, 2) * (a[j] + 1)
    signals = Sum(signal, (j, 1, m))
    with unevaluated():
        count = 2 * (signals - 1)
    return Claim(
        id="1.iii.or-gate-signs",
        title="An OR gate, inputs in {−1, 1}",
        statement=rf"{latex(net)} \ge 0 \iff \exists j : a_j = 1 \qquad \forall m \ge 0,\ a \in \{{-1, 1\}}^m",
        subject=net,
        equal=accept_proofs(gate.same),
        mutants=mutate(net, arrays=(a,)),
        methods=_methods(gate, None, ""),
        steps=(
            Step(
                r"Here $\frac{1}{2} (a_j + 1)$ is 1 for $a_j = 1$ and 0 for $a_j = -1$, so the sum of these terms is "
                "the number of inputs that are 1, and the net input is twice the net input for $\\{0, 1\\}$.",
                f"{latex(net)} = {latex(count)}",
                ("term by term", gate.cube.equal(net, count)),
            ),
        ),
    )


def _methods(gate: Gate, value: Any, reason: str) -> tuple[Method[Any], ...]:
    """Return the methods for a gate; if `value` is given, the net input is compared with it term by term."""
    term_by_term: Method[Any] = Method(
        f"term by term {reason}, any size", Kind.SYMBOLIC, lambda subject: gate.cube.equal(value, subject, NAMES)
    )
    return (
        *([term_by_term] if value is not None else []),
        Method("induction over the inputs with z3", Kind.SOLVER, gate.induct),
        Method(f"all cases up to {gate.largest} inputs", Kind.EXHAUSTIVE, gate.exhaust),
        Method("torch layer with many inputs", Kind.NUMERIC, gate.compare),
    )
