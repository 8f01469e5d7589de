"""The figure of learning curves: train and dev score by number of training documents."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from lemma.report.figures import INK, canvas, scale_height
from lemma.report.model_names import NAMES


def draw_learning_curves(facts: dict[str, Any], curves: dict[str, Any]) -> bytes:
    """Draw a panel for each model, with the dev score of majority as a line in each; `curves` is not used.

    Error bars show one standard deviation over runs.
    """
    points = {row["model"]: row["points"] for row in facts["learning"]}
    drawn = [model for model in points if model != "majority" and len(points[model]) > 1]
    with canvas(scale_height(2.25, facts) if drawn else 0.8) as (figure, buffer):
        if not drawn:
            figure.text(0.5, 0.5, "No model was trained on a fraction of the training set.", ha="center", va="center")
        else:
            panels = figure.subplots(1, len(drawn), sharex=True, sharey=True, squeeze=False)[0]
            for axes, model in zip(panels, drawn):
                _draw_curves(axes, points[model])
                if "majority" in points:
                    _draw_line(axes, points["majority"], "dev", {"color": INK, "linestyle": ":"}, "majority on dev")
                axes.set_title(NAMES.get(model, model))
            panels[0].set_ylabel(f"{facts['data']['metric']} (%)")
            full = points[drawn[0]][-1]["documents"]["text"]
            figure.supxlabel(f"% of the {full} training documents (logarithmic)", fontsize=8)
            handles, labels = panels[0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), handlelength=3)
    return buffer.getvalue()


def _draw_curves(axes: Axes, points: list[dict[str, Any]]) -> None:
    """Draw the train and the dev curve of one model."""
    _draw_line(axes, points, "train", {"color": "#7a8ea8", "linestyle": (0, (4, 1.5)), "marker": "s"}, "train")
    _draw_line(axes, points, "dev", {"color": "#16325c", "marker": "o"}, "dev")
    axes.set_xscale("log")
    axes.set_xticks([point["documents"]["value"] for point in points], [f"{point['share']}" for point in points])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.margins(x=0.12)


def _draw_line(axes: Axes, points: list[dict[str, Any]], split: str, style: dict[str, Any], label: str) -> None:
    """Draw the mean scores on a split with their standard deviations."""
    sizes = [point["documents"]["value"] for point in points]
    means = [point[split]["value"] for point in points]
    spreads = [point[split].get("std") or 0 for point in points]
    axes.errorbar(sizes, means, yerr=spreads, elinewidth=0.8, capsize=1.5, label=label, **style)
