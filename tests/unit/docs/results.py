"""The README's table of results, from reports/benchmark. `python -m tests.unit.docs.results` rewrites it."""

from lemma.experiments.benchmark_results import collect_scores
from lemma.experiments.published_results import read_published
from lemma.files import read_json
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
PUBLISHED = ROOT / "resources" / "published.yaml"
METHOD = "CNN-rand"
NO_VALUE = "–"


def table() -> str:
    """Return the table of test scores in Markdown: models by data set, mean and half of the confidence interval."""
    lines = [["", *(title for title, _ in COLUMNS.values())], ["---"] * (len(COLUMNS) + 1)]
    for title, (model, suffix) in ROWS.items():
        cells = [_cell(dataset, experiment + suffix, model) for dataset, (_, experiment) in COLUMNS.items()]
        lines.append([title, *cells])
    lines.append([f"{METHOD} (Kim, 2014)", *(str(_published().get(dataset, NO_VALUE)) for dataset in COLUMNS)])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cell(dataset: str, experiment: str, model: str) -> str:
    path = ROOT / "reports" / "benchmark" / f"{experiment}.json"
    scores = collect_scores([read_json(path)], read_published(PUBLISHED)) if path.exists() else {}
    if (experiment, dataset, model) not in scores:
        return NO_VALUE
    test = scores[experiment, dataset, model].test
    half = "" if model == "majority" else f" ± {(test['high'] - test['low']) / 2:.1f}"
    return f"{test['value']:.1f}{half}"


def _published() -> dict[str, float]:
    rows = read_published(PUBLISHED).results()
    return {row.dataset: row.score for row in rows if (row.method, row.work) == (METHOD, "kim2014")}


if __name__ == "__main__":
    replace_between(README, MARK, table())
