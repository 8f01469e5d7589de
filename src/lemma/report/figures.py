"""The style of all figures, and the figures of loss, scores and document lengths, as SVG.

Models differ in dash and marker as well as in colour, so that figures can be printed in grey. Figures have their
printed size, use fonts that come with matplotlib, and draw letters as outlines: equal numbers give equal bytes.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

WIDTH, COLUMN = 7.0, 3.35  # inches: both columns of the page, one column
FEW_CLASSES = 4
INK, SOFT = "#222222", "#8a8a8a"
# A legend among curves hides what is below it.
FRAME: dict[str, Any] = {"handlelength": 3, "frameon": True, "framealpha": 0.85, "edgecolor": "none"}
STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": SOFT,
    "axes.grid": True,
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 8.5,
    "axes.titlepad": 4,
    "figure.constrained_layout.use": True,
    "font.family": "STIXGeneral",
    "font.size": 8,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.5,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "lemma",
    "text.parse_math": False,  # print a $ in the name of a class as it is
    "xtick.color": INK,
    "xtick.labelsize": 7.5,
    "xtick.major.size": 2,
    "ytick.color": INK,
    "ytick.labelsize": 7.5,
    "ytick.major.size": 2,
}
# Colour, dash and marker. Networks are darker than baselines.
MODELS: dict[str, tuple[str, Any, str]] = {
    "majority": ("#b8b8b8", "-", "|"),
    "nb": ("#8d8d8d", (0, (1, 1)), "x"),
    "logreg": ("#c2781f", (0, (5, 1.5)), "s"),
    "nbsvm": ("#7d62a8", (0, (5, 1.5, 1, 1.5)), "D"),
    "mlp": ("#2b8a78", (0, (3, 1)), "^"),
    "cnn": ("#16325c", "-", "o"),
    "rnn": ("#a81c28", (0, (7, 1.5, 1, 1.5, 1, 1.5)), "v"),
}
OTHER = ("#444444", (0, (2, 2)), "P")


def scale_height(height: float, facts: dict[str, Any]) -> float:
    """Return the height of a figure in inches, less for many classes, whose scores need more space."""
    return height if len(facts["data"]["classes"]) <= FEW_CLASSES else 0.75 * height


def draw_loss(facts: dict[str, Any], curves: dict[str, Any]) -> bytes:
    """Draw train and dev loss by epoch, one panel for each network: mean and range over runs, and the best epochs."""
    networks = [model for model in facts["models"] if model["key"] in curves["loss"]]
    with canvas(scale_height(2.4, facts) if networks else 0.8) as (figure, buffer):
        if not networks:
            figure.text(0.5, 0.5, "No model of this report is trained in epochs.", ha="center", va="center", color=INK)
        panels = figure.subplots(1, len(networks), sharey=True, squeeze=False)[0] if networks else []
        for axes, model in zip(panels, networks):
            _draw_losses(axes, model, curves["loss"][model["key"]])
        if networks:
            panels[0].set_ylabel("cross-entropy (nats)")
            panels[0].set_ylim(bottom=0)
            handles, labels = panels[0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return buffer.getvalue()


def _draw_losses(axes: Axes, model: dict[str, Any], curve: dict[str, Any]) -> None:
    epochs = curve["epochs"]
    full = sum(n == curve["runs"] for n in curve["n"])  # epochs that all runs reached
    for split, colour, dash, marker in (("train", "#7a8ea8", (0, (4, 1.5)), "s"), ("dev", "#16325c", "-", "o")):
        band = curve[split]
        axes.fill_between(epochs, band["low"], band["high"], color=colour, alpha=0.2, linewidth=0)
        style: dict[str, Any] = {"color": colour, "linestyle": dash}
        every = max(1, full // 6)
        axes.plot(epochs[:full], band["mean"][:full], marker=marker, markevery=every, label=f"{split} loss", **style)
        axes.plot(epochs[full - 1 :], band["mean"][full - 1 :], linewidth=0.6, **style)
    best = model["best_epochs"]
    # Markers above the axis: the best epoch of each run, one above the other where several runs share it.
    heights = [0.03 + 0.075 * best[:run].count(epoch) for run, epoch in enumerate(best)]
    triangle: dict[str, Any] = {"color": INK, "markerfacecolor": "none", "markersize": 4, "clip_on": False}
    axes.plot(best, heights, "^", transform=axes.get_xaxis_transform(), label="best epoch of a run", **triangle)
    axes.set_title(f"{model['name']} ({curve['runs']} {'run' if curve['runs'] == 1 else 'runs'})")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))


def draw_scores(facts: dict[str, Any], curves: dict[str, Any]) -> bytes:
    """Draw the primary metric of each model on test: all runs, and the mean with its interval.

    Majority is left out if there are other models, since its low scores would hide their differences.
    """
    models = [model for model in facts["models"] if model["key"] != "majority"][::-1] or facts["models"]
    with canvas(0.5 + 0.3 * len(models), COLUMN) as (figure, buffer):
        axes = figure.subplots()
        for place, model in enumerate(models):
            _draw_score(axes, place, model)
        axes.set_xlabel(f"test {facts['data']['metric']} (%)")
        axes.margins(x=0.05)
        axes.set_yticks(range(len(models)), [model["name"] for model in models])
        axes.set_ylim(-0.6, len(models) - 0.4)
    return buffer.getvalue()


def _draw_score(axes: Axes, place: int, model: dict[str, Any]) -> None:
    colour, _, _ = MODELS.get(model["key"], OTHER)
    summary, runs = model["scores"]["test"]["score"], [run["score"] for run in model["tests"]]
    below = [place - 0.24] * len(runs)  # under the interval
    axes.plot(runs, below, "o", color=colour, markerfacecolor="none", markersize=3.5, markeredgewidth=0.8)
    if summary.get("low") is not None and summary.get("high") is not None:
        axes.plot([summary["low"], summary["high"]], [place, place], color=INK, linewidth=1.2, zorder=3)
    axes.plot([summary["value"]], [place], "|", color=INK, markersize=9, markeredgewidth=1.6, zorder=4)


def draw_lengths(splits: list[dict[str, Any]], width: int) -> bytes:
    """Draw the percentage of documents by length for each split, train filled and the others as lines.

    Args:
        splits: the entries `parts` of card.json.
        width: tokens in a bin; the last bin has no upper end.
    """
    bins = len(splits[0]["histogram"])
    styles: list[dict[str, Any]] = [
        {"fill": True, "color": "#c9d1dc"},
        {"color": "#c2781f", "linestyle": (0, (3, 1))},
        {"color": MODELS["cnn"][0]},
    ]
    with canvas(1.35, COLUMN) as (figure, buffer):
        axes = figure.subplots()
        for split, style in zip(splits, styles):
            percentages = [100 * number / max(1, split["documents"]) for number in split["histogram"]]
            axes.stairs(percentages, range(bins + 1), label=split["part"], linewidth=1.1, **style)
        ticks = [*range(0, bins - 1, max(1, bins // 4)), bins - 1]
        axes.set_xticks(ticks, [f"{width * tick}{'+' * (tick == bins - 1)}" for tick in ticks])
        axes.set(xlim=(0, bins), xlabel="tokens per document", ylabel="% of documents")
        axes.grid(axis="x", visible=False)
        axes.legend(loc="upper right", handlelength=1.6, borderpad=0)
    return buffer.getvalue()


@contextmanager
def canvas(height: float, width: float = WIDTH) -> Iterator[tuple[Figure, io.BytesIO]]:
    """Yield a figure of this size in inches, and the buffer that holds its SVG after the block."""
    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height))
        yield figure, buffer
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "lemma"})
