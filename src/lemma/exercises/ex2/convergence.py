"""Beyond exercise 2 (ii): the number of mistakes of the perceptron rule is bounded (Novikoff, 1962).

The statement is an inequality. It is refuted by runs on perpendicular instances of equal norm, which reach the bound.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import sympy
import z3
from sympy import IndexedBase, Sum, Symbol

from lemma.exercises.algebra.notation import latex
from lemma.exercises.algebra.numbers import show
from lemma.exercises.algebra.symbols import k, n, w, x
from lemma.exercises.outcome import Holds, Outcome, Refuted, Scope, compare_exactly, first_failure
from lemma.exercises.proof.claim import Claim, Method, Mutant, Step
from lemma.exercises.proof.recheck import evaluate_printed
from lemma.exercises.proof.solver import prove
from lemma.exercises.proof.space import Space

Vector = Sequence[Fraction]
u, t = IndexedBase("u"), Symbol("t", real=True)  # separating weights, target
NAMES = ("M", r"\gamma", "R", "U")  # mistakes, margin, largest norm of an instance, squared norm of u
VARIABLES = mistakes, gamma, radius, squared = tuple(Symbol(name, positive=True) for name in NAMES)
BOUND = radius**2 * squared / gamma**2
FACTORS = (Fraction(1, 2), 1 / radius, radius, 1 / radius**2, 1 / squared, squared, 1 / gamma, gamma, gamma**2)
SIZES = (Fraction(1, 2), Fraction(1), Fraction(3))  # margins and norms of perpendicular instances


def mistake_bound() -> Claim[Any]:
    """State that the perceptron rule makes at most R^2 |u|^2 / gamma^2 mistakes, in any dimension."""
    wrong = [sympy.sympify(factor) * BOUND for factor in FACTORS]
    return Claim(
        id="2.ii.bound",
        title="The number of mistakes of the perceptron rule",
        statement=rf"{_state(BOUND)},\quad U = \lvert u \rvert^2",
        subject=BOUND,
        formula=_state(BOUND),
        equal=compare_exactly,
        recheck=recheck_run,
        mutants=tuple(Mutant(f"the bound ${latex(bound)}$", bound, _state(bound)) for bound in wrong),
        methods=(
            Method("z3, from the inequalities of the derivation", "z3", _prove_bound),
            Method("runs in fractions", "python", _compare_with_runs),
        ),
        steps=_steps(),
    )


def _state(bound: Any) -> str:
    return rf"M \le {latex(bound)}"


def _steps() -> tuple[Step, ...]:
    """Return the derivation, whose sums have any number of terms."""
    norm_u, along = sympy.symbols("U P", real=True)
    space = Space({u: (n,), w: (n,), x: (n,)}, {}, (t, norm_u, along))
    wu, xu, ww, wx, xx, uu = (
        Sum(first[k] * second[k], (k, 1, n)) for first, second in ((w, u), (x, u), (w, w), (w, x), (x, x), (u, u))
    )
    moved = [Sum(term, (k, 1, n)) for term in ((w[k] + t * x[k]) * u[k], (w[k] + t * x[k]) ** 2)]
    apart = Sum((norm_u * w[k] - along * u[k]) ** 2, (k, 1, n))
    count, margin, reach, own = z3.Reals(" ".join(NAMES))
    total, length, share, change, net, target = z3.Reals("w.u |w|^2 share change s t")
    output = z3.If(net >= 0, z3.RealVal(1), z3.RealVal(-1))
    grown, bounded = total >= count * margin, length <= count * reach**2
    ends = [margin > 0, reach > 0, own > 0, count >= 0, grown, bounded, total**2 <= length * own]
    return (
        Step(
            r"Let $u$ be weights with $t\, x \cdot u \ge \gamma > 0$ for every instance $x$ with target $t = \pm 1$; "
            r"the bias is the weight of a constant input. The rule starts with $w = 0$. A mistake on $x$ changes $w$ "
            r"to $w + t x$, which adds at least $\gamma$ to $w \cdot u$.",
            r"(w + t x) \cdot u = w \cdot u + t\, x \cdot u \implies w \cdot u \ge M \gamma",
            proof=first_failure(
                space.equal(moved[0], wu + t * xu),
                prove(total + share >= (count + 1) * margin, [grown, share >= margin], {}),
            ),
        ),
        Step(
            r"A mistake means that $s = w \cdot x$ has the wrong sign, so that $t s \le 0$. With $\lvert x \rvert \le "
            r"R$, it adds at most $R^2$ to the squared norm of $w$.",
            r"\lvert w + t x \rvert^2 = \lvert w \rvert^2 + 2 t s + t^2 \lvert x \rvert^2 \implies \lvert w "
            r"\rvert^2 \le M R^2",
            proof=first_failure(
                space.equal(moved[1], ww + 2 * t * wx + t**2 * xx),
                prove(target * net <= 0, [z3.Or(target == 1, target == -1), output != target], {}),
                prove(
                    length + 2 * share + change <= (count + 1) * reach**2,
                    [bounded, share <= 0, change <= reach**2],
                    {},
                ),
            ),
        ),
        Step(
            r"With $P = w \cdot u$, a sum of squares, which is not negative, shows the Cauchy-Schwarz inequality "
            r"$P^2 \le \lvert w \rvert^2 U$.",
            r"0 \le \sum_{k=1}^{n} \left(U w_k - P u_k\right)^2 = U^2 \lvert w \rvert^2 - 2 U P^2 + P^2 U = U \left(U "
            r"\lvert w \rvert^2 - P^2\right)",
            proof=first_failure(
                space.equal(apart, norm_u**2 * ww - 2 * norm_u * along * wu + along**2 * uu),
                prove(total**2 <= length * own, [own > 0, own * (own * length - total**2) >= 0], {}),
            ),
        ),
        Step(
            r"Combine the three inequalities and divide by $M \gamma^2$; nothing is to be shown for $M = 0$.",
            rf"M^2 \gamma^2 \le (w \cdot u)^2 \le \lvert w \rvert^2 U \le M R^2 U \implies {_state(BOUND)}",
            proof=prove(count * margin**2 <= reach**2 * own, ends, {}),
        ),
    )


def _prove_bound(bound: Any) -> Outcome:
    """Search a run on perpendicular instances that exceeds the bound, or prove it from M gamma^2 <= R^2 U."""
    count, margin, reach, own = variables = z3.Reals(" ".join(NAMES))
    statement = count <= sympy.lambdify(VARIABLES, bound)(*variables)
    positive = [margin > 0, reach > 0, own > 0]
    for number in (1, 2):
        run = [count == number, own * reach * reach == number * margin * margin]
        outcome = prove(statement, [*positive, *run], dict(zip(NAMES, variables, strict=True)))
        if isinstance(outcome, Refuted):
            return outcome
    return prove(statement, [*positive, count >= 0, count * margin * margin <= reach * reach * own], {})


def _compare_with_runs(bound: Any) -> Outcome:
    """Compare the bound with the number of mistakes of runs on perpendicular instances."""
    function = sympy.lambdify(VARIABLES, bound)
    for count, margin, norm in product((1, 2, 3), SIZES, SIZES):
        run = run_perpendicular(count, margin, norm)
        if run[0] > function(*run):
            return Refuted({name: show(value) for name, value in zip(NAMES, run, strict=True)})
    return Holds(Scope.SAMPLES, f"{3 * len(SIZES) ** 2} runs, which reach the bound")


def run_perpendicular(count: int, margin: Fraction, norm: Fraction) -> Vector:
    """Return the mistakes, the margin, the norm and |u|^2 of a run on perpendicular instances with the target -1."""
    instances = [[norm if axis == place else Fraction(0) for axis in range(count)] for place in range(count)]
    separator = [-margin / norm] * count
    smallest = min(-dot(separator, instance) for instance in instances)
    return Fraction(count_mistakes(instances, [-1] * count)), smallest, norm, dot(separator, separator)


def dot(first: Vector, second: Vector) -> Fraction:
    """Return the inner product."""
    return sum((left * right for left, right in zip(first, second, strict=True)), Fraction(0))


def count_mistakes(instances: Sequence[Vector], targets: Sequence[int]) -> int:
    """Return the number of mistakes of the perceptron rule on separable instances, from weights 0 to a pass without."""
    weights, count, clean = [Fraction(0)] * len(instances[0]), 0, False
    while not clean:
        clean = True
        for instance, target in zip(instances, targets, strict=True):
            if (1 if dot(weights, instance) >= 0 else -1) != target:
                weights = [weight + target * value for weight, value in zip(weights, instance, strict=True)]
                count, clean = count + 1, False
    return count


def recheck_run(mutant: Mutant[Any], counter_example: Refuted) -> str:
    """Return why no run with the printed numbers exceeds the printed bound of a mutant, or an empty string."""
    count, margin, norm, own = (Fraction(counter_example.values[name]) for name in NAMES)
    if run_perpendicular(int(count), margin, norm) != (count, margin, norm, own):
        return "the run on perpendicular instances has other numbers"
    return "the bound holds" if evaluate_printed(mutant.formula, counter_example.values) else ""
