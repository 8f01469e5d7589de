"""Exercise 2 (i), arbitrary points: a function that returns weights or a certificate, and its mutants."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import z3
from sympy import IndexedBase, Sum, Symbol

from lemma.exercises.batch import equal
from lemma.exercises.claim import Claim, Holds, Mutant, Outcome, Refuted, Step, Unknown
from lemma.exercises.ex2.answers import Separate, check, colourings, methods
from lemma.exercises.ex2.separate import ONE, ZERO, Answer, Certificate, Point, Separator, average, separate
from lemma.exercises.exact import show
from lemma.exercises.indexed import Space, index
from lemma.exercises.shown import accept_proofs
from lemma.exercises.solver import prove

k, n, h = index("k"), index("n"), Symbol("h", real=True)
v, w = IndexedBase("v"), IndexedBase("w")
SPACE = Space({v: (n,), w: (n,)}, {}, (h,))


def claims() -> tuple[Claim[Any], ...]:
    """Return the claim about arbitrary finite sets of points."""
    return (_any_points(),)


def _any_points() -> Claim[Any]:
    """State that the function returns either separating weights or a certificate, and that both are correct."""
    corners = [tuple(map(Fraction, point)) for point in product((0, 1), repeat=2)]
    outer, inner = [corners[0], corners[3]], [corners[1], corners[2]]
    half = Fraction(1, 2)
    return Claim(
        id="2.i.any-points",
        title="Weights or a certificate for any two finite sets",
        statement=r"\left(\exists w, w_0: \ s(a_i) \ge 0 > s(b_j)\ \forall i, j\right) \iff \neg "
        r"\left(\exists \lambda, \mu \ge 0: \ \sum_{i} \lambda_i a_i = \sum_{j} \mu_j b_j,\ \sum_{i} \lambda_i = "
        r"\sum_{j} \mu_j = 1\right)",
        subject=separate,
        equal=accept_proofs(_same),
        mutants=tuple(Mutant(mutation, function, formula) for mutation, function, formula in _wrong()),
        methods=methods(),
        steps=(
            Step(
                "Both cannot hold: if the convex hulls intersect, no neuron separates the sets, as shown above. It "
                "remains to construct a neuron if the convex hulls are disjoint. If one of the sets is empty, $w = 0$ "
                "with a bias of 1 or $-1$ suffices. Otherwise the convex hull of the $a_i$ is compact, because it is "
                "the image of the compact set of coefficients under a continuous map; so is that of the $b_j$. "
                "Therefore there are points $a^{*}$ and $b^{*}$ of the two hulls at minimal distance, and $w = a^{*} - "
                "b^{*}$ is not 0. For any point $a$ of the first hull, the segment from $a^{*}$ to $a$ lies in the "
                r"hull, so with $v = a - a^{*}$ and $0 < h \le 1$ the distance from $b^{*}$ to $a^{*} + h v$ is not "
                r"smaller:",
                r"0 \le \lvert w + h v \rvert^2 - \lvert w \rvert^2 = 2 h \sum_{k=1}^{n} w_k v_k + h^2 \sum_{k=1}^{n} "
                "v_k^2",
                ("term by term", _longer()),
            ),
            Step(
                r"Since this holds for every $h > 0$, however small, $w \cdot v \ge 0$.",
                r"w \cdot v < 0 \implies 2 h (w \cdot v) + h^2 \lvert v \rvert^2 < 0 \quad \text{for } 0 < h \le 1,\ "
                r"h \lvert v \rvert^2 \le -w \cdot v",
                ("by z3", _nearest()),
            ),
            Step(
                r"Therefore $w \cdot a_i \ge w \cdot a^{*}$ for all $i$. Similarly $w \cdot b_j \le w \cdot b^{*}$ for "
                r"all $j$, and $w \cdot a^{*} - w \cdot b^{*} = \lvert w \rvert^2 > 0$. The bias at the midpoint "
                "separates the sets, in any dimension:",
                r"w_0 = -\frac{w \cdot a^{*} + w \cdot b^{*}}{2}: \quad s(a_i) \ge \frac{\lvert w \rvert^2}{2} > 0 > "
                r"-\frac{\lvert w \rvert^2}{2} \ge s(b_j)",
                ("by z3, in any dimension", _half_way()),
            ),
            Step(
                "The function computes one of the two with the simplex method in exact fractions. By Bland's rule no "
                "basis occurs twice, so the method terminates. If there are no coefficients, it yields multipliers "
                r"$y$, $c_1$ and $c_2$ with $c_1 + y \cdot a_i \le 0$, $c_2 - y \cdot b_j \le 0$ and $c_1 + c_2 > 0$, "
                "from which the weights follow:",
                r"w = -y,\ w_0 = \frac{c_2 - c_1}{2}: \quad s(a_i) \ge \frac{c_1 + c_2}{2} > 0 > "
                r"-\frac{c_1 + c_2}{2} \ge s(b_j)",
                ("by z3, in any dimension", _weights_from_multipliers()),
            ),
            Step(
                "The arguments on points at minimal distance and on bases are given in words; the formulas and the "
                "answers are checked by machine. Each answer is verified independently of the method that computed it: "
                "for all partitions of nine points into two sets, and for random pairs of sets in 1 to 3 dimensions.",
                r"s(a_i) \ge 0 > s(b_j) \quad \text{or} \quad \sum_{i} \lambda_i a_i = \sum_{j} \mu_j b_j",
                ("on all colourings", colourings(separate)),
            ),
            Step(
                "Exclusive or is another inseparable example: 00 and 11 have the same midpoint as 01 and 10.",
                r"\frac{1}{2} \left(0, 0\right) + \frac{1}{2} \left(1, 1\right) = \frac{1}{2} \left(0, 1\right) "
                r"+ \frac{1}{2} \left(1, 0\right)",
                (separate(inner, outer), Certificate((half, half), (half, half))),
            ),
            Step(
                "Row 11 of the AND gate can be separated from the other three rows.",
                r"s(x) = " + _neuron(separate([corners[3]], corners[:3])),
                ("checked", check(separate, [corners[3]], corners[:3])),
            ),
        ),
    )


def _same(left: Any, right: Any) -> Outcome:
    """Compare answers; the equality of two functions cannot be decided."""
    if left == right:
        return Holds("the same")
    return Unknown("two functions") if callable(left) else Refuted({"left": str(left), "right": str(right)})


def _longer() -> Outcome:
    """Prove the increase of |w|^2 for a step of h along v, for every dimension."""
    products = [w[k] * v[k], v[k] ** 2, w[k] ** 2, (w[k] + h * v[k]) ** 2]
    along, step, before, after = (Sum(term, (k, 1, n)) for term in products)
    return equal(SPACE, after - before, 2 * h * along + h**2 * step)


def _nearest() -> Outcome:
    """Prove that a small step along v shortens w if w . v is negative."""
    share, along, step = z3.Reals("h w.v v.v")
    rules = [along < 0, step >= 0, share > 0, share <= 1, share * step <= -along]
    return prove(2 * share * along + share * share * step < 0, rules, {"h": share, "w.v": along})


def _half_way() -> Outcome:
    """Prove that the bias at the midpoint separates; only the products of the points with w are relevant."""
    inner, outer, first, last = z3.Reals("w.a w.b w.a* w.b*")
    rules = [inner >= first, outer <= last, first > last]
    bias, margin = -(first + last) / 2, (first - last) / 2
    return prove(z3.And(inner + bias >= margin, margin > 0, outer + bias <= -margin), rules, {"w.a": inner})


def _weights_from_multipliers() -> Outcome:
    """Prove that the multipliers give weights; only the products of the points with y are relevant."""
    first, second, inner, outer = z3.Reals("c_1 c_2 y.a y.b")
    rules = [first + inner <= 0, second - outer <= 0, first + second > 0]
    bias, margin = (second - first) / 2, (first + second) / 2
    separated = z3.And(bias - inner >= margin, margin > 0, bias - outer <= -margin)
    return prove(separated, rules, {"c_1": first, "c_2": second})


def _neuron(answer: Answer) -> str:
    """Return the LaTeX of the net input of a neuron with two integer weights."""
    if not isinstance(answer, Separator):
        raise ValueError("these points cannot be separated")
    text = ""
    for number, name in (*zip(answer.weights, (" x_1", " x_2")), (answer.bias, "")):
        if number:
            size = "" if abs(number) == 1 and name else show(abs(number))
            text += (" - " if number < 0 else " + " if text else "") + size + name
    return text.strip()


def _wrong() -> Iterator[tuple[str, Separate, str]]:
    """Yield functions with typical errors."""

    def no_bias(inside: Sequence[Point], outside: Sequence[Point]) -> Answer:
        answer = separate(inside, outside)
        return answer if isinstance(answer, Certificate) else Separator(answer.weights, ZERO)

    def exchanged(inside: Sequence[Point], outside: Sequence[Point]) -> Answer:
        answer = separate(inside, outside)
        if isinstance(answer, Certificate):
            return answer
        return Separator(tuple(-weight for weight in answer.weights), -answer.bias)

    def equal_shares(inside: Sequence[Point], outside: Sequence[Point]) -> Answer:
        answer = separate(inside, outside)
        if isinstance(answer, Separator):
            return answer
        return Certificate(*((ONE / len(points),) * len(points) for points in (inside, outside)))

    def without_last(inside: Sequence[Point], outside: Sequence[Point]) -> Answer:
        answer = separate(inside, outside[:-1] or outside)
        return answer if isinstance(answer, Separator) else Certificate(answer.inside, (*answer.outside, ZERO))

    def through_the_means(inside: Sequence[Point], outside: Sequence[Point]) -> Answer:
        means = [average([ONE / len(points)] * len(points), points) for points in (inside, outside) if points]
        if len(means) < 2:
            return separate(inside, outside)
        weights = tuple(x - y for x, y in zip(*means, strict=True))
        return Separator(weights, -sum((x * x - y * y for x, y in zip(*means, strict=True)), ZERO) / 2)

    def never(inside: Sequence[Point], outside: Sequence[Point]) -> Answer:
        return Certificate((ONE,) + (ZERO,) * (len(inside) - 1), (ONE,) + (ZERO,) * (len(outside) - 1))

    yield "the bias omitted", no_bias, "w_0 = 0"
    yield "the sides exchanged", exchanged, r"s(a_i) < 0 \le s(b_j)"
    yield "equal coefficients in every certificate", equal_shares, r"\lambda_i = \frac{1}{p}"
    yield "the last outer point ignored", without_last, r"\forall j < q"
    yield "always the hyperplane between the means", through_the_means, r"w = \bar{a} - \bar{b}"
    yield "always a certificate", never, r"a_1 = b_1"
