"""The figure of precision-recall curves: those of the reference model by class, and the differences of the others."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from lemma.report.figures import FRAME, INK, MODELS, OTHER, canvas, scale_height
from lemma.report.sentences import PANELS

CLASS_STYLES: tuple[tuple[str, Any], ...] = (
    ("#16325c", (0, (5, 1.5))),
    ("#c2781f", (0, (1, 1))),
    ("#2b8a78", (0, (3, 1))),
    ("#7d62a8", (0, (5, 1.5, 1, 1.5))),
    ("#8d8d8d", (0, (7, 1.5, 1, 1.5, 1, 1.5))),
    ("#a81c28", (0, (2, 2))),
    ("#444444", (0, (4, 4))),
)


def draw_precision_recall(facts: dict[str, Any], curves: dict[str, Any]) -> bytes:
    """Draw precision by recall of the reference model on test, and the macro average of the others minus its own."""
    with canvas(scale_height(2.5, facts)) as (figure, buffer):
        absolute, relative = figure.subplots(1, 2)
        _draw_reference(absolute, facts, curves["precision_recall"][facts["significance"]["reference"]])
        _draw_differences(relative, facts, curves["precision_recall"])
    return buffer.getvalue()


def _draw_reference(axes: Axes, facts: dict[str, Any], curves: dict[str, Any]) -> None:
    """Draw the macro average and the most frequent classes, in the order of the data set."""
    shares = [entry["value"] for entry in facts["prevalence"]]
    classes = list(zip(facts["data"]["classes"], facts["data"]["keys"], shares))
    shown = sorted(sorted(classes, key=lambda entry: -entry[2])[:PANELS], key=classes.index)
    for (title, key, _), (colour, dash) in zip(shown, CLASS_STYLES):
        if curve := curves["per_class"].get(key):  # a class without test documents has none
            axes.plot(*_to_percent(curve), color=colour, linestyle=dash, label=shorten(title))
    axes.plot(*_to_percent(curves["macro"]), color=INK, linewidth=1.8, label="macro average")
    axes.axhline(sum(shares) / len(shares), color=INK, linestyle=":", linewidth=1)
    axes.set(xlabel="recall (%)", ylabel="precision (%)", xlim=(0, 100), title=_name_reference(facts))
    axes.set_ylim(max(0, 10 * ((min(shares) - 5) // 10)), 102)
    axes.legend(loc="lower left" if len(shown) > 3 else "center left", ncols=1 + len(shown) // 4, **FRAME)


def _draw_differences(axes: Axes, facts: dict[str, Any], curves: dict[str, Any]) -> None:
    """Draw the macro-averaged precision of each other model minus that of the reference, without majority."""
    recall, baseline = _to_percent(curves[facts["significance"]["reference"]]["macro"])
    for index, model in enumerate(facts["models"]):
        if model["key"] in ("majority", facts["significance"]["reference"]):
            continue
        colour, dash, marker = MODELS.get(model["key"], OTHER)
        difference = _to_percent(curves[model["key"]]["macro"])[1] - baseline
        # Markers start at different recalls, so that coinciding curves can be told apart.
        style: dict[str, Any] = {"color": colour, "linestyle": dash, "marker": marker, "markevery": (3 * index, 24)}
        axes.plot(recall, difference, label=model["name"], **style)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set(xlabel="recall (%)", ylabel="difference in precision (points)", xlim=(0, 100))
    axes.set_title(f"macro average minus {_name_reference(facts)}")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="best", ncols=2, **FRAME)


def _name_reference(facts: dict[str, Any]) -> str:
    return next(str(model["name"]) for model in facts["models"] if model["key"] == facts["significance"]["reference"])


def _to_percent(curve: dict[str, list[float]]) -> tuple[Any, Any]:
    return 100 * np.array(curve["recall"]), 100 * np.array(curve["precision"])


def shorten(title: str) -> str:
    """Return a title of at most 24 characters."""
    return title if len(title) <= 24 else title[:23] + "…"
