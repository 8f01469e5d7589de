"""The README's table of results, from reports/benchmark. `python -m tests.unit.docs.results` rewrites it."""

import json
from typing import Any

import yaml

from tests.pages import replace_between
from tests.project import ROOT

README = ROOT / "README.md"
MARK = "results"
COLUMNS = {  # data set: its title, and its experiments in reports/benchmark
    "rt-polarity": ("rt-polarity", "rt-polarity"),
    "sst2": ("SST-2", "sst2-phrases"),
    "sst5": ("SST-5", "sst5"),
    "tweeteval": ("tweets", "tweeteval"),
    "imdb": ("IMDb", "imdb"),
    "trec": ("TREC", "trec"),
}
ROWS = {  # title: the model, and what its experiment's name adds to that of its column
    "majority class": ("majority", ""),
    "naive Bayes": ("nb", ""),
    "logistic regression": ("logreg", ""),
    "NBSVM": ("nbsvm", ""),
    "MLP (deep averaging)": ("mlp", ""),
    "CNN": ("cnn", ""),
    "RNN (BiLSTM)": ("rnn", ""),
    "MLP, trained vectors": ("mlp", "-vectors"),
    "CNN, trained vectors": ("cnn", "-vectors"),
    "RNN, trained vectors": ("rnn", "-vectors"),
}
PUBLISHED = "CNN-rand"  # of Kim (2014), in resources/published.yaml
NO_VALUE = "–"


def table() -> str:
    """Return the table of test scores in Markdown: models by data set, mean and half of the confidence interval."""
    lines = [["", *(title for title, _ in COLUMNS.values())], ["---"] * (len(COLUMNS) + 1)]
    for title, (model, suffix) in ROWS.items():
        cells = [_cell(dataset, experiment + suffix, model) for dataset, (_, experiment) in COLUMNS.items()]
        lines.append([title, *cells])
    lines.append([f"{PUBLISHED} (Kim, 2014)", *(str(_published().get(dataset, NO_VALUE)) for dataset in COLUMNS)])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cell(dataset: str, experiment: str, model: str) -> str:
    path = ROOT / "reports" / "benchmark" / f"{experiment}.json"
    models = json.loads(path.read_text())["results"][dataset]["metrics"]["models"] if path.exists() else {}
    if model not in models:
        return NO_VALUE
    test = models[model]["summary"]["test"]
    score = test["macro"]["recall"] if dataset == "tweeteval" else test["accuracy"]
    mean, half = 100 * score["mean"], 50 * (score["high"] - score["low"])
    return f"{mean:.1f}" + (f" ± {half:.1f}" if half > 0 else "")


def _published() -> dict[str, Any]:
    tables = yaml.safe_load((ROOT / "resources" / "published.yaml").read_text())["tables"]
    (row,) = [row for table in tables for row in table["rows"] if row["method"] == PUBLISHED]
    return dict(row["scores"])


if __name__ == "__main__":
    replace_between(README, MARK, table())
