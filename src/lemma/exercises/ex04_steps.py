"""The lines of exercise 4's calculation: a rule, the rule with numbers, the number; each line checked.

Each function takes the numbers known so far and those it explains, by their LaTeX names.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy

from lemma.exercises.claim import Step
from lemma.exercises.ex04_machines import EDGES, HIDDEN, INPUTS, OUTPUT, Numbers, phi, weight
from lemma.exercises.exact import show
from lemma.exercises.notation import latex, unevaluated, with_numbers

ETA = r"\eta"


def primed(name: str) -> str:
    """Return the name of a value after one step."""
    head, under, tail = name.partition("_")
    return f"{head}'{under}{tail}"


def at(name: str, n: int) -> str:
    """Return the name of a value after n steps."""
    return f"{name}^{{({n})}}"


def forward(known: Numbers, answers: Numbers) -> tuple[Step, ...]:
    """Explain the net inputs and outputs."""
    known, sides = {**known, **answers}, (*(answers[_o(i)] for i in INPUTS), phi(known["x_{1}"]), phi(known["x_{2}"]))
    steps = [Step(r"Neurons 1 and 2 pass $\varphi(1)$ on.", r"o_{1} = o_{2} = \varphi(1) = 1", sides)]
    for j in (*HIDDEN, OUTPUT):
        net, out = f"s_{{{j}}}", "y" if j == OUTPUT else _o(j)
        side = "is below 0" if known[net] < 0 else "is not below 0"
        text = f"Neuron {j}: the weighted sum {side}, so ${out} = {show(known[out])}$."
        steps.append(_line(text, net, _net(j), known))
    return tuple(steps)


def deltas(known: Numbers, answers: Numbers) -> tuple[Step, ...]:
    """Explain the deltas, from the output back."""
    known = {**known, **answers}
    missing = _sum(("t",), (-1, "y"))
    steps = [_line("At the output, delta is what is missing to the target.", _d(OUTPUT), missing, known)]
    for i in (*reversed(HIDDEN), *reversed(INPUTS)):
        feeds = [j for start, j in EDGES if start == i]
        *first, last = map(str, feeds)
        text = (
            f"Neuron {i} feeds neurons {', '.join(first)} and {last}." if first else f"Neuron {i} feeds neuron {last}."
        )
        steps.append(_line(text, _d(i), _sum(*((weight(i, j), _d(j)) for j in feeds)), known))
    return tuple(steps)


def update(known: Numbers, answers: Numbers) -> tuple[Step, ...]:
    """Explain the new weights."""
    known = {**known, **answers}
    texts = {
        (1, 3): "Each weight moves by the step size times what passes through it times the delta it leads to.",
        (3, 6): "The weights into the output neuron carry the outputs of the hidden neurons.",
    }
    return tuple(
        _line(texts.get((i, j), ""), primed(weight(i, j)), _sum((weight(i, j),), (ETA, _o(i), _d(j))), known)
        for i, j in EDGES
    )


def after(known: Numbers, answers: Numbers) -> tuple[Step, ...]:
    """Explain the net inputs after the step, and how far the last one moved."""
    hidden = {primed(_o(j)): phi(answers[primed(f"s_{{{j}}}")]) for j in HIDDEN}
    move = "s'_{6} - s_{6}"
    known = {**known, **hidden, **answers, move: answers["s'_{6}"] - known["s_{6}"]}
    steps = []
    for j in (*HIDDEN, OUTPUT):
        net, out = primed(f"s_{{{j}}}"), primed("y" if j == OUTPUT else _o(j))
        text = f"Neuron {j} with the new weights: still ${out} = {show(known[out])}$."
        steps.append(_line(text, net, _net(j, primed), known))
    with unevaluated():
        squares = sympy.Add(*(sympy.Symbol(_o(j)) ** 2 for j in HIDDEN))
        change = sympy.Mul(sympy.Symbol(ETA), sympy.Symbol(_d(OUTPUT)), squares)
    text = (
        "No hidden neuron has changed its output, so the net input of the output neuron moves by these outputs "
        "squared. To flip the output it would have to fall by more than 2."
    )
    return (*steps, _line(text, move, change, known))


def until_flip(known: Numbers, answers: Numbers) -> tuple[Step, ...]:
    """Explain why it takes three steps, and not the four that the first one suggests."""
    known = {**known, **answers}
    fall = [known[at("s_{6}", n + 1)] - known[at("s_{6}", n)] for n in range(2)]
    text = (
        "While no hidden neuron changes its output, each step lowers $s_6$ by the same amount; at this pace it would "
        "pass 0 with the fourth step."
    )
    pace = rf"s_{{6}}^{{(n+1)}} - s_{{6}}^{{(n)}} = {show(fall[0])} \quad \text{{for }} n = 0, 1"
    steps = [Step(text, pace, tuple(fall))]
    texts = (
        r"But neuron 5 changes sooner. Each step moves its net input by $\eta \delta_5 (o_1^2 + o_2^2)$, where "
        r"$\delta_5 = w_{5,6} \delta_6$ is $-4$ at first.",
        "With each step $w_{5,6}$ falls by $0.2$, so $\\delta_5$ is $-3.6$ in the second step and $-3.2$ in the third.",
        "The third step takes the net input of neuron 5 below 0, and its output to $-1$.",
    )
    outs = {j: phi(known[at(f"s_{{{j}}}", 0)]) for j in HIDDEN}
    for n, text in enumerate(texts):
        delta, out, net = at(_d(5), n), _weights(known, outs, n), at("s_{5}", n)
        known[delta] = out[weight(5, OUTPUT)] * -2
        steps.append(_line(text, at("s_{5}", n + 1), _sum((net,), (2, ETA, delta)), known))
    last = _weights(known, outs, 3) | {_o(j): phi(known[at(f"s_{{{j}}}", 3)]) for j in HIDDEN}
    known |= {at(name, 3): value for name, value in last.items()}
    text = (
        "This turns the largest term around: the output is $-1$, as the target wants. Now $\\delta_6 = t - y = 0$, and "
        "further steps change nothing."
    )
    rule = _net(OUTPUT, lambda name: at(name, 3))
    return (*steps, _line(text, at("s_{6}", 3), rule, known))


def _weights(known: Numbers, outs: dict[int, Fraction], n: int) -> dict[str, Fraction]:
    """Return the weights into the output neuron after n steps in which the hidden outputs were `outs`, delta_6 = -2."""
    return {weight(j, OUTPUT): known[weight(j, OUTPUT)] + n * known[ETA] * outs[j] * -2 for j in HIDDEN}


def _line(text: str, name: str, rule: Any, known: Numbers) -> Step:
    """Return the step `name = rule = rule with numbers = number`."""
    numbers = {symbol: known[symbol.name] for symbol in rule.free_symbols}
    computed = rule.subs({symbol: sympy.Rational(value) for symbol, value in numbers.items()}).doit()
    formula = f"{name} = {latex(rule)} = {with_numbers(rule, numbers)} = {show(known[name])}"
    return Step(text, formula, (computed, sympy.Rational(known[name])))


def _sum(*terms: tuple[str | int, ...]) -> Any:
    """Return a sum of products of names and numbers, as written."""
    with unevaluated():
        products = [
            [sympy.Symbol(one) if isinstance(one, str) else sympy.Integer(one) for one in term] for term in terms
        ]
        return sympy.Add(*(sympy.Mul(*product) if len(product) > 1 else product[0] for product in products))


def _net(j: int, mark: Callable[[str], str] = str) -> Any:
    """Return the rule for the net input of neuron j; `mark` renames what a step may change."""
    return _sum(*((mark(weight(i, to)), mark(_o(i)) if i in HIDDEN else _o(i)) for i, to in EDGES if to == j))


def _o(j: int) -> str:
    return f"o_{{{j}}}"


def _d(j: int) -> str:
    return rf"\delta_{{{j}}}"
