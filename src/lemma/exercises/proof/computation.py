"""Claims about exact numbers that follow from given numbers, such as all values of a small network.

A rule is a formula for a number, in given numbers and in numbers with earlier rules. `computation` derives statement,
derivation, mutants and the method with z3 from the rules; programs that do not read the rules compute the same numbers.
The numbers are fixed, so an exact method covers the whole statement.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, cached_property, partial
from typing import Any

import numpy as np
import sympy
import z3

from lemma.exercises.algebra.evaluate import Arithmetic, evaluate
from lemma.exercises.algebra.notation import latex, with_numbers
from lemma.exercises.algebra.numbers import show
from lemma.exercises.outcome import Holds, IllFormed, Outcome, Refuted, Scope
from lemma.exercises.proof.claim import Claim, Method, Mutant, Step
from lemma.exercises.proof.mutants import Numbers, mutate_numbers
from lemma.exercises.proof.recheck import evaluate_printed
from lemma.exercises.proof.solver import prove

TOLERANCE = 1e-12  # of float64; the numbers are below 100
SEPARATOR = r",\quad "
STEP_FUNCTIONS = {"varphi": -1}  # name -> value for negative net inputs; for other net inputs it is 1
Rules = Mapping[str, Any]  # LaTeX name of each computed number -> formula in symbols with LaTeX names
Program = Callable[[Numbers], Mapping[str, Any]]  # given numbers -> all numbers with a rule, as fractions or floats


def computation(
    *,
    claim_id: str,
    title: str,
    given: Numbers,
    rules: Rules,
    answers: Numbers,
    texts: Mapping[str, str],
    programs: tuple[tuple[str, str, Program], ...],
) -> Claim[Numbers]:
    """Return the claim that numbers follow from given numbers.

    Args:
        claim_id: Id of the claim.
        title: Short title.
        given: The given numbers by LaTeX name.
        rules: The rules of all computed numbers, in the order of computation.
        answers: The stated values of some of them.
        texts: The text of each step of the derivation, by the first answer that the step derives.
        programs: Name, library and function of each program; it raises ValueError for numbers out of their range.
    """
    system = _System(given, rules)
    answers = {name: answers[name] for name in rules if name in answers}
    subject = {**given, **answers}
    starts = [place for place, name in enumerate(answers) if name in texts]
    groups = [[*answers][start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]
    used = {symbol.name for rule in rules.values() for symbol in rule.free_symbols}
    return Claim(
        id=claim_id,
        title=title,
        statement=SEPARATOR.join(f"{name} = {show(value)}" for name, value in answers.items()),
        subject=subject,
        equal=system.compare,
        recheck=partial(system.recheck, subject),
        methods=(
            *(Method(name, library, system.check_by(program)) for name, library, program in programs),
            Method("z3 on the equations", "z3", system.solve),
        ),
        mutants=(
            *mutate_numbers(subject, [name for name in given if name in used]),
            *mutate_numbers(subject, list(answers)),
        ),
        steps=tuple(system.explain(texts[group[0]], {name: answers[name] for name in group}) for group in groups),
        values={name: show(value) for name, value in subject.items()},
    )


@dataclass(frozen=True)
class _System:
    """Given numbers, and the rules of the numbers that follow from them."""

    given: Numbers
    rules: Rules

    def apply_rules(self, given: Numbers) -> dict[str, Fraction]:
        """Return given numbers, which may differ from those of the claim, and all numbers that follow from them."""
        known = {name: given[name] for name in self.given}
        for name, rule in self.rules.items():
            known[name] = _evaluate(rule, known, Fraction)
        return known

    def explain(self, text: str, answers: Numbers) -> Step:
        """Return the step that derives answers, each as `name = rule = rule with numbers = number`."""
        known = self.apply_rules(self.given)
        numbers = {sympy.Symbol(name): value for name, value in known.items()}
        sides = ((name, latex(self.rules[name]), with_numbers(self.rules[name], numbers)) for name in answers)
        formulas = [" = ".join([*each, show(answers[each[0]])]) for each in sides]
        return Step(text, SEPARATOR.join(formulas), (known, answers))

    def compare(self, computed: Numbers, stated: Numbers) -> Outcome:
        """Compare answers with computed numbers, or, for two subjects, with what follows from the second one."""
        if stated.keys() >= self.given.keys():
            computed = self.apply_rules(stated)
        return self.find_difference(stated, computed) or Holds(Scope.ALL, "the same answers follow")

    def find_difference(self, stated: Numbers, computed: Mapping[str, Any]) -> Refuted | None:
        """Return the first answer that differs from the computed one, with the numbers in its rule, if there is one."""
        for name, value in stated.items():
            tolerance = 0 if isinstance(computed[name], Fraction) else TOLERANCE
            if name in self.rules and abs(computed[name] - value) > tolerance:
                operands = [node.name for node in sympy.preorder_traversal(self.rules[name]) if node.is_Symbol]
                values = {operand: _write(computed[operand]) for operand in operands}
                return Refuted(values, _write(computed[name]), show(value), reason=f"the value of ${name}$")
        return None

    def check_by(self, program: Program) -> Callable[[Numbers], Outcome]:
        """Return the function that compares the answers of a subject with what a program computes."""

        @cache
        def run(*values: Fraction) -> Mapping[str, Any]:
            given = dict(zip(self.given, values, strict=True))
            return {**given, **program(given)}

        def check(subject: Numbers) -> Outcome:
            try:
                computed = run(*(subject[name] for name in self.given))
            except ValueError:
                return IllFormed("a given number is out of its range")
            if all(isinstance(value, Fraction) for value in computed.values()):
                result = Holds(Scope.ALL, "exact")
            else:
                result = Holds(Scope.SAMPLES, f"to {TOLERANCE:g}, in float64")
            return self.find_difference(subject, computed) or result

        return check

    @cached_property
    def equations(self) -> tuple[dict[str, Any], list[Any]]:
        """Return a variable of z3 for each number, and an equation for each rule."""
        variables = {name: z3.Real(name) for name in (*self.given, *self.rules)}
        terms = {name: _evaluate(rule, variables, _quotient) for name, rule in self.rules.items()}
        return variables, [variables[name] == term for name, term in terms.items()]

    def solve(self, subject: Numbers) -> Outcome:
        """Search with z3 for numbers that satisfy all equations and differ from those of a subject."""
        variables, equations = self.equations
        stated = {name: variables[name] == z3.RealVal(str(value)) for name, value in subject.items()}
        assumptions = [*(stated[name] for name in self.given), *equations]
        # Each equation defines a number by earlier ones; their elimination leaves almost nothing to search.
        tactics = ("simplify", "propagate-values", "solve-eqs", "smt")
        outcome = prove(z3.And([*stated.values()]), assumptions, variables, *tactics)
        match outcome:
            case Holds():
                return replace(outcome, detail=f"the only solution of {len(equations)} equations")
            case Refuted(values):
                computed = {name: Fraction(value) for name, value in values.items()}
                return self.find_difference(subject, computed) or outcome
        return outcome

    def recheck(self, subject: Numbers, mutant: Mutant[Numbers], counter_example: Refuted) -> str:
        """Return why a counter-example does not falsify a mutant, or an empty string if it does.

        All numbers are computed with the printed rules from the given numbers that the claim and the mutant print.
        """
        stated = {name: show(value) for name, value in subject.items()}
        stated |= dict(part.split(" = ") for part in mutant.formula.split(SEPARATOR))
        computed = {name: stated[name] for name in self.given}
        for name, rule in self.rules.items():
            computed[name] = str(evaluate_printed(latex(rule), computed))
        wrong = counter_example.reason.split("$")[1]
        for name, value in {**counter_example.values, wrong: counter_example.computed}.items():
            if Fraction(value) != Fraction(computed[name]):
                return f"{name} is printed as {value}, but {computed[name]} follows from the given numbers"
        if counter_example.stated != stated[wrong] or Fraction(stated[wrong]) == Fraction(computed[wrong]):
            return f"{wrong} is printed as {counter_example.stated}; the mutant states the right {stated[wrong]}"
        return ""


def _evaluate(rule: Any, values: Mapping[str, Any], quotient: Callable[[int, int], Any]) -> Any:
    """Return the value of a rule, in fractions or as a term of z3."""
    symbols = {symbol: values[symbol.name] for symbol in rule.free_symbols}
    functions = {name: partial(_step, lower) for name, lower in STEP_FUNCTIONS.items()}
    return evaluate(rule, {}, symbols, {}, Arithmetic(quotient, functions)).item()


def _quotient(numerator: int, denominator: int) -> Any:
    return z3.RealVal(f"{numerator}/{denominator}")


def _step(lower: int, net: Any) -> Any:
    """Return the value of a step function."""
    value = np.asarray(net).item()
    if z3.is_expr(value):
        return z3.If(value >= 0, z3.RealVal(1), z3.RealVal(lower))
    return Fraction(1 if value >= 0 else lower)


def _write(value: Any) -> str:
    """Return a number as printed; a float is first rounded to a fraction."""
    return show(value if isinstance(value, Fraction) else Fraction(value).limit_denominator(10**6))
