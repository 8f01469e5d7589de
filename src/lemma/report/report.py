"""The report stage: facts, figures, PDF.

The PDF is made from `facts.json` and the figures alone, so whatever it prints can be looked up there.
"""

from pathlib import Path
from typing import Any

from lemma.evaluation.dvc_files import Rows, tabulate_curves
from lemma.files import read_json, write_bytes, write_json
from lemma.layout import Layout
from lemma.params import Params
from lemma.report import figures
from lemma.report.facts import facts
from lemma.report.learning_curve_figure import learning
from lemma.report.page_limit import fit
from lemma.report.reliability_figure import reliability
from lemma.report.search_budget_figure import budget

FIGURES = {
    "budget": budget,
    "learning": learning,
    "loss": figures.loss,
    "precision_recall": figures.precision_recall,
    "reliability": reliability,
    "scores": figures.scores,
}


def report(layout: Layout, dataset: str, models: list[str], runs: list[int], params: Params, templates: Path) -> None:
    """Write a data set's facts.json, its figures and report.pdf.

    Args:
        templates: the folder that holds `report.typ`.

    Raises:
        InputError: a result is missing or damaged, or the template does not compile.
    """
    held = facts(layout, dataset, models, runs, params)
    curves = read_json(layout.curves(dataset))
    write_json(layout.facts(dataset), held)
    write_json(layout.plot(dataset, "learning_curve"), _learning_curve_rows(held))
    for name, draw in FIGURES.items():
        write_bytes(layout.figure(dataset, name), draw(held, curves))
    assets = {name: layout.figure(dataset, name) for name in FIGURES}
    fit(templates / "report.typ", held, assets, layout.pdf(dataset))


def _learning_curve_rows(facts: dict[str, Any]) -> Rows:
    """Return the mean dev score by the number of training documents: {documents, MODEL: per cent, ...}."""
    curves = {
        row["model"]: tuple(zip(*((point["documents"]["value"], point["dev"]["value"]) for point in row["points"])))
        for row in facts["learning"]
    }
    return tabulate_curves("documents", {model: (list(xs), list(ys)) for model, (xs, ys) in curves.items()})
