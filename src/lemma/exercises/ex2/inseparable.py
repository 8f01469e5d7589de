"""Exercise 2 (i), any points: no neuron separates two sets whose convex hulls have a common point.

The claim is a list of relations that have no common solution. Its mutants leave one out or weaken it, and each
counter-example is a solution of the remaining relations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import z3
from scipy.optimize import linprog
from sympy import Eq, Ge, IndexedBase, Le, Lt, Sum

from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import b, i, j, k, m, n, p, w, x
from lemma.exercises.outcome import Holds, Outcome, Refuted, Scope, Unknown, compare_exactly, first_failure
from lemma.exercises.proof.claim import Claim, Method, Mutant, Step
from lemma.exercises.proof.recheck import evaluate_printed
from lemma.exercises.proof.solver import Reals, prove
from lemma.exercises.proof.space import Sample, Space

z, y = IndexedBase("z"), IndexedBase("y")  # outer points, common point
lambda_, mu = IndexedBase(r"\lambda"), IndexedBase(r"\mu")  # coefficients of the inner and of the outer points
SPACE = Space({lambda_: (m,), mu: (p,), x: (m, n), z: (p, n), w: (n,)}, {i: m, j: p, k: n}, (b,))
SMALL = ((1, 1, 1), (2, 1, 1), (1, 2, 1))  # numbers of inner and outer points, and the dimension, for counter-examples
SETS, LARGEST, MARGIN = 20, 3, 1e-6  # random pairs of sets, their sizes and dimension, smallest positive margin


def net_input(point: Any) -> Any:
    """Return the net input on a point, whose coordinate k is `point(k)`."""
    with unevaluated():
        term = w[k] * point(k)
    total = Sum(term, (k, 1, n))
    with unevaluated():
        return total + b


@dataclass(frozen=True)
class Relation:
    """A relation between the coefficients, the points and the weights, for each value of its free indices."""

    formula: Any

    @property
    def latex(self) -> str:
        """Return the relation in LaTeX."""
        signs = {"==": "=", ">=": r"\ge", "<=": r"\le", "<": "<"}
        return f"{latex(self.formula.lhs)} {signs[self.formula.rel_op]} {latex(self.formula.rhs)}"

    def constrain(self, reals: Reals) -> list[Any]:
        """Return the relation at each value of its indices, in z3."""
        sides = (np.ravel(reals.evaluate(side)) for side in (self.formula.lhs, self.formula.rhs))
        compare = {"==": np.equal, ">=": np.greater_equal, "<=": np.less_equal, "<": np.less}[self.formula.rel_op]
        return list(dict.fromkeys(compare(left, right, dtype=object) for left, right in zip(*sides, strict=True)))

    def fails_at(self, values: Mapping[str, str]) -> bool:
        """Return whether the printed relation is false at printed values for some value of its indices."""
        free = [index for index in SPACE.indices if index in self.formula.free_symbols]
        ranges = [range(1, int(values[SPACE.indices[index].name]) + 1) for index in free]
        cases = (dict(zip((index.name for index in free), map(str, places))) for places in product(*ranges))
        return not all(evaluate_printed(self.latex, {**values, **case}) for case in cases)


INNER_SUM, OUTER_SUM = Sum(lambda_[i], (i, 1, m)), Sum(mu[j], (j, 1, p))
INNER_POINT, OUTER_POINT = Sum(lambda_[i] * x[i, k], (i, 1, m)), Sum(mu[j] * z[j, k], (j, 1, p))
INNER_NET, OUTER_NET = net_input(lambda k: x[i, k]), net_input(lambda k: z[j, k])
NON_NEGATIVE = Relation(Ge(lambda_[i], 0)), Relation(Ge(mu[j], 0))
CONVEX = Relation(Eq(INNER_SUM, 1)), Relation(Eq(OUTER_SUM, 1))
COMMON_POINT = Relation(Eq(INNER_POINT, OUTER_POINT))
ACCEPTED, REJECTED = Relation(Ge(INNER_NET, 0)), Relation(Lt(OUTER_NET, 0))
RELATIONS = (*NON_NEGATIVE, *CONVEX, COMMON_POINT, ACCEPTED, REJECTED)
Relations = tuple[Relation, ...]


def no_separation() -> Claim[Relations]:
    """State that no neuron separates two finite sets whose convex hulls meet, in any dimension."""
    weighted = Sum(lambda_[i] * INNER_NET, (i, 1, m))
    with unevaluated():
        term = w[k] * INNER_POINT
    combined = Sum(term, (k, 1, n)) + b * INNER_SUM
    points = Space({lambda_: (m,), x: (m, n), w: (n,), y: (n,)}, {}, (b,))
    return Claim(
        id="2.i.certificate",
        title="Sets whose convex hulls meet",
        statement=r"\lambda_{i}, \mu_{j} \ge 0,\ \sum_{i=1}^{m} \lambda_{i} = \sum_{j=1}^{p} \mu_{j} = 1,\ "
        r"\sum_{i=1}^{m} \lambda_{i} x_{i} = \sum_{j=1}^{p} \mu_{j} z_{j} \implies \neg \exists w, b\ "
        r"\forall i, j: \ s(x_{i}) \ge 0 > s(z_{j})",
        subject=RELATIONS,
        equal=compare_exactly,
        recheck=recheck_solution,
        mutants=_weaken(RELATIONS),
        methods=(
            Method("z3, by induction over the points", "z3", _prove),
            Method("HiGHS, the largest margin of random sets", "scipy", _maximise_margins),
        ),
        steps=(
            Step(
                r"A neuron has the net input $s(x) = \sum_{k=1}^{n} w_k x_k + b$. Exchange the sums over the points "
                "and over the coordinates: the weighted sum of the net inputs depends on the weighted sum of the "
                "points only.",
                rf"\sum_{{i=1}}^{{m}} \lambda_i s(x_i) = {latex(combined)}",
                proof=points.equal(weighted, combined),
            ),
            Step(
                r"Let the coefficients sum to 1, and let $y = \sum_i \lambda_i x_i$. Then the weighted sum is the net "
                r"input on $y$. If also $y = \sum_j \mu_j z_j$, the same holds for the points $z_j$.",
                r"\sum_{i=1}^{m} \lambda_i s(x_i) = s(y) = \sum_{j=1}^{p} \mu_j s(z_j)",
                proof=points.equal(combined.xreplace({INNER_POINT: y[k], INNER_SUM: 1}), net_input(lambda k: y[k])),
            ),
            Step(
                "A neuron that accepts all $x_i$ and rejects all $z_j$ has a non-negative sum on the left and a "
                "negative sum on the right. There is no such neuron. The names of the sets can be exchanged, so that "
                "no neuron accepts all $z_j$ and rejects all $x_i$ either.",
                r"\sum_{i=1}^{m} \lambda_i s(x_i) \ge 0 > \sum_{j=1}^{p} \mu_j s(z_j)",
                proof=_by_induction(RELATIONS),
            ),
        ),
    )


def _weaken(relations: Relations) -> tuple[Mutant[Relations], ...]:
    """Return systems with solutions: a relation is missing or too weak."""
    changes = [
        (f"without ${left_out.latex}$", tuple(relation for relation in relations if relation != left_out))
        for left_out in relations
    ]
    weak = Relation(Le(OUTER_NET, 0))
    changes.append((f"${weak.latex}$ instead of ${REJECTED.latex}$", (*relations[:-1], weak)))
    return tuple(Mutant(text, weaker, r",\quad ".join(part.latex for part in weaker)) for text, weaker in changes)


def recheck_solution(mutant: Mutant[Relations], counter_example: Refuted) -> str:
    """Return which printed relation of a mutant the printed values violate, or an empty string if they solve all."""
    violated = (relation for relation in mutant.subject if relation.fails_at(counter_example.values))
    return next((f"{relation.latex} fails" for relation in violated), "")


def _prove(relations: Relations) -> Outcome:
    """Search a solution with few points on a line, or prove that none exists for any number of points."""
    for numbers in SMALL:
        reals = Reals(SPACE, dict(zip((m, p, n), numbers, strict=True)))
        constraints = [constraint for relation in relations for constraint in relation.constrain(reals)]
        outcome = prove(z3.BoolVal(False), constraints, reals.named)
        if isinstance(outcome, Refuted):
            sizes = dict(zip("mpn", numbers, strict=True))
            return Refuted({name: str(size) for name, size in sizes.items()} | dict(outcome.values), sizes=sizes)
    return _by_induction(relations)


def _by_induction(relations: Relations) -> Outcome:
    """Prove with z3 that the relations have no solution, for any number of points in any dimension.

    The weighted sums of the net inputs are S and T, the sums of the coefficients are L and M, and the products of w
    with the combined points are X and Z. The first step of the derivation gives S = X + b L and T = Z + b M. Points
    enter by their net inputs only, so the dimension does not matter. By induction over the points, S is not negative,
    and T is negative as soon as a coefficient is positive.
    """
    inner_sum, outer_sum, inner_share, outer_share, share, net = z3.Reals("S T L M share net")
    inner_point, outer_point, bias = z3.Reals("X Z b")

    def below(total: Any, shares: Any) -> Any:
        return z3.And(shares >= 0, total <= 0, z3.Implies(total == 0, shares == 0))

    def given(formulas: Mapping[Relation, Any]) -> list[Any]:
        return [formula for relation, formula in formulas.items() if relation in relations]

    inner = given({NON_NEGATIVE[0]: share >= 0, ACCEPTED: net >= 0})
    outer = given({NON_NEGATIVE[1]: share >= 0, REJECTED: net < 0})
    linear = [inner_sum == inner_point + bias * inner_share, outer_sum == outer_point + bias * outer_share]
    ends = given({CONVEX[0]: inner_share == 1, CONVEX[1]: outer_share == 1, COMMON_POINT: inner_point == outer_point})
    outcome = first_failure(
        prove(inner_sum + share * net >= 0, [inner_sum >= 0, *inner], {}),
        prove(below(z3.RealVal(0), z3.RealVal(0)), [], {}),
        prove(below(outer_sum + share * net, outer_share + share), [below(outer_sum, outer_share), *outer], {}),
        prove(z3.BoolVal(False), [inner_sum >= 0, below(outer_sum, outer_share), *linear, *ends], {}),
    )
    if isinstance(outcome, Holds):
        return Holds(Scope.ALL, "any number of points in any dimension")
    return Unknown("the induction fails")


def _maximise_margins(relations: Relations) -> Outcome:
    """Search weights for random points and coefficients with the linear programs of HiGHS."""
    random = np.random.default_rng(0)
    for _ in range(SETS):
        sizes = dict(zip((m, p, n), map(int, random.integers(1, LARGEST + 1, 3)), strict=True))
        arrays = _draw(relations, random, *sizes.values())
        inner, outer = (np.c_[arrays[points], np.ones(len(arrays[points]))] for points in (x, z))
        limits = np.r_[-inner, outer]
        limits = np.c_[limits, np.ones(len(limits))]  # margin <= s(x_i), margin <= -s(z_j)
        cost = [0.0] * (sizes[n] + 1) + [-1.0]
        solution = linprog(cost, limits, np.zeros(len(limits)), bounds=[(-1, 1)] * len(cost), method="highs").x
        if solution[-1] > MARGIN:
            arrays |= {w: solution[:-2], b: solution[-2]}
            sample = Sample(sizes, {array: np.asarray(values)[None] for array, values in arrays.items()})
            named = {size.name: number for size, number in sizes.items()}
            return Refuted({name: str(size) for name, size in named.items()} | sample.values_of(0), sizes=named)
    return Holds(Scope.SAMPLES, f"{SETS} random pairs of sets in 1 to {LARGEST} dimensions", LARGEST)


def _draw(relations: Relations, random: np.random.Generator, inner: int, outer: int, dimension: int) -> dict[Any, Any]:
    """Return random coefficients and points that satisfy those relations that are given."""
    arrays: dict[Any, Any] = {}
    for place, (array, count) in enumerate(((lambda_, inner), (mu, outer))):
        signs = 1 if NON_NEGATIVE[place] in relations else random.choice([-1, 1], count)
        drawn = random.integers(1, 5, count) * signs
        drawn[-1] = 4 * LARGEST  # the sum is positive
        arrays[array] = drawn / drawn.sum() if CONVEX[place] in relations else 2 * drawn / drawn.sum()
    arrays |= {points: random.integers(-8, 9, (count, dimension)) / 4 for points, count in ((x, inner), (z, outer))}
    if COMMON_POINT in relations:
        arrays[z][-1] += (arrays[lambda_] @ arrays[x] - arrays[mu] @ arrays[z]) / arrays[mu][-1]
    return arrays
