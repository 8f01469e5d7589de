"""Claims about a recursion at any depth: `induction` derives the methods and the mutants from its closed form.

The closed form has parameters. A rule gives them at depth 0 and, from those of any depth, at the next. SymPy and z3
prove the base case and the induction step; programs compute the recursion itself, depth by depth, for concrete cases.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sympy import IndexedBase, Symbol

from lemma.exercises.algebra.evaluate import evaluate
from lemma.exercises.algebra.notation import latex
from lemma.exercises.outcome import Holds, Outcome, Refuted, Scope, first_failure
from lemma.exercises.proof.claim import Claim, Method, Mutant, Step
from lemma.exercises.proof.methods import by_solver
from lemma.exercises.proof.mutants import mutate
from lemma.exercises.proof.recheck import recheck
from lemma.exercises.proof.space import Sample, Space

Case = tuple[Sample, ...]  # the start of a recursion, then the values of each level
Program = Callable[[Case], list[Any]]  # the results at depth 0, 1, ..., each (instances, *sizes of the indices)


@dataclass(frozen=True)
class Rule:
    """The parameters of a closed form: at depth 0, and one level deeper than parameters of any depth."""

    base: tuple[Any, ...]
    step: tuple[Any, ...]


@dataclass(frozen=True)
class Recursion:
    """A recursion and the shape of its closed form.

    Attributes:
        base: The variables at depth 0.
        step: The variables of a further level, with the parameters of the depth before.
        start: The formula of the result at depth 0.
        advance: The formula of the next result, in which the result before is the closed form.
        closed: Returns the closed form for formulas of the parameters.
        parameters: The indices of each parameter, in the order of the rule.
    """

    base: Space
    step: Space
    start: Any
    advance: Any
    closed: Callable[..., Any]
    parameters: Mapping[IndexedBase, tuple[Symbol, ...]]

    def prove(self, rule: Rule) -> Outcome:
        """Prove the base case and the induction step of a rule for every size."""
        outcome = first_failure(
            self.base.equal(self.start, self.closed(*rule.base)), self.step.equal(self.advance, self.closed(*rule.step))
        )
        return Holds(Scope.ALL, "base case and step, every size") if isinstance(outcome, Holds) else outcome

    def equal(self, left: Any, right: Any) -> Outcome:
        """Prove that two rules give the same closed forms, or that two formulas of the induction step are equal."""
        if not isinstance(left, Rule):
            return self.step.equal(left, right)
        return first_failure(
            self.base.equal(self.closed(*left.base), self.closed(*right.base)),
            self.step.equal(self.closed(*left.step), self.closed(*right.step)),
        )

    def compare(self, case: Case, results: list[Any], rule: Rule) -> Outcome:
        """Compare the closed form with the results of a case, at each depth."""
        known: dict[Any, Any] = {}
        for depth, (level, result) in enumerate(zip(case, results, strict=True)):
            space, formulas = (self.step, rule.step) if depth else (self.base, rule.base)
            known |= level.arrays
            outcome = space.compare(Sample(level.sizes, dict(known)), result, self.closed(*formulas))
            if not isinstance(outcome, Holds):
                return outcome
            known |= {
                array: evaluate(formula, level.sizes, known, self._ranges(space, array))
                for array, formula in zip(self.parameters, formulas, strict=True)
            }
        return Holds(Scope.SAMPLES)

    def _ranges(self, space: Space, array: IndexedBase) -> dict[Symbol, Symbol]:
        axes = zip(self.parameters[array], self.step.arrays[array], strict=True)
        return {index: space.indices.get(index, size) for index, size in axes}


def induction(
    *,
    claim_id: str,
    title: str,
    statement: str,
    recursion: Recursion,
    rule: Rule,
    cases: Callable[[], tuple[Case, ...]],
    programs: Mapping[tuple[str, str], Program],
    steps: tuple[Step, ...],
    exchanged: tuple[IndexedBase, ...] = (),
    falsified: Mapping[str, Rule] | None = None,
    **details: Any,
) -> Claim[Rule]:
    """Return the claim that a recursion has a closed form at every depth, for every size and every value.

    Args:
        claim_id: Id of the claim.
        title: Short title.
        statement: The statement in LaTeX.
        recursion: The recursion.
        rule: The parameters of the closed form; it is the subject, of which the mutants are made.
        cases: Returns concrete recursions.
        programs: Programs by name and library, which compute the recursion of a case.
        steps: The derivation.
        exchanged: Arrays that mutants exchange for one another.
        falsified: Further mutants, by what is changed in one part of the rule.
        details: Further attributes of the claim.
    """
    base, step = by_solver(recursion.base, recursion.start, 2), by_solver(recursion.step, recursion.advance, 2)
    closed = recursion.closed

    def solve(subject: Rule) -> Outcome:
        return first_failure(base.check(closed(*subject.base)), step.check(closed(*subject.step)))

    def recheck_printed(mutant: Mutant[Rule], counter_example: Refuted) -> str:
        formula = closed(*(rule.step if mutant.subject.base == rule.base else rule.base))
        return recheck(latex(formula), mutant.formula, (), counter_example)

    mutants = []
    for mutation, mutant in (*(falsified or {}).items(), *_mutate_rule(recursion, rule, exchanged)):
        formula = closed(*(mutant.step if mutant.base == rule.base else mutant.base))
        mutants.append(Mutant(mutation, mutant, latex(formula)))
    return Claim(
        id=claim_id,
        title=title,
        statement=statement,
        subject=rule,
        equal=recursion.equal,
        methods=(
            Method("induction, every depth and size", "sympy", recursion.prove),
            Method("base case and step by z3 over the reals", "z3", solve),
            *(by_cases(recursion, cases, program, *name) for name, program in programs.items()),
        ),
        mutants=tuple(mutants),
        recheck=recheck_printed,
        steps=steps,
        **details,
    )


def by_cases(
    recursion: Recursion, cases: Callable[[], tuple[Case, ...]], program: Program, name: str, library: str
) -> Method[Rule]:
    """Return the method that compares the closed form with a program that computes the recursion of each case."""
    computed = cache(lambda: [(case, program(case)) for case in cases()])

    def check(rule: Rule) -> Outcome:
        outcomes = (recursion.compare(case, results, rule) for case, results in computed())
        failure = next((outcome for outcome in outcomes if not isinstance(outcome, Holds)), None)
        deepest = max(len(case) for case, _ in computed()) - 1
        return failure or Holds(Scope.SAMPLES, f"depths 0 to {deepest}, {len(computed())} random cases")

    return Method(name, library, check)


def _mutate_rule(recursion: Recursion, rule: Rule, exchanged: tuple[IndexedBase, ...]) -> Iterator[tuple[str, Rule]]:
    """Yield rules in which the formula of one parameter is falsified, and what is changed."""
    for part, formulas in {"base": rule.base, "step": rule.step}.items():
        for place, indices in enumerate(recursion.parameters.values()):
            for mutant in mutate(formulas[place], arrays=exchanged, indices=indices):
                changed = (*formulas[:place], mutant.subject, *formulas[place + 1 :])
                yield mutant.mutation, replace(rule, **{part: changed})
