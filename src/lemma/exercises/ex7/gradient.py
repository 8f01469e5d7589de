"""Exercise 7: the gradient of the squared error with respect to the outputs, dE/do = o - t.

There are two claims: the partial derivative with respect to each entry, for any size, and the gradient as the vector
that gives all directional derivatives. SymPy's matrix derivatives have known bugs, so the proofs use entries.
"""

from typing import Any

from sympy import IndexedBase, KroneckerDelta, Rational, Sum

from lemma.exercises.claim import Claim, Kind, Method, Step
from lemma.exercises.ex7.methods import NAMES, Direction, error, h, k, m, o, t
from lemma.exercises.indexed import Space, differentiate, index
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated

i, v = index("i"), IndexedBase("v")
BOUNDS = (k, 1, m)


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 7."""
    return (_entries(), _vector())


def _entries() -> Claim[Any]:
    r"""State dE/do_i = o_i - t_i for every entry i and every size m."""
    space = Space({o: (m,), t: (m,)}, {i: m})
    delta = KroneckerDelta(k, i)
    with unevaluated():
        chain = Rational(1, 2) * (2 * (t[k] - o[k]) * -delta)
        short = (t[k] - o[k]) * -delta
        picked = -(t[i] - o[i])
        subject = o[i] - t[i]
    chain, short = Sum(chain, BOUNDS), Sum(short, BOUNDS)
    derivative = differentiate(error(lambda place: o[place]), o[i])
    return Claim(
        id="7.entries",
        title="The entries of the gradient",
        statement=rf"\frac{{\partial E}}{{\partial o_i}} = {latex(subject)} \quad \forall i \in \{{1, \ldots, m\}}",
        subject=subject,
        indices=(i,),
        equal=space.equal,
        mutants=mutate(subject, picked, short, chain, arrays=(o, t), indices=(i,)),
        steps=(
            Step(
                "The derivative of a sum is the sum of the derivatives. Apply the chain rule to the square; $t_k - "
                "o_k$ depends on $o_i$ only for $k = i$. Let $[i = k]$ be 1 for $i = k$ and 0 otherwise.",
                rf"\frac{{\partial E}}{{\partial o_i}} = {latex(chain)}",
                (derivative, chain),
            ),
            Step("The factor 2 cancels $\\frac{1}{2}$.", f"= {latex(short)}", (chain, short)),
            Step("Only the term with $k = i$ is not 0.", f"= {latex(picked)}", (short, picked)),
            Step("Expand.", f"= {latex(subject)}", (picked, subject)),
        ),
        methods=(
            Method(
                "SymPy's derivative, any size", Kind.SYMBOLIC, lambda subject: space.equal(derivative, subject, NAMES)
            ),
            *Direction(space, lambda place: KroneckerDelta(place, i)).methods(),
        ),
    )


def _vector() -> Claim[Any]:
    r"""State dE/do = o - t as vectors: (o - t) . v is the derivative of E in every direction v."""
    space = Space({o: (m,), t: (m,), v: (m,)}, {})
    with unevaluated():
        chain = Rational(1, 2) * (2 * (t[k] - o[k]) * -v[k])
        subject = (o[k] - t[k]) * v[k]
    chain, subject = Sum(chain, BOUNDS), Sum(subject, BOUNDS)
    along = error(lambda place: o[place] + h * v[place]).diff(h).subs(h, 0)
    return Claim(
        id="7.vector",
        title="The gradient as a vector",
        statement=r"\frac{\partial E}{\partial o} = o - t",
        subject=subject,
        equal=space.equal,
        mutants=mutate(subject, chain, arrays=(o, t, v)),
        steps=(
            Step(
                "The gradient is the vector whose inner product with a direction $v$ is the directional derivative of "
                "$E$. Differentiate $E(o + h v)$ with respect to $h$ at $h = 0$.",
                rf"\left. \frac{{\partial E(o + h v)}}{{\partial h}} \right|_{{h=0}} = {latex(chain)}",
                (along, chain),
            ),
            Step(
                "This is the inner product of $o - t$ with $v$, for every $v$.", f"= {latex(subject)}", (chain, subject)
            ),
            Step(
                r"The remainder of the linear approximation does not depend on $o$; it is exactly "
                r"$\frac{1}{2} \lvert v \rvert^2$.",
                rf"E(o + v) = E(o) + {latex(subject)} + \frac{{1}}{{2}} {latex(Sum(v[k] ** 2, BOUNDS))}",
                (
                    error(lambda place: o[place] + v[place]),
                    error(lambda place: o[place]) + subject + Rational(1, 2) * Sum(v[k] ** 2, BOUNDS),
                ),
            ),
        ),
        methods=(
            Method("SymPy's derivative, any size", Kind.SYMBOLIC, lambda subject: space.equal(along, subject, NAMES)),
            *Direction(space, lambda place: v[place]).methods(),
        ),
    )
