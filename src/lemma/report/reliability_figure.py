"""The figure of how sure models are and how often right, and of their accuracy by the length of a document."""

from typing import Any

from matplotlib.axes import Axes

from lemma.report.figures import INK, MODELS, OTHER, _canvas, tall

FEWEST = 0.01  # share of a model's documents that a bin must hold to be drawn: of a few, accuracy says little


def reliability(facts: dict[str, Any], curves: dict[str, Any]) -> bytes:
    """Draw accuracy over confidence, with the diagonal, and accuracy over length, every model in both, as SVG."""
    with _canvas(tall(1.8, facts)) as (figure, done):
        sure, long = figure.subplots(1, 2)
        for model in facts["models"]:
            colour, dash, marker = MODELS.get(model["key"], OTHER)
            look = {"color": colour, "linestyle": dash, "marker": marker}
            if model["key"] != "majority":  # it is equally sure of everything
                _reliability(sure, curves["calibration"][model["key"]]["bins"], look, model["name"])
            held = curves["length"][model["key"]]
            long.plot(range(len(held)), [100 * row["accuracy"] for row in held], **look, label=model["name"])
        sure.plot([0, 100], [0, 100], color=INK, linestyle=":", linewidth=1, zorder=1)
        sure.set(xlabel="probability of the predicted class (%)", ylabel="accuracy (%)", title="Reliability")
        low = min((line.get_xdata()[0] for line in sure.get_lines()[:-1] if len(line.get_xdata())), default=0)
        sure.set(xlim=(10 * (float(low) // 10), 102), ylim=(0, 102))
        names = [row["words"] for row in facts["lengths"]]
        long.set_xticks(range(len(names)), names)
        long.set(xlabel="words a document", ylabel="accuracy (%)", title="Accuracy by length")
        handles, labels = long.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), columnspacing=1.2, handlelength=3)
    return done.getvalue()


def _reliability(axes: Axes, bins: list[dict[str, Any]], look: dict[str, Any], name: str) -> None:
    total = sum(one["documents"] for one in bins)
    drawn = [one for one in bins if one["documents"] >= FEWEST * total]
    axes.plot([100 * one["confidence"] for one in drawn], [100 * one["accuracy"] for one in drawn], **look, label=name)
