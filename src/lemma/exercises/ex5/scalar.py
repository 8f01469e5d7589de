"""Exercise 5, erratum: the bias of the single layer is a vector, even if the bias of every layer is a scalar.

Two outputs have different weights for a hidden neuron with a bias, so the bias contributes differently to them.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy
import torch
import z3
from sympy import Sum, Symbol

from lemma.exercises.claim import Claim, Holds, Kind, Method, Mutant, Outcome, Refuted, Step
from lemma.exercises.ex5.layers import NEXT, W, j, k, m, p
from lemma.exercises.exact import parse_number, show
from lemma.exercises.indexed import Space, index
from lemma.exercises.mutants import mutate_numbers
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.solver import prove

Numbers = Mapping[str, Fraction]
FIRST, SECOND = r"\beta_{1}", r"\beta_{2}"  # scalar biases of the layers
INTO, OUT = "W^{(1)}_{1,1}", ("W^{(2)}_{1,1}", "W^{(2)}_{2,1}")
WEIGHTS, BIASES = ("W_{1,1}", "W_{2,1}"), ("b_{1}", "b_{2}")  # of the single layer
NETWORK = {INTO: "1", FIRST: "1", OUT[0]: "1", OUT[1]: "2", SECOND: "0"}
ANSWERS = {WEIGHTS[0]: "1", WEIGHTS[1]: "2", BIASES[0]: "1", BIASES[1]: "2"}


def claim() -> Claim[Any]:
    """State that a network with scalar biases may require a vector as the bias of the single layer."""
    subject = {name: parse_number(value) for name, value in (NETWORK | ANSWERS).items()}
    first, second = Symbol(FIRST, real=True), Symbol(SECOND, real=True)
    other = index("l")
    space = Space(NEXT.arrays, {j: p, other: p}, (first, second))
    with unevaluated():
        each = W[j, k] * first
    each, row, another = (Sum(term, (k, 1, m)) for term in (each, W[j, k], W[other, k]))
    with unevaluated():
        spread, rows = each + second, first * row + second
        apart = first * (row - another)

    def equal(left: Any, right: Any) -> Outcome:
        if isinstance(left, sympy.Basic):
            return space.equal(left, right)
        return Holds("the same numbers") if left == right else Refuted({"left": str(left), "right": str(right)})

    return Claim(
        id="5.vector-bias",
        title="The bias is a vector: a scalar does not suffice",
        statement=(
            r"\begin{pmatrix} 1 \\ 2 \end{pmatrix} \left(1 \cdot x + 1\right) = \begin{pmatrix} 1 \\ 2 \end{pmatrix} "
            r"x + \begin{pmatrix} 1 \\ 2 \end{pmatrix} \ne W x + \beta \begin{pmatrix} 1 \\ 1 \end{pmatrix} \quad "
            r"\forall W, \forall \beta"
        ),
        subject=subject,
        equal=equal,
        mutants=(*_enough(subject), *mutate_numbers(subject, list(subject))),
        steps=(
            Step(
                r"The exercise sheet writes $b$ as a scalar. Let the biases of two layers be scalars, $\beta_1$ for "
                r"all neurons of the first layer and $\beta_2$ for all of the second. Entry $j$ of the collapsed bias "
                r"is",
                rf"b_{{j}} = {latex(spread)} = {latex(rows)}",
                (spread, rows),
            ),
            Step(
                r"Two entries differ unless $\beta_1 = 0$ or the corresponding rows of $W$ have the same sum.",
                rf"b_{{j}} - b_{{l}} = {latex(apart)}",
                (rows - rows.subs(j, other), apart),
            ),
            Step(
                r"An example has one input, one hidden neuron with weight 1 and bias 1, and two outputs with the "
                r"weights 1 and 2 and bias 0:",
                r"b_{1} = 1 \cdot 1 + 0 = 1, \qquad b_{2} = 1 \cdot 2 + 0 = 2",
                ((Fraction(1), Fraction(2)), _biases(subject)),
            ),
            Step(
                "At $x = 0$ the outputs are 1 and 2. A scalar bias would make them equal there, for every $W$.",
                r"o(0) = \begin{pmatrix} 1 \\ 2 \end{pmatrix}",
                ((subject[BIASES[0]], subject[BIASES[1]]), _biases(subject)),
            ),
        ),
        methods=(
            Method("linear equations in SymPy", Kind.SYMBOLIC, _equations),
            Method("values at two inputs in fractions", Kind.NUMERIC, _fractions),
            Method("z3 over the reals", Kind.SOLVER, _solver),
            Method("Jacobian of torch.nn.Sequential", Kind.AUTOGRAD, _torch),
        ),
        values={name: show(value) for name, value in subject.items()},
    )


def _biases(given: Numbers) -> tuple[Fraction, ...]:
    return tuple(given[FIRST] * given[weight] + given[SECOND] for weight in OUT)


def _enough(subject: Numbers) -> tuple[Mutant[Numbers], ...]:
    """Return networks for which a scalar suffices: their values are correct, but the statement is false."""
    return (
        Mutant(
            "both outputs have the same weight",
            {**subject, OUT[1]: Fraction(1), WEIGHTS[1]: Fraction(1), BIASES[1]: Fraction(1)},
            rf"{OUT[1]} = 1,\quad {WEIGHTS[1]} = 1,\quad {BIASES[1]} = 1",
        ),
        Mutant(
            "the hidden neuron has no bias",
            {**subject, FIRST: Fraction(0), BIASES[0]: Fraction(0), BIASES[1]: Fraction(0)},
            rf"{FIRST} = 0,\quad {BIASES[0]} = 0,\quad {BIASES[1]} = 0",
        ),
    )


def _wrong(computed: Mapping[str, Any], stated: Numbers) -> dict[str, str]:
    """Return the computed values that differ from the stated ones."""
    return {
        name: f"{show(Fraction(value))} (stated {show(stated[name])})"
        for name, value in computed.items()
        if Fraction(value) != stated[name]
    }


def _compare(computed: Mapping[str, Any], stated: Numbers) -> Outcome:
    """Compare the single layer with the stated one, and check whether a scalar suffices as its bias."""
    wrong = _wrong(computed, stated)
    if wrong:
        return Refuted(wrong)
    first, second = (Fraction(computed[name]) for name in BIASES)
    return Refuted({r"\beta": show(first)}) if first == second else Holds(f"{show(first)} and {show(second)} differ")


def _equations(stated: Numbers) -> Outcome:
    """Compare coefficients of x, and solve for weights and a scalar bias."""
    x, number = sympy.Symbol("x"), sympy.Symbol("number")
    weights = sympy.symbols("w1:3")
    given = {name: sympy.Rational(value) for name, value in stated.items()}
    outputs = [sympy.expand(given[weight] * (given[INTO] * x + given[FIRST]) + given[SECOND]) for weight in OUT]
    results = {WEIGHTS[row]: output.coeff(x, 1) for row, output in enumerate(outputs)}
    results |= {BIASES[row]: output.coeff(x, 0) for row, output in enumerate(outputs)}
    wrong = _wrong({name: Fraction(int(each.p), int(each.q)) for name, each in results.items()}, stated)
    if wrong:
        return Refuted(wrong)
    equations = [
        equation
        for weight, output in zip(weights, outputs, strict=True)
        for equation in sympy.Poly(output - weight * x - number, x).all_coeffs()
    ]
    solutions = sympy.linsolve(equations, (*weights, number))
    if solutions:
        (solution,) = solutions
        return Refuted({r"\beta": str(solution[-1])})
    return Holds("the equations for a scalar bias have no solution")


def _fractions(stated: Numbers) -> Outcome:
    """Compute bias and weights from the outputs at 0 and 1."""

    def output(x: int, weight: str) -> Fraction:
        return stated[weight] * (stated[INTO] * x + stated[FIRST]) + stated[SECOND]

    results = {name: output(1, weight) - output(0, weight) for name, weight in zip(WEIGHTS, OUT, strict=True)}
    results |= {name: output(0, weight) for name, weight in zip(BIASES, OUT, strict=True)}
    return _compare(results, stated)


def _solver(stated: Numbers) -> Outcome:
    """Search with z3 for an input at which the stated layer is wrong, then for a scalar bias that fits at 0 and 1."""
    given = {name: z3.RealVal(str(value)) for name, value in stated.items()}
    x, number = z3.Real("x"), z3.Real("number")
    weights = [z3.Real(f"w{row}") for row in range(len(OUT))]

    def outputs(at: Any) -> list[Any]:
        return [given[weight] * (given[INTO] * at + given[FIRST]) + given[SECOND] for weight in OUT]

    layer = [given[weight] * x + given[bias] for weight, bias in zip(WEIGHTS, BIASES, strict=True)]
    right = z3.And([left == right for left, right in zip(outputs(x), layer, strict=True)])
    outcome = prove(right, [], {"x": x})
    if not isinstance(outcome, Holds):
        return outcome
    fits = [
        weight * at + number == output
        for at in (0, 1)
        for weight, output in zip(weights, outputs(z3.RealVal(at)), strict=True)
    ]
    outcome = prove(z3.BoolVal(False), fits, {r"\beta": number})
    return Holds("no real weights with a scalar bias fit at 0 and 1") if isinstance(outcome, Holds) else outcome


def _torch(stated: Numbers) -> Outcome:
    """Compare with torch layers; the values are small integers, so float64 is exact."""
    hidden, output = torch.nn.Linear(1, 1, dtype=torch.float64), torch.nn.Linear(1, 2, dtype=torch.float64)
    with torch.no_grad():
        hidden.weight.fill_(float(stated[INTO]))
        hidden.bias.fill_(float(stated[FIRST]))
        output.weight.copy_(torch.tensor([[float(stated[weight])] for weight in OUT]))
        output.bias.fill_(float(stated[SECOND]))
    network, zero = torch.nn.Sequential(hidden, output), torch.zeros(1, dtype=torch.float64)
    gradients = torch.autograd.functional.jacobian(network, zero).flatten().tolist()  # type: ignore[no-untyped-call]
    biases = network(zero).detach().tolist()
    return _compare(dict(zip((*WEIGHTS, *BIASES), (*gradients, *biases), strict=True)), stated)
