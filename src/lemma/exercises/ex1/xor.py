"""Exercise 1 (iii), example: exclusive or as a two-layer network, with all values.

Neurons 1 and 2 are the inputs, gates 3 and 4 are the AND gates for the rows 01 and 10, and gate 5 is the OR gate. The
output of a gate is 1 if its net input is non-negative, and 0 otherwise.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import sympy
import torch
import z3

from lemma.exercises.claim import Claim, Holds, Kind, Method, Mutant, Outcome, Refuted, Step
from lemma.exercises.exact import show
from lemma.exercises.mutants import mutate_numbers
from lemma.exercises.shown import accept_proofs, compare_exactly
from lemma.exercises.solver import prove

Numbers = Mapping[str, Fraction]
ROWS = [*product((0, 1), repeat=2)]
GIVEN: Numbers = {
    name: Fraction(value)
    for name, value in {
        "w_{1,3}": -1, "w_{2,3}": 1, "b_{3}": -1,
        "w_{1,4}": 1, "w_{2,4}": -1, "b_{4}": -1,
        "w_{3,5}": 1, "w_{4,5}": 1, "b_{5}": -1,
    }.items()
}  # fmt: skip
VALUES = {  # on the rows 00, 01, 10 and 11
    "s_{3}": (-1, 0, -2, -1), "o_{3}": (0, 1, 0, 0),
    "s_{4}": (-1, -2, 0, -1), "o_{4}": (0, 0, 1, 0),
    "s_{5}": (-1, 0, 0, -1), "y": (0, 1, 1, 0),
}  # fmt: skip


def claims() -> tuple[Claim[Any], ...]:
    """Return the claim about exclusive or."""
    answers = {_on(name, row): Fraction(value) for name, values in VALUES.items() for row, value in zip(ROWS, values)}
    subject = {**GIVEN, **answers}
    mutants: tuple[Mutant[Numbers], ...] = (
        *mutate_numbers(subject, [*GIVEN]),
        *mutate_numbers(subject, [*answers], exchange=False),
    )
    return (
        Claim(
            id="1.iii.xor",
            title="Weights for exclusive or",
            statement=r"y = H\left(H\left(-x_1 + x_2 - 1\right) + H\left(x_1 - x_2 - 1\right) - 1\right) "
            r"= x_1 \oplus x_2,\quad H(s) = [s \ge 0]",
            subject=subject,
            equal=accept_proofs(compare_exactly),
            mutants=mutants,
            methods=(
                Method("calculation by hand in fractions", Kind.NUMERIC, lambda subject: _compare(_on_paper, subject)),
                Method("rational matrices", Kind.SYMBOLIC, lambda subject: _compare(_by_matrices, subject)),
                Method(
                    "specification of each gate, row by row",
                    Kind.EXHAUSTIVE,
                    lambda subject: _compare(_by_task, subject),
                ),
                Method("torch layers", Kind.NUMERIC, lambda subject: _compare(_in_torch, subject)),
                Method("z3 on the equations", Kind.SOLVER, _solve),
            ),
            steps=_steps(answers),
            values={name: show(value) for name, value in subject.items()},
        ),
    )


def _steps(answers: Numbers) -> tuple[Step, ...]:
    def line(text: str, name: str, rule: str, rule_at: Callable[[int, int], Fraction]) -> Step:
        values = tuple(answers[_on(name, row)] for row in ROWS)
        computed = tuple(rule_at(*row) for row in ROWS)
        return Step(text, f"{name} = {rule}: {_listed(values)}", (computed, values))

    net = _on_paper(GIVEN)
    return (
        Step(
            "A single neuron is not sufficient. It would have to reject 00 and 11 and to accept 01 and 10, so the "
            "first two net inputs would be negative and the other two non-negative. But both pairs have the same sum.",
            r"b + \left(w_1 + w_2 + b\right) = \left(w_1 + b\right) + \left(w_2 + b\right)",
            ("by z3", _one_neuron()),
        ),
        line(
            "Gate 3 is the AND gate for row 01: its weights are $-1$ and 1, and its bias is minus the number of ones "
            "in the row. The net inputs for 00, 01, 10 and 11 are",
            "s_{3}",
            "-x_1 + x_2 - 1",
            lambda first, second: Fraction(-first + second - 1),
        ),
        line(
            "Gate 4 is the AND gate for row 10.",
            "s_{4}",
            "x_1 - x_2 - 1",
            lambda first, second: Fraction(first - second - 1),
        ),
        line(
            r"The output of a gate is $o = H(s)$, which is 1 for $s \ge 0$ and 0 otherwise (where $\varphi$ is $-1$). "
            "The net input of each AND gate is 0 on its own row and negative on the others, so its output is 1 on its "
            "own row only. The OR gate requires one output of 1.",
            "s_{5}",
            "o_{3} + o_{4} - 1",
            lambda first, second: net[_on("o_{3}", (first, second))] + net[_on("o_{4}", (first, second))] - 1,
        ),
        line(
            "Therefore the output is 1 if exactly one input is 1.",
            "y",
            "H(s_5)",
            lambda first, second: Fraction(first ^ second),
        ),
    )


def _one_neuron() -> Outcome:
    """Prove that no neuron computes exclusive or."""
    first, second, bias = z3.Reals("w_1 w_2 b")
    refused, accepted = (bias, first + second + bias), (first + bias, second + bias)
    right = z3.And(*(net < 0 for net in refused), *(net >= 0 for net in accepted))
    return prove(z3.Not(right), [], {"w_1": first, "w_2": second, "b": bias})


def _on(name: str, row: tuple[int, ...]) -> str:
    """Return the name of a value on a row: `s_{3}` on (0, 1) is `s_{3}^{(01)}`."""
    return f"{name}^{{({''.join(map(str, row))})}}"


def _listed(values: tuple[Fraction, ...]) -> str:
    return r"\quad " + r",\ ".join(map(show, values))


def _compare(machine: Callable[[Numbers], Numbers], subject: Numbers) -> Outcome:
    computed = machine({name: subject[name] for name in GIVEN})
    wrong = {
        name: f"{show(value)} (stated {show(subject[name])})"
        for name, value in computed.items()
        if value != subject[name]
    }
    return Refuted(wrong) if wrong else Holds(f"{len(computed)} numbers, exact")


def _step(net: Any) -> Fraction:
    return Fraction(1 if net >= 0 else 0)


def _on_paper(given: Numbers) -> Numbers:
    """Compute every value by hand."""
    results: dict[str, Fraction] = {}
    for first, second in ROWS:
        s3 = given["w_{1,3}"] * first + given["w_{2,3}"] * second + given["b_{3}"]
        s4 = given["w_{1,4}"] * first + given["w_{2,4}"] * second + given["b_{4}"]
        s5 = given["w_{3,5}"] * _step(s3) + given["w_{4,5}"] * _step(s4) + given["b_{5}"]
        values = (s3, _step(s3), s4, _step(s4), s5, _step(s5))
        results |= {_on(name, (first, second)): value for name, value in zip(VALUES, values)}
    return results


def _by_matrices(given: Numbers) -> Numbers:
    """Multiply the weight matrices with all rows; the last row of the inputs is 1, for the bias."""
    exact = {name: sympy.Rational(value) for name, value in given.items()}
    inputs = sympy.Matrix([[*row, 1] for row in ROWS]).T  # (3, 4)
    first = sympy.Matrix([[exact[name] for name in (f"w_{{1,{j}}}", f"w_{{2,{j}}}", f"b_{{{j}}}")] for j in (3, 4)])
    second = sympy.Matrix([[exact[name] for name in ("w_{3,5}", "w_{4,5}", "b_{5}")]])
    nets = first * inputs  # (2, 4)
    outs = nets.applyfunc(_step)
    last = second * outs.col_join(sympy.ones(1, 4))
    layers = (nets.row(0), outs.row(0), nets.row(1), outs.row(1), last, last.applyfunc(_step))
    return {
        _on(name, row): Fraction(str(value)) for name, layer in zip(VALUES, layers) for row, value in zip(ROWS, layer)
    }


def _by_task(_: Numbers) -> Numbers:
    """Count the entries that differ from the row of each gate, and the gates with output 1, without weights."""
    results: dict[str, Fraction] = {}
    for row in ROWS:
        differ = [sum(a != b for a, b in zip(row, own)) for own in ((0, 1), (1, 0))]
        match = [row == own for own in ((0, 1), (1, 0))]
        values = (-differ[0], match[0], -differ[1], match[1], sum(match) - 1, row[0] != row[1])
        results |= {_on(name, row): Fraction(value) for name, value in zip(VALUES, values)}
    return results


def _in_torch(given: Numbers) -> Numbers:
    """Apply two torch layers with step activations in float64, which is exact for these numbers."""

    def layer(names: list[list[str]], inputs: torch.Tensor) -> torch.Tensor:
        numbers = torch.tensor([[float(given[name]) for name in row] for row in names], dtype=torch.float64)
        return torch.nn.functional.linear(inputs, numbers[:, :-1], numbers[:, -1])

    nets = layer(
        [["w_{1,3}", "w_{2,3}", "b_{3}"], ["w_{1,4}", "w_{2,4}", "b_{4}"]], torch.tensor(ROWS, dtype=torch.float64)
    )
    outs = torch.heaviside(nets, torch.ones((), dtype=torch.float64))
    last = layer([["w_{3,5}", "w_{4,5}", "b_{5}"]], outs)
    output = torch.heaviside(last, torch.ones((), dtype=torch.float64))
    columns = (nets[:, 0], outs[:, 0], nets[:, 1], outs[:, 1], last[:, 0], output[:, 0])
    return {
        _on(name, row): Fraction(value)
        for name, column in zip(VALUES, columns)
        for row, value in zip(ROWS, column.tolist())
    }


def _solve(subject: Numbers) -> Outcome:
    """Search with z3 for values that satisfy the equations of the gates and differ from the stated ones."""
    known = {name: z3.RealVal(str(value)) for name, value in subject.items()}
    asked = {name: z3.Real(name) for name in subject if name not in GIVEN}
    equations = []
    for row in ROWS:
        s3, o3, s4, o4, s5, y = (asked[_on(name, row)] for name in VALUES)
        inputs = [z3.RealVal(value) for value in row]
        for net, j in ((s3, 3), (s4, 4)):
            terms = [known[f"w_{{{i},{j}}}"] * inputs[i - 1] for i in (1, 2)]
            equations.append(net == z3.Sum(terms) + known[f"b_{{{j}}}"])
        equations.append(s5 == known["w_{3,5}"] * o3 + known["w_{4,5}"] * o4 + known["b_{5}"])
        equations += [
            out == z3.If(net >= 0, z3.RealVal(1), z3.RealVal(0)) for net, out in ((s3, o3), (s4, o4), (s5, y))
        ]
    outcome = prove(z3.And([variable == known[name] for name, variable in asked.items()]), equations, asked)
    if isinstance(outcome, Refuted):
        differ = {name: value for name, value in outcome.counter_example.items() if value != show(subject[name])}
        return Refuted({name: f"{value} (stated {show(subject[name])})" for name, value in differ.items()})
    if isinstance(outcome, Holds):
        return Holds(f"{len(asked)} numbers, the only solution of {len(equations)} equations")
    return outcome
