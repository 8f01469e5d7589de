"""Exercise 2 (ii), the run: the perceptron rule on the picture's distances, mistake by mistake in exact numbers."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import sympy
import torch

from lemma.exercises.claim import REASON, Claim, Holds, Kind, Method, Outcome, Refuted, Step
from lemma.exercises.ex02_perceptron import dot, train
from lemma.exercises.ex02_picture import INNER, OUTER, RADIUS
from lemma.exercises.exact import parse_number, show
from lemma.exercises.mutants import mutate_numbers
from lemma.exercises.shown import accept_proofs, compare_exactly

Numbers = Mapping[str, Fraction]
NAMES = [*(f"a_{{{n}}}" for n in range(1, len(INNER) + 1)), *(f"b_{{{n}}}" for n in range(1, len(OUTER) + 1))]
INSTANCES = tuple((Fraction(1), distance) for distance in (*INNER, *OUTER))  # (1, d): for the bias, and the distance
TARGETS = (1,) * len(INNER) + (-1,) * len(OUTER)
U = (RADIUS, Fraction(-1))  # weights that separate: the radius as threshold
COURSE = (  # the weights (w_0, w_1) after each mistake
    "-1 -1.3", "0 -0.8", "1 -0.55", "0 -1.85", "1 -1.35", "2 -0.6", "1 -1.9", "2 -1.15", "1 -2.45", "2 -1.95",
)  # fmt: skip
K, PASSES, THRESHOLD = "k", "m", r"\theta"
GAMMA, RADIUS_SQUARED, LENGTH, BOUND = r"\gamma", "R^{2}", "U", "B"
ANSWERS = {
    K: "10", PASSES: "6", THRESHOLD: "40/39", GAMMA: "0.2", RADIUS_SQUARED: "4.24", LENGTH: "2", BOUND: "212",
}  # fmt: skip
TOLERANCE = 1e-9  # of float64; the numbers are below 1000


def claims() -> tuple[Claim[Any], ...]:
    """Return the claim about the run."""
    subject = {name: parse_number(value) for name, value in ANSWERS.items()}
    for number, weights in enumerate(COURSE, 1):
        subject |= dict(zip(_weights(number), map(parse_number, weights.split())))
    last = {name: subject[weight] for name, weight in zip(("w_0", "w_1"), _weights(len(COURSE)))}
    wrong = _points_of_mistakes(subject)
    return (
        Claim(
            id="2.ii.run",
            title="The perceptron rule on the distances",
            statement=rf"k = {ANSWERS[K]} \le \frac{{R^2 U}}{{\gamma^2}} = {ANSWERS[BOUND]},\quad "
            rf"\theta = -\frac{{w_0}}{{w_1}} = \frac{{40}}{{39}}",
            subject=subject,
            equal=accept_proofs(compare_exactly),
            mutants=mutate_numbers(subject, [*subject], exchange=False),
            methods=(
                Method("the rule in fractions", Kind.NUMERIC, lambda subject: _compare(_primal, subject)),
                Method("counts of mistakes instead of weights", Kind.NUMERIC, lambda subject: _compare(_dual, subject)),
                Method("rational matrices", Kind.SYMBOLIC, lambda subject: _compare(_by_matrices, subject)),
                Method("torch.autograd in float64", Kind.AUTOGRAD, lambda subject: _compare(_by_autograd, subject)),
                Method("all instances after each mistake", Kind.EXHAUSTIVE, _each_mistake),
            ),
            steps=(
                Step(
                    "A neuron gets the input 1, for its bias, and the distance $d$; it is to accept the inner points, "
                    r"$t = 1$, and to refuse the outer ones, $t = -1$. The rule is $w \leftarrow w + \eta (t - o) x$ "
                    r"with $\eta = \frac{1}{2}$, from $w = 0$; the points come in their order, again and again.",
                    r"s = w_0 + w_1 d, \quad \varphi(s) \ne t: \quad \left(w_0, w_1\right) \leftarrow "
                    r"\left(w_0 + t, w_1 + t d\right)",
                    ("at each mistake", _each_mistake(subject)),
                ),
                Step(
                    "It makes 10 mistakes; the sixth pass has none. The threshold on the distance is then",
                    rf"\theta = -\frac{{w_0}}{{w_1}} = \frac{{{show(last['w_0'])}}}{{{show(-last['w_1'])}}} = "
                    r"\frac{40}{39} \approx 1.026",
                    (-last["w_0"] / last["w_1"], subject[THRESHOLD]),
                ),
                Step(
                    r"Novikoff's bound: $u = (1, -1)$, that is $1 - d$, separates with margin $\gamma = 0.2$, and the "
                    "longest instance has $R^2 = 1 + 1.8^2$.",
                    r"\frac{R^2 U}{\gamma^2} = \frac{4.24 \cdot 2}{0.2^2} = 212 \ge 10 = k",
                    (subject[RADIUS_SQUARED] * subject[LENGTH] / subject[GAMMA] ** 2, subject[BOUND]),
                ),
            ),
            values={name: show(value) for name, value in subject.items()}
            | {f"x^{{({number})}}": name for number, name in enumerate(wrong, 1)},
        ),
    )


def _weights(number: int) -> tuple[str, str]:
    """Return the names of the weights after a number of mistakes."""
    return f"w_{{0}}^{{({number})}}", f"w_{{1}}^{{({number})}}"


def _points_of_mistakes(subject: Numbers) -> list[str]:
    """Return the name of the point of each mistake."""
    course = [
        (Fraction(0), Fraction(0)),
        *(tuple(subject[name] for name in _weights(n + 1)) for n in range(len(COURSE))),
    ]
    changes = [(after[0] - before[0], after[1] - before[1]) for before, after in zip(course, course[1:])]
    corrections = {(Fraction(target), target * d): name for name, (_, d), target in zip(NAMES, INSTANCES, TARGETS)}
    return [corrections.get(change, "?") for change in changes]


def _named(course: Any, passes: int) -> dict[str, Any]:
    """Name what a machine found; `course` are the weights after each mistake."""
    named = {K: len(course), PASSES: passes, THRESHOLD: -course[-1][0] / course[-1][1]}
    for number, weights in enumerate(course, 1):
        named |= dict(zip(_weights(number), weights))
    return named


@cache
def _primal() -> dict[str, Any]:
    """Apply the rule, and measure the instances."""
    course = train(INSTANCES, TARGETS)
    gamma = min(target * dot(U, instance) for instance, target in zip(INSTANCES, TARGETS))
    longest = max(dot(instance, instance) for instance in INSTANCES)
    measured = {GAMMA: gamma, RADIUS_SQUARED: longest, LENGTH: dot(U, U), BOUND: longest * dot(U, U) / gamma**2}
    return _named(course.weights[1:], course.passes) | measured


def _repeat(wrong: Callable[[int], bool], correct: Callable[[int], None]) -> int:
    """Correct each instance that is wrong, pass after pass; return the number of passes."""
    for passes in range(1, 100):
        clean = True
        for place in range(len(INSTANCES)):
            if wrong(place):
                correct(place)
                clean = False
        if clean:
            return passes
    return -1


@cache
def _dual() -> dict[str, Any]:
    """Count mistakes: the net input is a sum over earlier mistakes of products between instances."""
    counts, course = [Fraction(0)] * len(INSTANCES), []

    def wrong(place: int) -> bool:
        net = sum(
            count * target * dot(instance, INSTANCES[place])
            for count, target, instance in zip(counts, TARGETS, INSTANCES)
        )
        return (net >= 0) != (TARGETS[place] == 1)

    def correct(place: int) -> None:
        counts[place] += 1
        parts = [(count * target, d) for count, target, (_, d) in zip(counts, TARGETS, INSTANCES)]
        course.append((sum(part for part, _ in parts), sum(part * d for part, d in parts)))

    passes = _repeat(wrong, correct)
    return _named(course, passes)


@cache
def _by_matrices() -> dict[str, Any]:
    """Multiply SymPy's matrices."""
    rows = sympy.Matrix([[sympy.Rational(value) for value in instance] for instance in INSTANCES])
    state, course = {"w": sympy.zeros(2, 1)}, []

    def wrong(place: int) -> bool:
        return bool((rows.row(place) * state["w"])[0] >= 0) != (TARGETS[place] == 1)

    def correct(place: int) -> None:
        state["w"] += TARGETS[place] * rows.row(place).T
        course.append(tuple(Fraction(str(value)) for value in state["w"]))

    passes = _repeat(wrong, correct)
    separator = sympy.Matrix([sympy.Rational(value) for value in U])
    gamma = min(sympy.diag(*TARGETS) * rows * separator)
    longest = max((rows * rows.T).diagonal())
    length = separator.dot(separator)
    measured = {GAMMA: gamma, RADIUS_SQUARED: longest, LENGTH: length, BOUND: longest * length / gamma**2}
    return _named(course, passes) | {name: Fraction(str(value)) for name, value in measured.items()}


@cache
def _by_autograd() -> dict[str, Any]:
    """Descend -t s, which is what a mistake costs, with torch's gradients and step size 1."""
    inputs = torch.tensor([[float(value) for value in instance] for instance in INSTANCES], dtype=torch.float64)
    weights, course = torch.zeros(2, dtype=torch.float64, requires_grad=True), []

    def wrong(place: int) -> bool:
        return bool(inputs[place] @ weights >= -TOLERANCE) != (TARGETS[place] == 1)

    def correct(place: int) -> None:
        (gradient,) = torch.autograd.grad(-TARGETS[place] * (inputs[place] @ weights), weights)
        with torch.no_grad():
            weights.sub_(gradient)
        course.append(tuple(weights.tolist()))

    passes = _repeat(wrong, correct)
    return _named(course, passes)


def _compare(machine: Callable[[], dict[str, Any]], subject: Numbers) -> Outcome:
    computed = machine()
    wrong = {}
    for name, value in computed.items():
        if abs(value - subject[name]) > (TOLERANCE if isinstance(value, float) else 0):
            wrong[name] = f"{_written(value)} (stated {show(subject[name])})"
    return Refuted(wrong) if wrong else Holds(f"{len(computed)} numbers")


def _written(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else show(value)


def _each_mistake(subject: Numbers) -> Outcome:
    """Check that each change corrects a mistake, that none is left, and both inequalities behind the bound."""
    weights = (Fraction(0), Fraction(0))
    for number, name in enumerate(_points_of_mistakes(subject), 1):
        after = tuple(subject[weight] for weight in _weights(number))
        if name == "?":
            return Refuted({REASON: "this changes the weights by no instance", "k": str(number)})
        place = NAMES.index(name)
        if (dot(weights, INSTANCES[place]) >= 0) == (TARGETS[place] == 1):
            return Refuted({REASON: f"${name}$ is no mistake", "k": str(number)})
        if dot(after, U) < number * subject[GAMMA] or dot(after, after) > number * subject[RADIUS_SQUARED]:
            values = {"$w u$": dot(after, U), r"$\lvert w \rvert^2$": dot(after, after), "k": Fraction(number)}
            return Refuted({key: show(value) for key, value in values.items()})
        weights = (after[0], after[1])
    for name, instance, target in zip(NAMES, INSTANCES, TARGETS):
        if (dot(weights, instance) >= 0) != (target == 1):
            return Refuted({REASON: f"${name}$ is still a mistake"})
    return Holds(f"{len(COURSE)} mistakes, none left, each within both inequalities of the bound")
