"""The figure of reliability (accuracy by confidence) and of the accuracy on groups of test documents."""

from typing import Any

from matplotlib.axes import Axes

from lemma.report.figures import FRAME, INK, MODELS, OTHER, SOFT, canvas, scale_height

FEWEST = 0.01  # fraction of the documents that a bin needs to be drawn; the accuracy on few documents is noise
GROUPS = {"lengths": "{} tokens", "unseen": "{} % unseen", "contrast": "{} negation"}


def draw_reliability(facts: dict[str, Any], curves: dict[str, Any]) -> bytes:
    """Draw accuracy by confidence for all models, and the reference model's accuracy on groups with intervals."""
    with canvas(scale_height(2.6, facts)) as (figure, buffer):
        reliability, groups = figure.subplots(1, 2)
        for model in facts["models"]:
            if model["key"] == "majority":  # its confidence is constant
                continue
            colour, dash, marker = MODELS.get(model["key"], OTHER)
            style = {"color": colour, "linestyle": dash, "marker": marker}
            _draw_bins(reliability, curves["calibration"][model["key"]]["bins"], style, model["name"])
        reliability.plot([0, 100], [0, 100], color=INK, linestyle=":", linewidth=1, zorder=1)
        reliability.set(xlabel="probability of the predicted class (%)", ylabel="accuracy (%)", title="Reliability")
        low = min((line.get_xdata()[0] for line in reliability.get_lines()[:-1] if len(line.get_xdata())), default=0)
        reliability.set(xlim=(10 * (float(low) // 10), 102), ylim=(0, 102))
        if reliability.get_legend_handles_labels()[0]:
            reliability.legend(loc="lower right", **FRAME)
        _draw_groups(groups, facts)
    return buffer.getvalue()


def _draw_bins(axes: Axes, bins: list[dict[str, Any]], style: dict[str, Any], name: str) -> None:
    """Draw accuracy by confidence of one model, in the bins that have enough documents."""
    total = sum(entry["documents"] for entry in bins)
    drawn = [entry for entry in bins if entry["documents"] >= FEWEST * total]
    confidence, accuracy = ([100 * entry[key] for entry in drawn] for key in ("confidence", "accuracy"))
    axes.plot(confidence, accuracy, **style, label=name)


def _draw_groups(axes: Axes, facts: dict[str, Any]) -> None:
    """Draw the accuracy of the reference model on each group of test documents, a line for a group."""
    reference = next(model for model in facts["models"] if model["key"] == facts["significance"]["reference"])
    colour, _, marker = MODELS.get(reference["key"], OTHER)
    place, ticks = 0.0, []
    for kind, label in GROUPS.items():
        for group in facts[kind] if len(facts[kind]) > 1 else []:
            accuracy = group["accuracy"]
            axes.plot([accuracy["low"], accuracy["high"]], [place, place], color=INK, linewidth=1.2)
            axes.plot([accuracy["value"]], [place], marker, color=colour, markersize=4.5, zorder=3)
            ticks.append((place, f"{label.format(group['name'])} ({group['documents']['text']})"))
            place -= 1
        place -= 0.6
    axes.axvline(reference["scores"]["test"]["accuracy"]["value"], color=SOFT, linestyle=":", zorder=1)
    axes.set_yticks([tick for tick, _ in ticks], [label for _, label in ticks])
    axes.grid(axis="y", visible=False)
    axes.set(xlabel="accuracy (%)", title=f"Accuracy of {reference['name']} by group")
