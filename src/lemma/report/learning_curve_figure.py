"""The figure of what more training documents buy: scores on what was seen and on dev, by their number."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from lemma.report.figures import INK, _canvas, tall
from lemma.report.model_names import NAMES


def learning(facts: dict[str, Any], curves: dict[str, Any]) -> bytes:
    """Draw a panel a model but for majority, whose dev score is a line in each, as SVG; `curves` are others.

    Bars: one standard deviation over runs to either side.
    """
    held = {row["model"]: row["points"] for row in facts["learning"]}
    drawn = [model for model in held if model != "majority" and len(held[model]) > 1]
    with _canvas(tall(1.85, facts) if drawn else 0.8) as (figure, done):
        if not drawn:
            figure.text(0.5, 0.5, "No model was trained on a share of the documents.", ha="center", va="center")
        else:
            panels = figure.subplots(1, len(drawn), sharex=True, sharey=True, squeeze=False)[0]
            for axes, model in zip(panels, drawn):
                _curves(axes, held[model])
                if "majority" in held:
                    _line(axes, held["majority"], "dev", {"color": INK, "linestyle": ":"}, "majority on dev")
                axes.set_title(NAMES.get(model, model))
            panels[0].set_ylabel(f"{facts['data']['metric']} (%)")
            figure.supxlabel("training documents (logarithmic)", fontsize=8)
            handles, labels = panels[0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), handlelength=3)
    return done.getvalue()


def _curves(axes: Axes, points: list[dict[str, Any]]) -> None:
    _line(axes, points, "train", {"color": "#7a8ea8", "linestyle": (0, (4, 1.5)), "marker": "s"}, "documents seen")
    _line(axes, points, "dev", {"color": "#16325c", "marker": "o"}, "dev")
    axes.set_xscale("log")
    # A label at every other point, the last one among them: all of them would not fit.
    sizes = [point["documents"] for point in points][::-2]
    axes.set_xticks([size["value"] for size in sizes], [size["text"] for size in sizes])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.margins(x=0.12)


def _line(axes: Axes, points: list[dict[str, Any]], part: str, look: dict[str, Any], label: str) -> None:
    sizes = [point["documents"]["value"] for point in points]
    means = [point[part]["value"] for point in points]
    spreads = [point[part].get("std") or 0 for point in points]
    axes.errorbar(sizes, means, yerr=spreads, elinewidth=0.8, capsize=1.5, label=label, **look)
