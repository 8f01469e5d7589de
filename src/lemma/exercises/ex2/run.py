"""Exercise 2 (ii): a run of the perceptron rule on the distances of the figure, mistake by mistake, in fractions."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import sympy
import torch

from lemma.exercises.claim import REASON, Claim, Holds, Kind, Method, Outcome, Refuted, Step
from lemma.exercises.ex2.perceptron import dot, train
from lemma.exercises.ex2.picture import INNER, OUTER, RADIUS
from lemma.exercises.exact import parse_number, show
from lemma.exercises.mutants import mutate_numbers
from lemma.exercises.shown import accept_proofs, compare_exactly

Numbers = Mapping[str, Fraction]
NAMES = [*(f"a_{{{n}}}" for n in range(1, len(INNER) + 1)), *(f"b_{{{n}}}" for n in range(1, len(OUTER) + 1))]
INSTANCES = tuple((Fraction(1), distance) for distance in (*INNER, *OUTER))  # (1, d): constant input and distance
TARGETS = (1,) * len(INNER) + (-1,) * len(OUTER)
U = (RADIUS, Fraction(-1))  # separating weights: the radius as threshold
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
            title="A run of the perceptron rule on the distances",
            statement=rf"k = {ANSWERS[K]} \le \frac{{R^2 U}}{{\gamma^2}} = {ANSWERS[BOUND]},\quad "
            rf"\theta = -\frac{{w_0}}{{w_1}} = \frac{{40}}{{39}}",
            subject=subject,
            equal=accept_proofs(compare_exactly),
            mutants=mutate_numbers(subject, [*subject], exchange=False),
            methods=(
                Method("perceptron rule in fractions", Kind.NUMERIC, lambda subject: _compare(_primal, subject)),
                Method("dual form with mistake counts", Kind.NUMERIC, lambda subject: _compare(_dual, subject)),
                Method("rational matrices", Kind.SYMBOLIC, lambda subject: _compare(_by_matrices, subject)),
                Method("torch.autograd in float64", Kind.AUTOGRAD, lambda subject: _compare(_by_autograd, subject)),
                Method("all instances after each mistake", Kind.EXHAUSTIVE, _each_mistake),
            ),
            steps=(
                Step(
                    "The inputs of the neuron are the constant 1, for the bias, and the distance $d$. Inner points "
                    r"have the target $t = 1$, outer points $t = -1$. The rule is $w \leftarrow w + \eta (t - o) x$ "
                    r"with $\eta = \frac{1}{2}$ and initial weights $w = 0$; the points are presented cyclically.",
                    r"s = w_0 + w_1 d, \quad \varphi(s) \ne t: \quad \left(w_0, w_1\right) \leftarrow "
                    r"\left(w_0 + t, w_1 + t d\right)",
                    ("at each mistake", _each_mistake(subject)),
                ),
                Step(
                    "There are 10 mistakes, and none in the sixth epoch. The resulting threshold on the distance is",
                    rf"\theta = -\frac{{w_0}}{{w_1}} = \frac{{{show(last['w_0'])}}}{{{show(-last['w_1'])}}} = "
                    r"\frac{40}{39} \approx 1.026",
                    (-last["w_0"] / last["w_1"], subject[THRESHOLD]),
                ),
                Step(
                    r"Novikoff's bound: $u = (1, -1)$, with the net input $1 - d$, separates with margin $\gamma = "
                    "0.2$, and the largest squared norm of an instance is $R^2 = 1 + 1.8^2$.",
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
    """Return the name of the misclassified point of each mistake."""
    course = [
        (Fraction(0), Fraction(0)),
        *(tuple(subject[name] for name in _weights(n + 1)) for n in range(len(COURSE))),
    ]
    changes = [(after[0] - before[0], after[1] - before[1]) for before, after in zip(course, course[1:])]
    corrections = {(Fraction(target), target * d): name for name, (_, d), target in zip(NAMES, INSTANCES, TARGETS)}
    return [corrections.get(change, "?") for change in changes]


def _named(course: Any, passes: int) -> dict[str, Any]:
    """Return the values of a run by name; `course` contains the weights after each mistake."""
    named = {K: len(course), PASSES: passes, THRESHOLD: -course[-1][0] / course[-1][1]}
    for number, weights in enumerate(course, 1):
        named |= dict(zip(_weights(number), weights))
    return named


@cache
def _primal() -> dict[str, Any]:
    """Apply the perceptron rule, and compute margin and norms."""
    course = train(INSTANCES, TARGETS)
    gamma = min(target * dot(U, instance) for instance, target in zip(INSTANCES, TARGETS))
    longest = max(dot(instance, instance) for instance in INSTANCES)
    measured = {GAMMA: gamma, RADIUS_SQUARED: longest, LENGTH: dot(U, U), BOUND: longest * dot(U, U) / gamma**2}
    return _named(course.weights[1:], course.passes) | measured


def _repeat(wrong: Callable[[int], bool], correct: Callable[[int], None]) -> int:
    """Correct each misclassified instance in each epoch, and return the number of epochs."""
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
    """Apply the dual form: the net input is a sum of inner products with the instances of earlier mistakes."""
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
    """Apply the rule with SymPy matrices."""
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
    """Minimise the perceptron loss -t s by gradient descent with torch.autograd and learning rate 1."""
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
    """Check that each update follows a mistake, that no mistake remains, and both inequalities of the bound."""
    weights = (Fraction(0), Fraction(0))
    for number, name in enumerate(_points_of_mistakes(subject), 1):
        after = tuple(subject[weight] for weight in _weights(number))
        if name == "?":
            return Refuted({REASON: "the update corresponds to no instance", "k": str(number)})
        place = NAMES.index(name)
        if (dot(weights, INSTANCES[place]) >= 0) == (TARGETS[place] == 1):
            return Refuted({REASON: f"${name}$ is classified correctly", "k": str(number)})
        if dot(after, U) < number * subject[GAMMA] or dot(after, after) > number * subject[RADIUS_SQUARED]:
            values = {"$w u$": dot(after, U), r"$\lvert w \rvert^2$": dot(after, after), "k": Fraction(number)}
            return Refuted({key: show(value) for key, value in values.items()})
        weights = (after[0], after[1])
    for name, instance, target in zip(NAMES, INSTANCES, TARGETS):
        if (dot(weights, instance) >= 0) != (target == 1):
            return Refuted({REASON: f"${name}$ is still misclassified"})
    return Holds(f"{len(COURSE)} mistakes, none remaining, both inequalities of the bound hold")
