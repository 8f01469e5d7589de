"""Fixtures that the tests of all exercises share."""

from collections.abc import Callable, Mapping

import pytest
import typst

from lemma.exercises.proof.verdict import Result
from lemma.report.latex_to_typst import typst as converted
from lemma.report.rich_text import rich

Typeset = Callable[[str, Mapping[str, Result]], bytes]


@pytest.fixture
def typeset_formulas() -> Typeset:
    """Return a function that typesets all formulas of an exercise: task, statements, steps and mutants."""

    def render(task: str, results: Mapping[str, Result]) -> bytes:
        texts, formulas = [task], []
        for result in results.values():
            formulas += [converted(result.claim.statement), *(converted(step.formula) for step in result.claim.steps)]
            formulas += [converted(trial.mutant.formula) for trial in result.mutant_results]
            texts += [
                *(step.text for step in result.claim.steps),
                *(trial.mutant.mutation for trial in result.mutant_results),
            ]
        formulas += [run["typst"] for text in texts for run in rich(text) if "typst" in run]
        page = "\n".join(f"$ {formula} $" for formula in dict.fromkeys(formulas))
        return bytes(typst.compile(page.encode(), ignore_system_fonts=True))

    return render
