"""The figure of what a search for settings buys: the best dev score to be expected, by number of trials.

Dodge et al. 2019: models compared at one budget only may change places at another.
"""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lemma.report.figures import COLUMN, INK, MODELS, OTHER, _canvas
from lemma.report.model_names import NAMES

MARKERS = 10  # on a curve


def budget(facts: dict[str, Any], curves: dict[str, Any]) -> bytes:
    """Draw every searched model's curve with one standard deviation about it, as SVG; `curves` are others."""
    searched = facts["tuning"]["curves"]
    with _canvas(1.9 if searched else 0.8, COLUMN) as (figure, done):
        if not searched:
            figure.text(0.5, 0.5, "No model's settings were searched.", ha="center", va="center", color=INK)
        else:
            axes = figure.subplots()
            for index, held in enumerate(searched):
                _curve(axes, index, held)
            axes.set(xlabel="trials", ylabel=f"dev {facts['data']['metric']} (%)")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            handles, labels = axes.get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside upper center", ncols=min(3, len(labels)), handlelength=3)
    return done.getvalue()


def _curve(axes: Axes, index: int, held: dict[str, Any]) -> None:
    colour, dash, marker = MODELS.get(held["model"], OTHER)
    budgets = [line["budget"] for line in held["curve"]]
    mean = [100 * line["expected"] for line in held["curve"]]
    scores = [100 * trial["score"] for trial in held["trials"]]
    # No search can have found more than its best trial, or less than its worst: the band ends there.
    low = [max(min(scores), value - 100 * line["std"]) for value, line in zip(mean, held["curve"])]
    high = [min(max(scores), value + 100 * line["std"]) for value, line in zip(mean, held["curve"])]
    axes.fill_between(budgets, low, high, color=colour, alpha=0.12, linewidth=0)
    every = max(1, len(budgets) // MARKERS)
    # Markers start at different budgets, so that curves that coincide still show each their own.
    axes.plot(
        budgets,
        mean,
        color=colour,
        linestyle=dash,
        marker=marker,
        markevery=(index % every, every),
        label=NAMES.get(held["model"], held["model"]),
    )
