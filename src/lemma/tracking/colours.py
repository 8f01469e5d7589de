"""Colours of runs in the MLflow UI."""

from lemma.params import Models

# Colours of the models (Tableau's ten): MLflow's own are random and often equal.
COLOURS = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"]
SHADES = (0.0, 0.45, -0.35, 0.7, -0.6)  # of the configurations of a model: > 0 lighter, < 0 darker


def choose_colour(model: str, number: int) -> str:
    """Return the colour of a model, in another shade for each of its configurations."""
    models = list(Models.model_fields)
    base = COLOURS[(models.index(model) if model in models else 0) % len(COLOURS)]
    shade = SHADES[number % len(SHADES)]
    channels = [int(base[start : start + 2], 16) for start in (1, 3, 5)]
    target = 255 if shade > 0 else 0
    return "#" + "".join(f"{round(channel + (target - channel) * abs(shade)):02x}" for channel in channels)
