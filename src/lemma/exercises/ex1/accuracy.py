"""Exercise 1 (iv): the generalisation of the memorising network, as an exact expectation and by simulation."""

from fractions import Fraction
from functools import cache
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy
from sympy import IndexedBase, Sum, Symbol, binomial

from lemma.exercises.claim import Claim, Holds, Kind, Method, Outcome, Refuted, Step, Unknown
from lemma.exercises.ex1.simulation import CONFIDENCE, FEATURES, SETS, exact, simulated
from lemma.exercises.exact import show
from lemma.exercises.indexed import Space, index
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.shown import accept_proofs, compare_exactly

size, j, f = index("N"), index("j"), IndexedBase("f")
n, m, p, q = (Symbol(name, positive=True) for name in "nmpq")
TABLE = Space({f: (size,)}, {}, (q,))
HALF = Fraction(1, 2)
with unevaluated():
    MISSED = 1 - sympy.Integer(2) ** (-n)
    UNSEEN = MISSED**m
    ACCURACY = 1 - p * MISSED**m
    UNSEEN_DISTINCT = 1 - sympy.Integer(2) ** (-n) * m
    ACCURACY_DISTINCT = 1 - p * (1 - sympy.Integer(2) ** (-n) * m)


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims about the accuracy on unseen data."""
    return _unseen(), _accuracy(), _distinct()


def _unseen() -> Claim[Any]:
    """State the probability that an input is not among m uniform draws of all 2^n."""
    return Claim(
        id="1.iv.unseen",
        title="Probability that an input is not in the training set",
        statement=rf"P(x \notin S) = {latex(UNSEEN)}",
        subject=UNSEEN,
        equal=accept_proofs(_same),
        mutants=mutate(UNSEEN),
        methods=(
            Method("induction over the number of draws, any size", Kind.SYMBOLIC, _by_induction),
            Method("all samples for few features", Kind.EXHAUSTIVE, lambda stated: _exhaust(stated, False, "unseen")),
            Method(f"simulation, {FEATURES} features", Kind.NUMERIC, lambda stated: _meet(stated, False, False)),
        ),
        steps=(
            Step(
                "The training set $S$ consists of $m$ inputs, drawn independently and uniformly from all $2^n$ inputs. "
                "The probability that a single draw differs from a given input is",
                rf"P(x \ne x_1) = {latex(MISSED)}",
                (UNSEEN.xreplace({m: sympy.Integer(1)}), MISSED),
            ),
            Step(
                "The draws are independent, so the probabilities are multiplied: the product is 1 for $m = 0$, and "
                "each draw contributes one factor.",
                rf"P(x \notin S) = {latex(UNSEEN)}",
                ("by induction", _by_induction(UNSEEN)),
            ),
            Step(
                "A new input from the same distribution is in the training set with the complementary probability. For "
                "$n = 20$ features and $m = 1000$ instances:",
                r"1 - \left(1 - 2^{-20}\right)^{1000} \approx 0.00095",
                ("rounded", compare_exactly(f"{float(_decimal(1 - UNSEEN, {n: 20, m: 1000})):.5f}", "0.00095")),
            ),
        ),
    )


def _accuracy() -> Claim[Any]:
    """State the expected accuracy after m uniform draws; p is the fraction of inputs on which the function is 1."""
    true = Sum(f[j], (j, 1, size))
    with unevaluated():
        chance = f[j] * (1 - q) + (1 - f[j])
        short = size - q * true
    right = Sum(chance, (j, 1, size))
    return Claim(
        id="1.iv.accuracy",
        title="Expected accuracy on new data",
        statement=rf"E[A] = {latex(ACCURACY)}",
        subject=ACCURACY,
        equal=accept_proofs(_same),
        mutants=mutate(ACCURACY),
        methods=_methods(UNSEEN, False),
        steps=(
            Step(
                "Let $q$ be the probability that an input is not in the training set, the same for all inputs. The "
                "network is correct if $f$ is 0 or if the input is in the training set. On average over $N = 2^n$ "
                "inputs,",
                rf"E[A] = \frac{{1}}{{N}} {latex(right)} = \frac{{1}}{{N}} \left({latex(short)}\right)",
                ("term by term", TABLE.equal(right, short)),
            ),
            Step(
                "With the fraction $p$ of inputs on which $f$ is 1, and with $q$ from above:",
                rf"= 1 - p q = {latex(ACCURACY)}",
                (_mean(UNSEEN), ACCURACY),
            ),
            Step(
                "For parity $p = \\frac{1}{2}$: with 20 features the network is near chance, though it fits its data.",
                r"1 - \frac{1}{2} \left(1 - 2^{-20}\right)^{1000} \approx 0.5005",
                ("rounded", compare_exactly(f"{float(_decimal(ACCURACY, {n: 20, m: 1000, p: HALF})):.4f}", "0.5005")),
            ),
            Step(
                "Even $3 \\cdot 2^n$ draws leave errors.",
                r"1 - \frac{1}{2} \left(1 - 2^{-20}\right)^{3 \cdot 2^{20}} \approx 0.975",
                (
                    "rounded",
                    compare_exactly(f"{float(_decimal(ACCURACY, {n: 20, m: 3 * 2**20, p: HALF})):.3f}", "0.975"),
                ),
            ),
        ),
        values=_table(ACCURACY, False),
    )


def _distinct() -> Claim[Any]:
    """State the expected accuracy after m distinct instances."""
    return Claim(
        id="1.iv.accuracy-distinct",
        title="Expected accuracy with distinct training instances",
        statement=rf"E[A] = {latex(ACCURACY_DISTINCT)}",
        subject=ACCURACY_DISTINCT,
        equal=accept_proofs(_same),
        mutants=mutate(ACCURACY_DISTINCT),
        methods=_methods(sympy.combsimp(binomial(size - 1, m) / binomial(size, m)).xreplace({size: 2**n}), True),
        steps=(
            Step(
                "If the $m$ training inputs are distinct, all sets of $m$ inputs are equally likely. The sets without "
                "a given input are chosen from the other $N - 1$ inputs.",
                r"q = \frac{(N - 1) (N - 2) \cdots (N - m)}{N (N - 1) \cdots (N - m + 1)} = \frac{N - m}{N} = "
                rf"{latex(UNSEEN_DISTINCT)}",
                (sympy.combsimp(binomial(size - 1, m) / binomial(size, m)).xreplace({size: 2**n}), UNSEEN_DISTINCT),
            ),
            Step(
                "As before,",
                rf"E[A] = 1 - p q = {latex(ACCURACY_DISTINCT)}",
                (1 - p * UNSEEN_DISTINCT, ACCURACY_DISTINCT),
            ),
            Step(
                "The expected accuracy grows linearly with $m$, and reaches 1 only if the training set contains all "
                "$2^n$ inputs (unless $f$ is constantly 0).",
                r"m = 2^n: \quad E[A] = 1",
                (ACCURACY_DISTINCT.xreplace({m: 2**n}), sympy.Integer(1)),
            ),
        ),
        values=_table(ACCURACY_DISTINCT, True),
    )


def _methods(unseen: Any, distinct: bool) -> tuple[Method[Any], ...]:
    return (
        Method("expectation over all inputs, any size", Kind.SYMBOLIC, lambda stated: _same(_mean(unseen), stated)),
        Method(
            "all training sets for few features", Kind.EXHAUSTIVE, lambda stated: _exhaust(stated, distinct, "accuracy")
        ),
        Method(f"simulation, {FEATURES} features", Kind.NUMERIC, lambda stated: _meet(stated, distinct, True)),
    )


@cache
def _mean(unseen: Any) -> Any:
    """Return the expected accuracy if f is 1 on p N inputs."""
    true = Sum(f[j], (j, 1, size))
    proof = TABLE.equal(Sum(f[j] * (1 - q) + (1 - f[j]), (j, 1, size)), size - q * true)
    if not isinstance(proof, Holds):
        raise ValueError(f"the expectation over all inputs is not proved: {proof}")
    return sympy.expand((size - q * true).xreplace({true: p * size}) / size).xreplace({q: unseen})


def _value(stated: Any, **at: Any) -> Fraction | None:
    """Return the exact value of a formula in n, m and p, or None if it has none."""
    places = {n: at["n"], m: at["m"], p: sympy.Rational(at.get("p", Fraction(1)))}
    value = sympy.sympify(stated).subs(places).doit()
    return Fraction(int(value.p), int(value.q)) if value.is_Rational else None


def _same(left: Any, right: Any) -> Outcome:
    """Prove that two formulas in n, m and p are equal, or find a counter-example."""
    for features, draws, true in ((1, 2, 1), (2, 3, 3), (3, 1, 3)):
        at: dict[str, Any] = {"n": features, "m": draws, "p": Fraction(true, 2**features)}
        first, second = _value(left, **at), _value(right, **at)
        if first != second:
            return Refuted({"left": _written(first), "right": _written(second)} | {k: show(v) for k, v in at.items()})
    difference = sympy.simplify(sympy.expand(left - right))
    return Holds("the difference simplifies to 0") if difference == 0 else Unknown(f"difference {difference}")


def _by_induction(stated: Any) -> Outcome:
    """Prove that the formula is 1 for m = 0 and that each draw multiplies it by 1 - 2^-n."""
    for features, draws in ((1, 0), (1, 1), (2, 2), (3, 1)):
        before, after, start = (_value(stated, n=features, m=number) for number in (draws, draws + 1, 0))
        if start != 1 or before is None or after != before * (1 - Fraction(1, 2**features)):
            results = {"without draws": _written(start), "before": _written(before), "after": _written(after)}
            return Refuted({**results, "n": str(features), "m": str(draws)})
    growth = sympy.simplify(stated.subs(m, m + 1) - stated * MISSED)
    if growth == 0:
        return Holds("1 for m = 0, and each draw multiplies it by 1 - 2^-n")
    return Unknown(f"the induction step leaves {growth}")


def _exhaust(stated: Any, distinct: bool, what: str) -> Outcome:
    """Compare with the exact mean over all training sets."""
    cases = exact(distinct)
    values: dict[tuple[int, int, Fraction], Fraction | None] = {}
    for case in cases:
        key = (case.n, case.m, case.p)
        if key not in values:
            values[key] = _value(stated, n=case.n, m=case.m, p=case.p)
        computed = getattr(case, what)
        if values[key] != computed:
            at = {"n": str(case.n), "m": str(case.m), "p": show(case.p)}
            return Refuted({"computed": show(computed), "stated": _written(values[key])} | at)
    return Holds(f"{len(cases)} pairs of a function and a number of instances, up to 3 features, exact")


def _meet(stated: Any, distinct: bool, accuracy: bool) -> Outcome:
    """Check that the stated value lies within the confidence interval of each simulation."""
    cases = simulated(distinct, accuracy)
    for case in cases:
        value = _decimal(stated, {n: FEATURES, m: case.m, p: case.p})
        if not case.low <= value <= case.high:
            between = f"{case.low:.4f} to {case.high:.4f}"
            named = {"simulated": between, "stated": mpmath.nstr(value, 4), "function": case.function}
            return Refuted({**named, "m": str(case.m), "p": show(case.p)})
    return Holds(f"{len(cases)} intervals of {CONFIDENCE:.1%}, from {SETS} training sets each")


def _written(value: Fraction | None) -> str:
    return "no number" if value is None else show(value)


def _decimal(expression: Any, at: dict[Any, Any]) -> Any:
    """Return the value of a formula to 15 digits, without computing its powers exactly."""
    numbers = [Fraction(value) for value in at.values()]
    return mpmath.mpf(
        sympy.lambdify([*at], expression, "mpmath")(*(mpmath.mpf(one.numerator) / one.denominator for one in numbers))
    )


def _table(stated: Any, distinct: bool) -> dict[str, str]:
    """Return expected and simulated accuracies by function and number of instances, for a table."""
    values: dict[str, str] = {}
    for case in simulated(distinct):
        expected = float(_decimal(stated, {n: FEATURES, m: case.m, p: case.p}))
        numbers = {"expected": expected, "mean": case.mean, "low": case.low, "high": case.high}
        values |= {f"{name}, {case.function}, {case.m}": f"{number:.4f}" for name, number in numbers.items()}
    return values
