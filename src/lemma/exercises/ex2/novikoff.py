"""Exercise 2 (ii): Novikoff's bound on the number of mistakes of the perceptron rule, for every dimension.

Each mistake increases the inner product of w with separating weights u, while the norm of w grows slowly. Runs on
perpendicular instances show that all three bounds are sharp.
"""

from fractions import Fraction
from functools import partial
from typing import Any

import sympy
import z3
from sympy import IndexedBase, Sum, Symbol

from lemma.exercises.batch import equal
from lemma.exercises.claim import Claim, Holds, Outcome, Refuted, Step, Unknown
from lemma.exercises.ex2.laws import Law, by_induction, by_inequalities, gamma, k, radius, squared
from lemma.exercises.ex2.perceptron import dot
from lemma.exercises.indexed import Space, index
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.shown import accept_proofs
from lemma.exercises.solver import prove

i, j, n = index("i"), index("j"), index("n")
u, w, x = (IndexedBase(name) for name in "uwx")
t, own, product = (Symbol(name, real=True) for name in ("t", "U", "P"))
SPACE = Space({u: (n,), w: (n,), x: (n,)}, {}, (t, own, product))


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims about the perceptron rule."""
    return _progress(), _length(), _bound()


def _inner(first: Any, second: Any) -> Any:
    return Sum(first[i] * second[i], (i, 1, n))


def _progress() -> Claim[Any]:
    r"""State w . u >= k gamma after k mistakes."""
    moved = Sum((w[i] + t * x[i]) * u[i], (i, 1, n))
    grown = _inner(w, u) + t * _inner(x, u)
    with unevaluated():
        subject = k * gamma
    law = Law(
        sharp=lambda: sympy.summation(gamma, (j, 1, k)),
        below=True,
        bounded=lambda run, mistakes: dot(run.course.weights[mistakes], run.u),
        prove=partial(by_induction, below=True),
    )
    return Claim(
        id="2.ii.progress",
        title="Growth of the inner product with separating weights",
        statement=rf"\sum_{{i=1}}^{{n}} w_i^{{(k)}} u_i \ge {latex(subject)},\quad "
        r"t \sum_{i=1}^{n} x_i u_i \ge \gamma > 0\ \text{for all instances}",
        subject=subject,
        equal=accept_proofs(_same),
        mutants=mutate(subject),
        methods=law.methods(),
        steps=(
            Step(
                r"Let $u$ be weights, including the bias as the weight of a constant input 1, with $t \sum_i x_i u_i "
                r"\ge \gamma > 0$ for every instance $x$ with target $t$. A mistake on $x$ changes $w$ to $w + t x$:",
                rf"\sum_{{i=1}}^{{n}} \left(w_i + t x_i\right) u_i = {latex(_inner(w, u))} + t {latex(_inner(x, u))}",
                ("term by term", equal(SPACE, moved, grown)),
            ),
            Step(
                r"Each mistake adds at least $\gamma$, starting from $w = 0$.",
                rf"\sum_{{i=1}}^{{n}} w_i^{{(k)}} u_i \ge {latex(subject)}",
                ("by induction", by_induction(subject, below=True)),
            ),
        ),
    )


def _length() -> Claim[Any]:
    """State |w|^2 <= k R^2 after k mistakes."""
    moved = Sum((w[i] + t * x[i]) ** 2, (i, 1, n))
    grown = _inner(w, w) + 2 * t * _inner(w, x) + t**2 * _inner(x, x)
    with unevaluated():
        subject = k * radius**2
    law = Law(
        sharp=lambda: sympy.summation(radius**2, (j, 1, k)),
        below=False,
        bounded=lambda run, mistakes: dot(run.course.weights[mistakes], run.course.weights[mistakes]),
        prove=partial(by_induction, below=False),
    )
    return Claim(
        id="2.ii.length",
        title="Growth of the norm of the weights",
        statement=rf"\lvert w^{{(k)}} \rvert^2 \le {latex(subject)},\quad "
        r"\lvert x \rvert \le R\ \text{for all instances}",
        subject=subject,
        equal=accept_proofs(_same),
        mutants=mutate(subject),
        methods=law.methods(),
        steps=(
            Step(
                "Expand the squared norm of the updated weights.",
                r"\lvert w + t x \rvert^2 = \lvert w \rvert^2 + 2 t \sum_{i=1}^{n} w_i x_i + t^2 \lvert x \rvert^2",
                ("term by term", equal(SPACE, moved, grown)),
            ),
            Step(
                r"A mistake means that the net input $s = \sum_i w_i x_i$ has the wrong sign: $s < 0$ with $t = 1$, "
                r"or $s \ge 0$ with $t = -1$. Therefore $2 t s \le 0$, and $t^2 = 1$.",
                r"\varphi(s) \ne t \implies t s \le 0",
                ("by z3", _wrong_side()),
            ),
            Step(
                "Each mistake adds at most $R^2$.",
                rf"\lvert w^{{(k)}} \rvert^2 \le {latex(subject)}",
                ("by induction", by_induction(subject, below=False)),
            ),
        ),
    )


def _bound() -> Claim[Any]:
    """State k <= R^2 |u|^2 / gamma^2."""
    apart = Sum((own * w[i] - product * u[i]) ** 2, (i, 1, n))
    expanded = own**2 * _inner(w, w) - 2 * own * product * _inner(w, u) + product**2 * _inner(u, u)
    with unevaluated():
        subject = radius**2 * squared / gamma**2
    law = Law(
        sharp=lambda: max(sympy.solve(k**2 * gamma**2 - k * radius**2 * squared, k), key=sympy.count_ops),
        below=False,
        bounded=lambda run, mistakes: Fraction(mistakes),
        prove=by_inequalities,
        only_last=True,
    )
    return Claim(
        id="2.ii.bound",
        title="Novikoff's bound on the number of mistakes",
        statement=rf"k \le {latex(subject)},\quad U = \lvert u \rvert^2",
        subject=subject,
        equal=accept_proofs(_same),
        mutants=mutate(subject),
        methods=law.methods(),
        steps=(
            Step(
                r"For the Cauchy-Schwarz inequality, let $U = \lvert u \rvert^2$ and $P = \sum_i w_i u_i$, and expand "
                "the sum of squares",
                r"\sum_{i=1}^{n} \left(U w_i - P u_i\right)^2 = U^2 \lvert w \rvert^2 - 2 U P \sum_{i=1}^{n} w_i u_i "
                r"+ P^2 \lvert u \rvert^2 = U \left(U \lvert w \rvert^2 - P^2\right)",
                ("term by term", _cauchy_schwarz(apart, expanded)),
            ),
            Step(
                r"It is non-negative, and $U > 0$, since $u = 0$ contradicts $t \sum_i x_i u_i \ge \gamma > 0$. "
                r"Therefore $P^2 \le \lvert w \rvert^2 \lvert u \rvert^2$. With the two previous bounds,",
                r"k^2 \gamma^2 \le \left(\sum_{i=1}^{n} w_i^{(k)} u_i\right)^2 \le \lvert w^{(k)} \rvert^2 \lvert u "
                r"\rvert^2 \le k R^2 \lvert u \rvert^2",
                ("by z3", by_inequalities(subject)),
            ),
            Step(
                r"The case $k = 0$ is trivial; otherwise divide by $k \gamma^2$. The bound depends neither on the "
                "dimension nor on the number of instances. If such a $u$ exists and every instance is presented "
                "arbitrarily often, there is a last mistake, after which all instances are classified correctly: the "
                "rule converges.",
                rf"k \le {latex(subject)}",
                (law.sharp(), subject),
            ),
            Step(
                "Such a $u$ exists for any two finite sets of points if all inner distances are smaller than all outer "
                r"distances, $\alpha_{\max} < \beta_{\min}$. Choose the threshold at the midpoint, and for $x = (1, "
                r"d)$ the weights $u = (\theta, -1)$.",
                r"\theta = \frac{\alpha_{\max} + \beta_{\min}}{2}: \quad \theta - \alpha_i \ge \gamma,\ "
                r"-\left(\theta - \beta_j\right) \ge \gamma = \frac{\beta_{\min} - \alpha_{\max}}{2} > 0",
                ("by z3", _half_the_gap()),
            ),
        ),
    )


def _same(left: Any, right: Any) -> Outcome:
    """Prove that two bounds are equal, or find a counter-example."""
    values = {k: 2, gamma: sympy.Rational(1, 3), radius: 5, squared: 7}
    first, second = (sympy.sympify(side).subs(values) for side in (left, right))
    if first != second:
        named = {symbol.name: str(value) for symbol, value in values.items()}
        return Refuted({"left": str(first), "right": str(second)} | named)
    difference = sympy.simplify(left - right)
    return Holds("the difference simplifies to 0") if difference == 0 else Unknown(f"differs by {difference}")


def _wrong_side() -> Outcome:
    """Prove that t s <= 0 if the sign of s is not t."""
    net, target = z3.Reals("s t")
    output = z3.If(net >= 0, z3.RealVal(1), z3.RealVal(-1))
    rules = [z3.Or(target == 1, target == -1), output != target]
    return prove(z3.And(target * net <= 0, target * target == 1), rules, {"s": net, "t": target})


def _half_the_gap() -> Outcome:
    """Prove that the threshold at the midpoint leaves half the gap on both sides."""
    inner, outer, largest, smallest = z3.Reals("alpha beta alpha_max beta_min")
    rules = [inner <= largest, largest < smallest, smallest <= outer]
    threshold, gap = (largest + smallest) / 2, (smallest - largest) / 2
    apart = z3.And(threshold - inner >= gap, outer - threshold >= gap, gap > 0)
    return prove(apart, rules, {"alpha": inner, "beta": outer})


def _cauchy_schwarz(apart: Any, expanded: Any) -> Outcome:
    """Prove the expansion for every dimension, and its form in U, P and |w|^2."""
    proof = equal(SPACE, apart, expanded)
    length = Symbol("W", real=True)
    short = expanded.xreplace({_inner(u, u): own, _inner(w, u): product, _inner(w, w): length})
    rest = sympy.expand(short - own * (own * length - product**2))
    return proof if not isinstance(proof, Holds) or rest == 0 else Refuted({"remainder": str(rest)})
