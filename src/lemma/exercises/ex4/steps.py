"""The derivation of exercise 4: each step gives the rule, the rule with numbers, and its value, and is checked.

Each function takes the known values and the values to explain, by LaTeX name.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy

from lemma.exercises.claim import Step
from lemma.exercises.ex4.machines import EDGES, HIDDEN, INPUTS, OUTPUT, Numbers, phi, weight
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
    steps = [Step(r"Neurons 1 and 2 output $\varphi(1)$.", r"o_{1} = o_{2} = \varphi(1) = 1", sides)]
    for j in (*HIDDEN, OUTPUT):
        net, out = f"s_{{{j}}}", "y" if j == OUTPUT else _o(j)
        sign = "negative" if known[net] < 0 else "non-negative"
        text = f"Neuron {j}: the net input is {sign}, so ${out} = {show(known[out])}$."
        steps.append(_line(text, net, _net(j), known))
    return tuple(steps)


def deltas(known: Numbers, answers: Numbers) -> tuple[Step, ...]:
    """Explain the deltas, from the output to the inputs."""
    known = {**known, **answers}
    missing = _sum(("t",), (-1, "y"))
    steps = [_line("At the output, $\\delta$ is the difference between target and output.", _d(OUTPUT), missing, known)]
    for i in (*reversed(HIDDEN), *reversed(INPUTS)):
        feeds = [j for start, j in EDGES if start == i]
        *first, last = map(str, feeds)
        text = (
            f"Downstream of neuron {i} are neurons {', '.join(first)} and {last}."
            if first
            else f"Downstream of neuron {i} is neuron {last}."
        )
        steps.append(_line(text, _d(i), _sum(*((weight(i, j), _d(j)) for j in feeds)), known))
    return tuple(steps)


def update(known: Numbers, answers: Numbers) -> tuple[Step, ...]:
    """Explain the updated weights."""
    known = {**known, **answers}
    texts = {
        (1, 3): "Each weight changes by the learning rate times its input times the delta of its target neuron.",
        (3, 6): "The inputs of the weights of the output neuron are the outputs of the hidden neurons.",
    }
    return tuple(
        _line(texts.get((i, j), ""), primed(weight(i, j)), _sum((weight(i, j),), (ETA, _o(i), _d(j))), known)
        for i, j in EDGES
    )


def after(known: Numbers, answers: Numbers) -> tuple[Step, ...]:
    """Explain the net inputs after the step, and the change of the last one."""
    hidden = {primed(_o(j)): phi(answers[primed(f"s_{{{j}}}")]) for j in HIDDEN}
    move = "s'_{6} - s_{6}"
    known = {**known, **hidden, **answers, move: answers["s'_{6}"] - known["s_{6}"]}
    steps = []
    for j in (*HIDDEN, OUTPUT):
        net, out = primed(f"s_{{{j}}}"), primed("y" if j == OUTPUT else _o(j))
        text = f"Neuron {j} with the updated weights: still ${out} = {show(known[out])}$."
        steps.append(_line(text, net, _net(j, primed), known))
    with unevaluated():
        squares = sympy.Add(*(sympy.Symbol(_o(j)) ** 2 for j in HIDDEN))
        change = sympy.Mul(sympy.Symbol(ETA), sympy.Symbol(_d(OUTPUT)), squares)
    text = (
        "No hidden neuron has changed its output, so the change of the net input of the output neuron is proportional "
        "to the sum of their squared outputs. For a change of the output it would have to decrease by more than 2."
    )
    return (*steps, _line(text, move, change, known))


def until_flip(known: Numbers, answers: Numbers) -> tuple[Step, ...]:
    """Explain why three steps are sufficient, not four as the first step suggests."""
    known = {**known, **answers}
    fall = [known[at("s_{6}", n + 1)] - known[at("s_{6}", n)] for n in range(2)]
    text = (
        "As long as no hidden neuron changes its output, each step decreases $s_6$ by the same amount; at this rate it "
        "would become negative in the fourth step."
    )
    pace = rf"s_{{6}}^{{(n+1)}} - s_{{6}}^{{(n)}} = {show(fall[0])} \quad \text{{for }} n = 0, 1"
    steps = [Step(text, pace, tuple(fall))]
    texts = (
        r"But neuron 5 changes earlier. Each step changes its net input by $\eta \delta_5 (o_1^2 + o_2^2)$, where "
        r"$\delta_5 = w_{5,6} \delta_6$ is $-4$ in the first step.",
        "Each step decreases $w_{5,6}$ by $0.2$, so $\\delta_5$ is $-3.6$ in the second step and $-3.2$ in the third.",
        "After the third step the net input of neuron 5 is negative, and its output is $-1$.",
    )
    outs = {j: phi(known[at(f"s_{{{j}}}", 0)]) for j in HIDDEN}
    for n, text in enumerate(texts):
        delta, out, net = at(_d(5), n), _weights(known, outs, n), at("s_{5}", n)
        known[delta] = out[weight(5, OUTPUT)] * -2
        steps.append(_line(text, at("s_{5}", n + 1), _sum((net,), (2, ETA, delta)), known))
    last = _weights(known, outs, 3) | {_o(j): phi(known[at(f"s_{{{j}}}", 3)]) for j in HIDDEN}
    known |= {at(name, 3): value for name, value in last.items()}
    text = (
        "This reverses the sign of the largest term: the output is $-1$ and equals the target. Then $\\delta_6 = t - y "
        "= 0$, and further steps change nothing."
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
    """Return an unevaluated sum of products of names and numbers."""
    with unevaluated():
        products = [
            [sympy.Symbol(one) if isinstance(one, str) else sympy.Integer(one) for one in term] for term in terms
        ]
        return sympy.Add(*(sympy.Mul(*product) if len(product) > 1 else product[0] for product in products))


def _net(j: int, mark: Callable[[str], str] = str) -> Any:
    """Return the rule for the net input of neuron j; `mark` renames the values that a step may change."""
    return _sum(*((mark(weight(i, to)), mark(_o(i)) if i in HIDDEN else _o(i)) for i, to in EDGES if to == j))


def _o(j: int) -> str:
    return f"o_{{{j}}}"


def _d(j: int) -> str:
    return rf"\delta_{{{j}}}"
