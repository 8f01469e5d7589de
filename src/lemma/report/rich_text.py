"""Texts and formulas as data for Typst templates, which never read them as markup."""

from lemma.report.latex_to_typst import typst


def rich(text: str) -> list[dict[str, str]]:
    """Return a text as runs of words and, between dollar signs, formulas."""
    runs = [{"words": part} if place % 2 == 0 else format_formula(part) for place, part in enumerate(text.split("$"))]
    return [run for run in runs if run.get("words", True)]


def format_formula(latex: str) -> dict[str, str]:
    """Return a formula as LaTeX, for screen readers, and as Typst."""
    return {"latex": latex, "typst": typst(latex)}


def split_statement(statement: str) -> list[dict[str, str]]:
    """Return the formulas of a statement, between which a line may break."""
    parts = statement.split(r",\quad ")
    is_splittable = all(part.count("{") == part.count("}") for part in parts) and r"\begin" not in statement
    return [format_formula(part) for part in (parts if is_splittable else [statement])]
