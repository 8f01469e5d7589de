"""The figure of reliability (accuracy by confidence) and of accuracy by document length."""

from typing import Any

from matplotlib.axes import Axes

from lemma.report.figures import INK, MODELS, OTHER, canvas, scale_height

FEWEST = 0.01  # fraction of the documents that a bin needs to be drawn; the accuracy on few documents is noise


def draw_reliability(facts: dict[str, Any], curves: dict[str, Any]) -> bytes:
    """Draw accuracy by confidence, with the diagonal, and accuracy by document length, for all models."""
    with canvas(scale_height(1.8, facts)) as (figure, buffer):
        reliability, by_length = figure.subplots(1, 2)
        for model in facts["models"]:
            colour, dash, marker = MODELS.get(model["key"], OTHER)
            style = {"color": colour, "linestyle": dash, "marker": marker}
            if model["key"] != "majority":  # its confidence is constant
                _draw_bins(reliability, curves["calibration"][model["key"]]["bins"], style, model["name"])
            groups = curves["length"][model["key"]]
            accuracies = [100 * group["accuracy"] for group in groups]
            by_length.plot(range(len(groups)), accuracies, **style, label=model["name"])
        reliability.plot([0, 100], [0, 100], color=INK, linestyle=":", linewidth=1, zorder=1)
        reliability.set(xlabel="probability of the predicted class (%)", ylabel="accuracy (%)", title="Reliability")
        low = min((line.get_xdata()[0] for line in reliability.get_lines()[:-1] if len(line.get_xdata())), default=0)
        reliability.set(xlim=(10 * (float(low) // 10), 102), ylim=(0, 102))
        names = [row["words"] for row in facts["lengths"]]
        by_length.set_xticks(range(len(names)), names)
        by_length.set(xlabel="tokens per document", ylabel="accuracy (%)", title="Accuracy by length")
        handles, labels = by_length.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), columnspacing=1.2, handlelength=3)
    return buffer.getvalue()


def _draw_bins(axes: Axes, bins: list[dict[str, Any]], style: dict[str, Any], name: str) -> None:
    """Draw accuracy by confidence of one model, in the bins that have enough documents."""
    total = sum(entry["documents"] for entry in bins)
    drawn = [entry for entry in bins if entry["documents"] >= FEWEST * total]
    confidence, accuracy = ([100 * entry[key] for entry in drawn] for key in ("confidence", "accuracy"))
    axes.plot(confidence, accuracy, **style, label=name)
