"""Exercise 2 (i), for any points: a function that returns weights or a certificate, and what can go wrong in it."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import z3
from sympy import IndexedBase, Sum, Symbol

from lemma.exercises.batch import equal
from lemma.exercises.claim import Claim, Holds, Mutant, Outcome, Refuted, Step, Unknown
from lemma.exercises.ex02_answers import Separate, check, colourings, methods
from lemma.exercises.ex02_separate import ONE, ZERO, Answer, Certificate, Point, Separator, average, separate
from lemma.exercises.exact import show
from lemma.exercises.indexed import Space, index
from lemma.exercises.shown import accept_proofs
from lemma.exercises.solver import prove

k, n, h = index("k"), index("n"), Symbol("h", real=True)
v, w = IndexedBase("v"), IndexedBase("w")
SPACE = Space({v: (n,), w: (n,)}, {}, (h,))


def claims() -> tuple[Claim[Any], ...]:
    """Return the claim about any two finite sets of points."""
    return (_any_points(),)


def _any_points() -> Claim[Any]:
    """State that the function returns weights or a certificate, and that both are right."""
    corners = [tuple(map(Fraction, point)) for point in product((0, 1), repeat=2)]
    outer, inner = [corners[0], corners[3]], [corners[1], corners[2]]
    half = Fraction(1, 2)
    return Claim(
        id="2.i.any-points",
        title="Weights or a certificate, for any two finite sets",
        statement=r"\left(\exists w, w_0: \ s(a_i) \ge 0 > s(b_j)\ \forall i, j\right) \iff \neg "
        r"\left(\exists \lambda, \mu \ge 0: \ \sum_{i} \lambda_i a_i = \sum_{j} \mu_j b_j,\ \sum_{i} \lambda_i = "
        r"\sum_{j} \mu_j = 1\right)",
        subject=separate,
        equal=accept_proofs(_same),
        mutants=tuple(Mutant(mutation, function, formula) for mutation, function, formula in _wrong()),
        methods=methods(),
        steps=(
            Step(
                "Both at once is impossible: with a common average no neuron separates, as shown above. It remains to "
                "find a neuron where no average is common. If one of the sets is empty, $w = 0$ with a bias of 1 or "
                "$-1$ will do. Else the averages of the $a_i$ are a set that is closed and bounded, for they come from "
                "the shares, which are such a set, by a continuous map; so are those of the $b_j$. Hence there are "
                "averages $a^{*}$ and $b^{*}$ that are as near to each other as any two are. They are not the same "
                "point: let $w = a^{*} - b^{*}$. With any average $a$ all points between $a^{*}$ and $a$ are averages, "
                r"so with $v = a - a^{*}$ and $0 < h \le 1$ the distance from $b^{*}$ to $a^{*} + h v$ is no shorter:",
                r"0 \le \lvert w + h v \rvert^2 - \lvert w \rvert^2 = 2 h \sum_{k=1}^{n} w_k v_k + h^2 \sum_{k=1}^{n} "
                "v_k^2",
                ("term by term", _longer()),
            ),
            Step(
                r"This holds for every such $h$, however small, so $w \cdot v$ is not below 0.",
                r"w \cdot v < 0 \implies 2 h (w \cdot v) + h^2 \lvert v \rvert^2 < 0 \quad \text{for } 0 < h \le 1,\ "
                r"h \lvert v \rvert^2 \le -w \cdot v",
                ("by z3", _nearest()),
            ),
            Step(
                r"So $w \cdot a_i \ge w \cdot a^{*}$ for all $i$. In the same way $w \cdot b_j \le w \cdot b^{*}$ for "
                r"all $j$; and $w \cdot a^{*} - w \cdot b^{*} = \lvert w \rvert^2 > 0$. The bias that lies half-way "
                "separates, in any dimension:",
                r"w_0 = -\frac{w \cdot a^{*} + w \cdot b^{*}}{2}: \quad s(a_i) \ge \frac{\lvert w \rvert^2}{2} > 0 > "
                r"-\frac{\lvert w \rvert^2}{2} \ge s(b_j)",
                ("by z3, in any dimension", _half_way()),
            ),
            Step(
                "To find one of the two, the function looks for shares with the simplex method, in exact fractions. It "
                "goes from one basis of the equations to another, and with Bland's rule it never comes back to one: so "
                "it ends. Where it ends without shares, it leaves multipliers $y$, $c_1$ and $c_2$ with "
                r"$c_1 + y \cdot a_i \le 0$, $c_2 - y \cdot b_j \le 0$ and $c_1 + c_2 > 0$. From these come weights:",
                r"w = -y,\ w_0 = \frac{c_2 - c_1}{2}: \quad s(a_i) \ge \frac{c_1 + c_2}{2} > 0 > "
                r"-\frac{c_1 + c_2}{2} \ge s(b_j)",
                ("by z3, in any dimension", _weights_from_multipliers()),
            ),
            Step(
                "What is said of nearest points and of bases is proved in words; the machine checks the formulas, and "
                "answers. Each answer is checked by itself, so that none rests on the method that found it: on all "
                "divisions of nine points into two sets, and on random pairs of sets in 1 to 3 dimensions.",
                r"s(a_i) \ge 0 > s(b_j) \quad \text{or} \quad \sum_{i} \lambda_i a_i = \sum_{j} \mu_j b_j",
                ("on all colourings", colourings(separate)),
            ),
            Step(
                "Exclusive or is one more set of points without a neuron: 00 and 11 have the same middle as 01 and 10.",
                r"\frac{1}{2} \left(0, 0\right) + \frac{1}{2} \left(1, 1\right) = \frac{1}{2} \left(0, 1\right) "
                r"+ \frac{1}{2} \left(1, 0\right)",
                (separate(inner, outer), Certificate((half, half), (half, half))),
            ),
            Step(
                "The AND gate's row 11 against the other three can be separated.",
                r"s(x) = " + _neuron(separate([corners[3]], corners[:3])),
                ("checked", check(separate, [corners[3]], corners[:3])),
            ),
        ),
    )


def _same(left: Any, right: Any) -> Outcome:
    """Compare answers; functions are compared by what they answer, which proves no equality."""
    if left == right:
        return Holds("the same")
    return Unknown("two functions") if callable(left) else Refuted({"left": str(left), "right": str(right)})


def _longer() -> Outcome:
    """Prove what a step of h along v adds to the square of w, for every dimension."""
    products = [w[k] * v[k], v[k] ** 2, w[k] ** 2, (w[k] + h * v[k]) ** 2]
    along, step, before, after = (Sum(term, (k, 1, n)) for term in products)
    return equal(SPACE, after - before, 2 * h * along + h**2 * step)


def _nearest() -> Outcome:
    """Prove that a small step along v brings w nearer to 0 if w . v is below 0."""
    share, along, step = z3.Reals("h w.v v.v")
    rules = [along < 0, step >= 0, share > 0, share <= 1, share * step <= -along]
    return prove(2 * share * along + share * share * step < 0, rules, {"h": share, "w.v": along})


def _half_way() -> Outcome:
    """Prove that the bias half-way separates; of the points only their products with w matter."""
    inner, outer, first, last = z3.Reals("w.a w.b w.a* w.b*")
    rules = [inner >= first, outer <= last, first > last]
    bias, margin = -(first + last) / 2, (first - last) / 2
    return prove(z3.And(inner + bias >= margin, margin > 0, outer + bias <= -margin), rules, {"w.a": inner})


def _weights_from_multipliers() -> Outcome:
    """Prove that the multipliers give weights; of the points only their products with y matter."""
    first, second, inner, outer = z3.Reals("c_1 c_2 y.a y.b")
    rules = [first + inner <= 0, second - outer <= 0, first + second > 0]
    bias, margin = (second - first) / 2, (first + second) / 2
    separated = z3.And(bias - inner >= margin, margin > 0, bias - outer <= -margin)
    return prove(separated, rules, {"c_1": first, "c_2": second})


def _neuron(answer: Answer) -> str:
    """Return the LaTeX of the net input of a neuron with two weights in whole numbers."""
    if not isinstance(answer, Separator):
        raise ValueError("these points cannot be separated")
    text = ""
    for number, name in (*zip(answer.weights, (" x_1", " x_2")), (answer.bias, "")):
        if number:
            size = "" if abs(number) == 1 and name else show(abs(number))
            text += (" - " if number < 0 else " + " if text else "") + size + name
    return text.strip()


def _wrong() -> Iterator[tuple[str, Separate, str]]:
    """Yield functions with the errors that such functions have."""

    def no_bias(inside: Sequence[Point], outside: Sequence[Point]) -> Answer:
        answer = separate(inside, outside)
        return answer if isinstance(answer, Certificate) else Separator(answer.weights, ZERO)

    def turned(inside: Sequence[Point], outside: Sequence[Point]) -> Answer:
        answer = separate(inside, outside)
        if isinstance(answer, Certificate):
            return answer
        return Separator(tuple(-weight for weight in answer.weights), -answer.bias)

    def equal_shares(inside: Sequence[Point], outside: Sequence[Point]) -> Answer:
        answer = separate(inside, outside)
        if isinstance(answer, Separator):
            return answer
        return Certificate(*((ONE / len(points),) * len(points) for points in (inside, outside)))

    def last_forgotten(inside: Sequence[Point], outside: Sequence[Point]) -> Answer:
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

    yield "the bias forgotten", no_bias, "w_0 = 0"
    yield "the sides exchanged", turned, r"s(a_i) < 0 \le s(b_j)"
    yield "equal shares in every certificate", equal_shares, r"\lambda_i = \frac{1}{p}"
    yield "the last outer point forgotten", last_forgotten, r"\forall j < q"
    yield "the line between the means, always", through_the_means, r"w = \bar{a} - \bar{b}"
    yield "a certificate, always", never, r"a_1 = b_1"
