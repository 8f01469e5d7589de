"""Exercise 1 (iii), the parts: a gate that fires on one row of the truth table alone, and one that fires on any signal.

Each in both codings of false and true, as 0 and 1 and as -1 and 1. A gate fires where its net input is not below 0.
"""

from typing import Any

import numpy as np
import sympy
import torch
import z3
from sympy import IndexedBase, Rational, Sum

from lemma.exercises.claim import Claim, Kind, Method, Step
from lemma.exercises.ex01_cube import NAMES, Cube
from lemma.exercises.ex01_firing import Gate, Induction
from lemma.exercises.indexed import Space, index
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.shown import accept_proofs, compare_exactly

i, j, k, n, m = (index(name) for name in "ijknm")
a, r, x = (IndexedBase(name) for name in "arx")
ROWS, SIGNALS = 5, 10  # inputs up to which all cases are tried: of a row and an input to compare, of signals


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims about the two kinds of gates."""
    return _and_gate(), _and_gate_signs(), _or_gate(), _or_gate_signs()


def and_net(low: int) -> Any:
    """Return the net input of the gate for row r."""
    with unevaluated():
        weighted = (2 * r[i] - 1) * x[i]
    total = Sum(weighted, (i, 1, n)) if low == 0 else Sum(r[i] * x[i], (i, 1, n))
    threshold = Sum(r[i], (i, 1, n)) if low == 0 else n
    with unevaluated():
        return total - threshold


def _minus(share: sympy.Rational) -> Any:
    """Return minus a share of the sum of the squared differences of x and r."""
    with unevaluated():
        square = (x[i] - r[i]) ** 2
    total = Sum(square, (i, 1, n))
    with unevaluated():
        return sympy.Mul(-1, share, total) if share != 1 else -total


def or_net(low: int) -> Any:
    """Return the net input of the gate that fires on any of m signals."""
    total = Sum(a[j], (j, 1, m))
    with unevaluated():
        return total - 1 if low == 0 else total + m - 2


def _matching(low: int) -> Gate:
    """Return what is known of a gate for one row, whose net input is 0 on it and below 0 elsewhere."""

    def spoil(random: np.random.Generator, rows: list[Any]) -> None:
        row, inputs = rows
        inputs[:] = row
        for case in range(len(row)):  # none, one, or several entries differ
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
    """Return what is known of a gate for any signal, whose net input stays below 0 until a signal comes."""

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
    r"""State that the gate's net input is minus the number of entries in which x and r differ, for 0 and 1."""
    gate, net = _matching(0), and_net(0)
    one = Cube(Space({r: (n,), x: (n,)}, {k: n}), 0)
    with unevaluated():
        slack, square = r[k] - (2 * r[k] - 1) * x[k], (x[k] - r[k]) ** 2
    minus = _minus(sympy.Integer(1))
    return Claim(
        id="1.iii.and-gate",
        title="A gate for one row, inputs 0 and 1",
        statement=rf"{latex(net)} = {latex(minus)},\quad {latex(minus)} \ge 0 \iff x = r,\quad x, r \in \{{0, 1\}}^n",
        subject=net,
        equal=accept_proofs(one.equal),
        mutants=mutate(net, arrays=(r, x)),
        methods=_methods(gate, minus, "as x² = x"),
        steps=(
            Step(
                "The gate for row $r$ gives each input the weight $2 r_i - 1$: 1 where the row has a 1, and $-1$ "
                r"where it has a 0. Per entry $(2 r_k - 1) x_k \le r_k$, and equality holds only if $x_k = r_k$, "
                "because 0 and 1 are their own squares:",
                f"{latex(slack)} = {latex(square)}",
                (slack, square),
            ),
            Step(
                "In sum the net input is minus the number of entries in which the input differs from the row.",
                f"{latex(net)} = {latex(minus)}",
                (net, minus),
            ),
            Step(
                "A sum of squares is 0 if all its terms are, and above 0 otherwise. This holds without any input, and "
                "one input more adds a term that is 0 if $x_{n+1} = r_{n+1}$ and 1 if not; so it holds for every $n$. "
                "The gate fires on its own row alone.",
                rf"{latex(minus)} \ge 0 \iff x = r",
                ("by induction", gate.induct(minus)),
            ),
        ),
    )


def _and_gate_signs() -> Claim[Any]:
    r"""State the same for -1 and 1: the net input is -2 times the number of entries that differ."""
    gate, net = _matching(-1), and_net(-1)
    one = Cube(Space({r: (n,), x: (n,)}, {k: n}), -1)
    with unevaluated():
        slack, square = 1 - r[k] * x[k], Rational(1, 2) * (x[k] - r[k]) ** 2
    minus = _minus(Rational(1, 2))
    return Claim(
        id="1.iii.and-gate-signs",
        title="A gate for one row, inputs −1 and 1",
        statement=rf"{latex(net)} = {latex(minus)},\quad {latex(minus)} \ge 0 \iff x = r,\quad x, r \in \{{-1, 1\}}^n",
        subject=net,
        equal=accept_proofs(one.equal),
        mutants=mutate(net, arrays=(r, x)),
        methods=_methods(gate, minus, "as x² = 1"),
        steps=(
            Step(
                r"Here the row itself serves as weights. Per entry $r_k x_k \le 1$, with equality only if $x_k = "
                "r_k$, because the square of $-1$ and of 1 is 1:",
                f"{latex(slack)} = {latex(square)}",
                (slack, square),
            ),
            Step(
                "In sum, each entry in which input and row differ costs 2.",
                f"{latex(net)} = {latex(minus)}",
                (net, minus),
            ),
            Step(
                "As before, by induction over $n$: the gate fires on its own row alone.",
                rf"{latex(minus)} \ge 0 \iff x = r",
                ("by induction", gate.induct(minus)),
            ),
        ),
    )


def _or_gate() -> Claim[Any]:
    """State that the gate fires if any signal is 1, for signals 0 and 1, also if there is no signal at all."""
    gate, net = _any_signal(0), or_net(0)
    return Claim(
        id="1.iii.or-gate",
        title="A gate for any signal, signals 0 and 1",
        statement=rf"{latex(net)} \ge 0 \iff \exists j : a_j = 1 \qquad \forall m \ge 0,\ a \in \{{0, 1\}}^m",
        subject=net,
        equal=accept_proofs(gate.same),
        mutants=mutate(net, arrays=(a,)),
        methods=_methods(gate, None, ""),
        steps=(
            Step(
                "The sum counts the signals. Without signals the net input is $-1$; each signal adds 1, and the first "
                "one takes it to 0. With $m = 0$ there is nothing to sum, and the gate never fires.",
                rf"m = 0: \quad {latex(net)} = -1",
                ("an empty sum", compare_exactly(net.xreplace({m: sympy.Integer(0)}).doit(), -1)),
            ),
        ),
    )


def _or_gate_signs() -> Claim[Any]:
    """State the same for signals -1 and 1, with a bias that grows with the number of signals."""
    gate, net = _any_signal(-1), or_net(-1)
    with unevaluated():
        signal = Rational(1, 2) * (a[j] + 1)
    signals = Sum(signal, (j, 1, m))
    with unevaluated():
        count = 2 * (signals - 1)
    return Claim(
        id="1.iii.or-gate-signs",
        title="A gate for any signal, signals −1 and 1",
        statement=rf"{latex(net)} \ge 0 \iff \exists j : a_j = 1 \qquad \forall m \ge 0,\ a \in \{{-1, 1\}}^m",
        subject=net,
        equal=accept_proofs(gate.same),
        mutants=mutate(net, arrays=(a,)),
        methods=_methods(gate, None, ""),
        steps=(
            Step(
                r"Here $\frac{1}{2} (a_j + 1)$ is 1 for a signal and 0 for none, so the sum of these counts the "
                "signals, and the net input is twice what it is for 0 and 1.",
                f"{latex(net)} = {latex(count)}",
                ("term by term", gate.cube.equal(net, count)),
            ),
        ),
    )


def _methods(gate: Gate, value: Any, reason: str) -> tuple[Method[Any], ...]:
    """Return the methods for a gate; a net input with a stated value is compared with that, term by term."""
    term_by_term: Method[Any] = Method(
        f"term by term {reason}, any size", Kind.SYMBOLIC, lambda subject: gate.cube.equal(value, subject, NAMES)
    )
    return (
        *([term_by_term] if value is not None else []),
        Method("induction over the inputs, by z3", Kind.SOLVER, gate.induct),
        Method(f"all cases up to {gate.largest} inputs", Kind.EXHAUSTIVE, gate.exhaust),
        Method("torch on wide rows", Kind.NUMERIC, gate.compare),
    )
