"""Exercise 5, erratum: the bias of the one layer is a vector, even where every layer's bias is one number.

Two outputs share a neuron that has a bias, and weigh it differently: that bias reaches them in different strength.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy
import torch
import z3
from sympy import Sum, Symbol

from lemma.exercises.claim import Claim, Holds, Kind, Method, Mutant, Outcome, Refuted, Step
from lemma.exercises.ex05_layers import NEXT, W, j, k, m, p
from lemma.exercises.exact import parse_number, show
from lemma.exercises.indexed import Space, index
from lemma.exercises.mutants import mutate_numbers
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.solver import prove

Numbers = Mapping[str, Fraction]
FIRST, SECOND = r"\beta_{1}", r"\beta_{2}"  # the layers' biases, one number each
INTO, OUT = "W^{(1)}_{1,1}", ("W^{(2)}_{1,1}", "W^{(2)}_{2,1}")
WEIGHTS, BIASES = ("W_{1,1}", "W_{2,1}"), ("b_{1}", "b_{2}")  # of the one layer
NETWORK = {INTO: "1", FIRST: "1", OUT[0]: "1", OUT[1]: "2", SECOND: "0"}
ANSWERS = {WEIGHTS[0]: "1", WEIGHTS[1]: "2", BIASES[0]: "1", BIASES[1]: "2"}


def claim() -> Claim[Any]:
    """State that a network with scalar biases needs a vector as the bias of its one layer."""
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
        title="The bias is a vector: one number for all neurons would not do",
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
                r"The sheet writes $b$ as if it were a number. Suppose that in two layers it is: $\beta_1$ for all "
                r"neurons of the first, $\beta_2$ for all of the second. Entry $j$ of the collapsed bias is then",
                rf"b_{{j}} = {latex(spread)} = {latex(rows)}",
                (spread, rows),
            ),
            Step(
                r"Two entries differ unless $\beta_1 = 0$ or their rows of $W$ have the same sum.",
                rf"b_{{j}} - b_{{l}} = {latex(apart)}",
                (rows - rows.subs(j, other), apart),
            ),
            Step(
                r"One input, one hidden neuron with the weight 1 and the bias 1, and two outputs with the weights 1 "
                r"and 2 and no bias are enough:",
                r"b_{1} = 1 \cdot 1 + 0 = 1, \qquad b_{2} = 1 \cdot 2 + 0 = 2",
                ((Fraction(1), Fraction(2)), _biases(subject)),
            ),
            Step(
                "At $x = 0$ the outputs are 1 and 2. Whatever $W$ is, one number for both would make them equal there.",
                r"o(0) = \begin{pmatrix} 1 \\ 2 \end{pmatrix}",
                ((subject[BIASES[0]], subject[BIASES[1]]), _biases(subject)),
            ),
        ),
        methods=(
            Method("linear equations", Kind.SYMBOLIC, _equations),
            Method("two inputs in fractions", Kind.NUMERIC, _fractions),
            Method("z3 over the reals", Kind.SOLVER, _solver),
            Method("torch's Sequential and its Jacobian", Kind.AUTOGRAD, _torch),
        ),
        values={name: show(value) for name, value in subject.items()},
    )


def _biases(given: Numbers) -> tuple[Fraction, ...]:
    return tuple(given[FIRST] * given[weight] + given[SECOND] for weight in OUT)


def _enough(subject: Numbers) -> tuple[Mutant[Numbers], ...]:
    """Return networks for which one number is enough: their answers are right, and the statement is not."""
    return (
        Mutant(
            "both outputs weigh the neuron alike",
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
    """Return what is found otherwise than stated."""
    return {
        name: f"{show(Fraction(value))} (stated {show(stated[name])})"
        for name, value in computed.items()
        if Fraction(value) != stated[name]
    }


def _judge(computed: Mapping[str, Any], stated: Numbers) -> Outcome:
    """Compare the one layer with what is stated, and look whether one number would do as its bias."""
    wrong = _wrong(computed, stated)
    if wrong:
        return Refuted(wrong)
    first, second = (Fraction(computed[name]) for name in BIASES)
    return Refuted({r"\beta": show(first)}) if first == second else Holds(f"{show(first)} and {show(second)} differ")


def _equations(stated: Numbers) -> Outcome:
    """Compare coefficients in x, then solve for the weights and one number."""
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
    return Holds("no weights and no number solve them")


def _fractions(stated: Numbers) -> Outcome:
    """Look at the outputs for 0 and 1: there one sees the bias and the weights."""

    def output(x: int, weight: str) -> Fraction:
        return stated[weight] * (stated[INTO] * x + stated[FIRST]) + stated[SECOND]

    results = {name: output(1, weight) - output(0, weight) for name, weight in zip(WEIGHTS, OUT, strict=True)}
    results |= {name: output(0, weight) for name, weight in zip(BIASES, OUT, strict=True)}
    return _judge(results, stated)


def _solver(stated: Numbers) -> Outcome:
    """Ask for an input at which the stated layer is wrong, then for weights and one number that do at 0 and 1."""
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
    return Holds("no real weights and no real number fit at 0 and 1") if isinstance(outcome, Holds) else outcome


def _torch(stated: Numbers) -> Outcome:
    """Build the network of torch's layers; its numbers are small integers, so float64 is exact."""
    hidden, output = torch.nn.Linear(1, 1, dtype=torch.float64), torch.nn.Linear(1, 2, dtype=torch.float64)
    with torch.no_grad():
        hidden.weight.fill_(float(stated[INTO]))
        hidden.bias.fill_(float(stated[FIRST]))
        output.weight.copy_(torch.tensor([[float(stated[weight])] for weight in OUT]))
        output.bias.fill_(float(stated[SECOND]))
    network, zero = torch.nn.Sequential(hidden, output), torch.zeros(1, dtype=torch.float64)
    slopes = torch.autograd.functional.jacobian(network, zero).flatten().tolist()  # type: ignore[no-untyped-call]
    biases = network(zero).detach().tolist()
    return _judge(dict(zip((*WEIGHTS, *BIASES), (*slopes, *biases), strict=True)), stated)
