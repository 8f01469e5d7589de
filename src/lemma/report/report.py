"""Stage `lemma report DATASET`: facts.json, the figures and the PDF.

The PDF is made from facts.json and the figures alone: every number that it prints is in facts.json.
"""

from pathlib import Path
from typing import Any

from lemma.evaluation.dvc_files import Rows, tabulate_curves
from lemma.files import read_json, write_bytes, write_json
from lemma.layout import Layout
from lemma.params import Params
from lemma.report import figures
from lemma.report.facts import gather_facts
from lemma.report.learning_curve_figure import draw_learning_curves
from lemma.report.page_limit import typeset_within_limit
from lemma.report.precision_recall_figure import draw_precision_recall
from lemma.report.reliability_figure import draw_reliability
from lemma.report.search_budget_figure import draw_search_budget

FIGURES = {
    "budget": draw_search_budget,
    "learning": draw_learning_curves,
    "loss": figures.draw_loss,
    "precision_recall": draw_precision_recall,
    "reliability": draw_reliability,
    "scores": figures.draw_scores,
}


def report(layout: Layout, dataset: str, models: list[str], runs: list[int], params: Params, templates: Path) -> None:
    """Write facts.json, the figures, the data of the learning curves and report.pdf of a data set.

    Args:
        layout: paths of the project.
        dataset: name of the data set.
        models: names in the order of the report.
        runs: numbers of the runs.
        params: the values of params.yaml.
        templates: folder of `report.typ`.

    Raises:
        InputError: a result is missing or damaged, or the template does not compile.
    """
    facts = gather_facts(layout, dataset, models, runs, params)
    curves = read_json(layout.curves(dataset))
    write_json(layout.facts(dataset), facts)
    write_json(layout.plot(dataset, "learning_curve"), _tabulate_learning_curve(facts))
    for name, draw in FIGURES.items():
        write_bytes(layout.figure(dataset, name), draw(facts, curves))
    assets = {name: layout.figure(dataset, name) for name in FIGURES}
    typeset_within_limit(templates / "report.typ", facts, assets, layout.pdf(dataset))


def _tabulate_learning_curve(facts: dict[str, Any]) -> Rows:
    """Return the mean dev score by the number of training documents: {documents, MODEL: per cent, ...}."""
    curves = {
        row["model"]: tuple(zip(*((point["documents"]["value"], point["dev"]["value"]) for point in row["points"])))
        for row in facts["learning"]
    }
    return tabulate_curves("documents", {model: (list(xs), list(ys)) for model, (xs, ys) in curves.items()})
