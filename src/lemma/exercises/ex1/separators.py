"""Exercise 1 (i) and (ii): the inputs that a neuron accepts are a half-space, and where it lies."""

from typing import Any

import sympy
import torch
import z3
from sympy import Ge, Sum, Symbol, log

from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import b, i, n, theta, w, x
from lemma.exercises.calculus.functions import sigma, varphi
from lemma.exercises.outcome import Outcome
from lemma.exercises.proof.claim import Claim, Step
from lemma.exercises.proof.equivalence import Predicates, equivalence
from lemma.exercises.proof.identity import identity
from lemma.exercises.proof.methods import Draw, Values
from lemma.exercises.proof.solver import prove
from lemma.exercises.proof.space import Space

TERMS = (i, 1, n)
WEIGHTED = Sum(w[i] * x[i], TERMS)
SQUARE = Sum(w[i] ** 2, TERMS)
c, along, s = Symbol("c", real=True), Symbol(r"\lambda", real=True), Symbol("s", real=True)
offset = sympy.IndexedBase("p")
with unevaluated():
    NET = WEIGHTED + b
    LOGIT = log(theta / (1 - theta))
    BOUND = LOGIT - b
NEURON = Space({w: (n,), x: (n,)}, scalars=(b,))
THRESHOLD = Space({w: (n,), x: (n,)}, scalars=(b, theta), sigmoids=(theta,))


def sign_decision() -> Claim[Any]:
    """State which inputs a neuron with the sign activation accepts."""
    stated = Ge(WEIGHTED, -b, evaluate=False)
    with unevaluated():
        vanishing = 0 * x[i]
    no_weights = Sum(vanishing, TERMS)
    with unevaluated():
        no_weights = no_weights + b
    return equivalence(
        claim_id="1.i.decision",
        title="The inputs that a neuron with the sign activation accepts",
        space=NEURON,
        given=sympy.Eq(varphi(NET), 1, evaluate=False),
        net=NET,
        stated=stated,
        program=sign_neuron,
        words="torch.nn.functional.linear and torch.where",
        boundary=b,
        exchanged=(w, x),
        steps=(
            Step(
                r"$\varphi(s)$ is 1 for $s \ge 0$ and $-1$ for $s < 0$, so the neuron accepts the inputs whose net "
                "input $s$ is not negative. Subtract $b$.",
                rf"{latex(NET)} \ge 0 \iff {latex(stated)}",
                (Ge(NET, 0, evaluate=False), stated),
            ),
            Step(
                r"For $w \ne 0$ this is a half-space (see below). If all weights are 0, the net input is $b$ for every "
                "input: the neuron accepts all inputs or none.",
                rf"w = 0: \quad {latex(no_weights)} = b",
                (no_weights, b),
            ),
        ),
    )


def half_space() -> Claim[Any]:
    """State that the net input is the product of w with x - x0, where x0 = c w is a point of the boundary."""
    with unevaluated():
        product = w[i] * (x[i] - c * w[i])
        origin = w[i] * (c * w[i])
        point = w[i] * (c * w[i] + along * w[i] + offset[i] - c * w[i])
    product, origin, moved, across = (Sum(term, TERMS) for term in (product, origin, point, w[i] * offset[i]))
    with unevaluated():
        on_boundary, shifted = origin + b, along * SQUARE + across
    points = Space({w: (n,), offset: (n,)}, scalars=(c, along))
    return identity(
        claim_id="1.i.half-space",
        title="The position of the half-space",
        statement=rf"{latex(NET)} = {latex(product)},\quad c = -\frac{{b}}{{{latex(SQUARE)}}},\quad w \ne 0",
        space=Space({w: (n,), x: (n,)}, scalars=(c, b), dependent={b: ((), -c * SQUARE)}),
        left=NET,
        right=product,
        program=net_input,
        words="torch.nn.functional.linear",
        exchanged=(w, x),
        steps=(
            Step(
                r"The point $x^0 = c w$ lies on the boundary, because $b = -c \sum_{i=1}^{n} w_i^2$.",
                f"{latex(on_boundary)} = 0",
                (on_boundary, sympy.Integer(0)),
            ),
            Step(
                r"Subtract this 0 from the net input. Therefore $s = 0$ if and only if $x - x^0$ is perpendicular to "
                "$w$: the boundary is the hyperplane through $x^0$ perpendicular to $w$, in two dimensions a line.",
                f"{latex(NET)} = {latex(product)}",
                (NET, product),
            ),
            Step(
                r"Every point is $x = x^0 + \lambda w + p$ with $p$ perpendicular to $w$, where the last sum is 0: $s$ "
                r"has the sign of $\lambda$. The neuron accepts the hyperplane and the side to which $w$ points, and "
                "neither side is empty.",
                f"{latex(moved)} = {latex(shifted)}",
                proof=points.equal(moved, shifted),
            ),
        ),
    )


def sigmoid_decision() -> Claim[Any]:
    """State which inputs a neuron with the sigmoid activation accepts, for every threshold between 0 and 1."""
    stated, solved = Ge(WEIGHTED, BOUND, evaluate=False), Ge(s, LOGIT, evaluate=False)
    at_half = stated.xreplace({theta: sympy.Rational(1, 2)})
    output = Predicates(Space({}, scalars=(s, theta), sigmoids=(theta,)), solved, s)
    return equivalence(
        claim_id="1.ii.half-space",
        title="The inputs that a neuron with the sigmoid activation accepts",
        space=THRESHOLD,
        given=Ge(sigma(NET), theta, evaluate=False),
        net=NET,
        stated=stated,
        quantifier=r" \qquad \forall \theta \in (0, 1)",
        program=sigmoid_neuron,
        words="torch.nn.functional.linear and torch.sigmoid",
        boundary=b,
        exchanged=(w, x),
        steps=(
            Step(
                r"$\sigma(s) = \frac{1}{1 + e^{-s}}$ has a positive denominator: multiply by it, and solve for "
                "$e^{-s}$.",
                r"\sigma(s) \ge \theta \iff 1 \ge \theta \left(1 + e^{-s}\right) \iff e^{-s} \le \frac{1 - "
                r"\theta}{\theta}",
                proof=solve_for_power(),
            ),
            Step(
                "The exponential function is increasing: take logarithms, and change the signs.",
                rf"\iff {latex(solved)}",
                proof=output.solve(Ge(sigma(s), theta, evaluate=False), solved, 1),
            ),
            Step(
                "Insert the net input, and subtract $b$. The boundary is moved in parallel, against that of the sign "
                "activation; the half-space has the same form.",
                rf"{latex(NET)} \ge {latex(LOGIT)} \iff {latex(stated)}",
                (Ge(NET, LOGIT, evaluate=False), stated),
            ),
            Step(
                r"For $\theta = \frac{1}{2}$ the logarithm is 0, and the neuron accepts the same inputs as with the "
                "sign activation.",
                rf"\theta = \frac{{1}}{{2}}: \quad {latex(WEIGHTED)} \ge {latex(-b)}",
                (at_half, Ge(WEIGHTED, -b, evaluate=False)),
            ),
        ),
    )


def no_exclusive_or() -> Claim[Any]:
    """State that the net inputs of 00 and 11 have the same sum as those of 01 and 10, which have the other label."""
    first, second = Symbol("w_{1}", real=True), Symbol("w_{2}", real=True)
    with unevaluated():
        rejected, accepted = b + (first + second + b), (first + b) + (second + b)

    def sum_rejected(draw: Draw) -> Values:
        weights, bias = draw(2), draw()
        corners = torch.tensor([[0, 0], [1, 1]], dtype=torch.float64)
        nets = torch.nn.functional.linear(corners, weights[None], bias[None])
        return nets.sum(), {first: weights[0], second: weights[1], b: bias}

    return identity(
        claim_id="1.iii.one-neuron",
        title="One neuron does not compute exclusive or",
        statement=rf"s_{{00}} + s_{{11}} = {latex(rejected)} = {latex(accepted)} = s_{{01}} + s_{{10}}",
        space=Space({}, scalars=(first, second, b)),
        left=rejected,
        right=accepted,
        program=sum_rejected,
        words="torch.nn.functional.linear",
        steps=(
            Step(
                "A neuron that computes exclusive or rejects 00 and 11, and accepts 01 and 10. But the sum on the left "
                "would be negative, and the sum on the right would not.",
                r"s_{00} < 0, \quad s_{11} < 0, \quad s_{01} \ge 0, \quad s_{10} \ge 0 \implies 0 < 0",
                proof=refute_exclusive_or(),
            ),
        ),
    )


def refute_exclusive_or() -> Outcome:
    """Prove that no real weights and bias give net inputs with the signs of exclusive or."""
    first, second, bias = z3.Reals("w_1 w_2 b")
    signs = z3.And(bias < 0, first + second + bias < 0, first + bias >= 0, second + bias >= 0)
    return prove(z3.Not(signs), [], {})


def solve_for_power() -> Outcome:
    """Prove that sigma >= theta, 1 >= theta (1 + u) and u <= (1 - theta) / theta are equivalent for u = exp(-s)."""
    power, threshold, output = z3.Reals(r"e^{-s} \theta \sigma(s)")
    multiplied, solved = threshold * (1 + power) <= 1, power <= (1 - threshold) / threshold
    rules = [power > 0, threshold > 0, threshold < 1, output * (1 + power) == 1]
    return prove(z3.And((output >= threshold) == multiplied, multiplied == solved), rules, {})


def sign_neuron(w: torch.Tensor, x: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return whether a neuron of torch with the sign activation outputs 1."""
    net = torch.nn.functional.linear(x, w[None], b[None])
    return torch.where(net >= 0, 1, -1) == 1


def sigmoid_neuron(w: torch.Tensor, x: torch.Tensor, b: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
    """Return whether the output of a neuron of torch with the sigmoid activation reaches the threshold."""
    return torch.sigmoid(torch.nn.functional.linear(x, w[None], b[None])) >= theta


def net_input(draw: Draw, n: int) -> Values:
    """Return the net input of a layer of torch whose bias is -c |w|^2."""
    weights, inputs, place = draw(n), draw(n), draw()
    bias = -place * torch.linalg.vector_norm(weights) ** 2
    layer = torch.nn.functional.linear(inputs, weights[None], bias[None])
    return layer[0], {w: weights, x: inputs, b: bias, c: place}
