"""The figure of the expected best dev score by number of trials (Dodge et al., 2019).

The ranking of models may depend on the budget of their searches.
"""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lemma.report.figures import COLUMN, INK, MODELS, OTHER, canvas
from lemma.report.model_names import NAMES

MARKERS = 10  # of a curve, about


def draw_search_budget(facts: dict[str, Any], curves: dict[str, Any]) -> bytes:
    """Draw the curve of each tuned model with a band of one standard deviation; `curves` is not used."""
    searches = facts["tuning"]["curves"]
    with canvas(2.2 if searches else 0.8, COLUMN) as (figure, buffer):
        if not searches:
            figure.text(0.5, 0.5, "Hyperparameters were not tuned.", ha="center", va="center", color=INK)
        else:
            axes = figure.subplots()
            for index, search in enumerate(searches):
                _draw_curve(axes, index, search)
            axes.set(xlabel="trials", ylabel=f"dev {facts['data']['metric']} (%)")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            handles, labels = axes.get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside upper center", ncols=min(3, len(labels)), handlelength=3)
    return buffer.getvalue()


def _draw_curve(axes: Axes, index: int, search: dict[str, Any]) -> None:
    """Draw the curve of one model; `index` is its place among the curves."""
    colour, dash, marker = MODELS.get(search["model"], OTHER)
    budgets = [line["budget"] for line in search["curve"]]
    mean = [100 * line["expected"] for line in search["curve"]]
    scores = [100 * trial["score"] for trial in search["trials"]]
    # The best of some trials is not above the best or below the worst of all: the band ends there.
    low = [max(min(scores), value - 100 * line["std"]) for value, line in zip(mean, search["curve"])]
    high = [min(max(scores), value + 100 * line["std"]) for value, line in zip(mean, search["curve"])]
    axes.fill_between(budgets, low, high, color=colour, alpha=0.12, linewidth=0)
    spacing = max(1, len(budgets) // MARKERS)
    # Markers start at different budgets, so that coinciding curves can be told apart.
    axes.plot(
        budgets,
        mean,
        color=colour,
        linestyle=dash,
        marker=marker,
        markevery=(index % spacing, spacing),
        label=NAMES.get(search["model"], search["model"]),
    )
