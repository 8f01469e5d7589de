"""Proofs over the real numbers with the SMT solver z3, for fixed sizes; counter-examples are exact."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import z3

from lemma.exercises.claim import Holds, Outcome, Refuted, Unknown
from lemma.exercises.exact import show
from lemma.exercises.notation import latex

TIMEOUT_MS = 5000  # of one call, which normally takes a few milliseconds


def to_z3(expression: Any, variables: Mapping[Any, Any]) -> Any:
    """Convert a polynomial SymPy expression to z3.

    Args:
        expression: The polynomial.
        variables: z3 variable of each array entry and symbol.

    Raises:
        LookupError: If the expression contains an entry that does not exist.
        TypeError: If it is not a polynomial.
    """
    if expression in variables:
        return variables[expression]
    if expression.is_Rational:
        return z3.RealVal(f"{expression.p}/{expression.q}")
    if expression.is_Pow and expression.exp.is_Integer and expression.exp >= 0:
        return z3.Product([to_z3(expression.base, variables)] * int(expression.exp) or [z3.RealVal(1)])
    if expression.is_Add or expression.is_Mul:
        join = z3.Sum if expression.is_Add else z3.Product
        return join([to_z3(argument, variables) for argument in expression.args])
    if not expression.args or expression.is_Indexed:
        raise LookupError(f"${latex(expression)}$ does not exist")
    raise TypeError(f"{expression} is not a polynomial")


def prove(statement: Any, assumptions: list[Any], variables: Mapping[str, Any], *tactics: str) -> Outcome:
    """Prove that the assumptions imply the statement, or return a counter-example.

    Args:
        statement: z3 formula to prove.
        assumptions: z3 formulas.
        variables: z3 expressions by name, whose values are given in a counter-example.
        tactics: z3 tactics to apply in this order; by default z3 chooses them.
    """
    solver = z3.Then(*tactics).solver() if tactics else z3.Solver()
    solver.set("timeout", TIMEOUT_MS)
    solver.set("random_seed", 0)
    solver.add(*assumptions, z3.Not(statement))
    answer = solver.check()  # not hashable: compare with ==
    if answer == z3.unsat:
        return Holds()
    if answer == z3.sat:
        model = solver.model()
        return Refuted({name: _number(model.eval(term, model_completion=True)) for name, term in variables.items()})
    return Unknown(f"z3: {solver.reason_unknown()}")


def _number(value: Any) -> str:
    if z3.is_rational_value(value):
        return show(Fraction(value.numerator_as_long(), value.denominator_as_long()))
    return str(value)
