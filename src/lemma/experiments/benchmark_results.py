"""Scores of the experiments in the benchmark, by data set and model, and whether they meet the targets."""

from dataclasses import dataclass
from typing import Any, Literal

from lemma.corpus.primary_metric import get_primary_score
from lemma.evaluation.metrics import primary_path
from lemma.evaluation.uncertainty import compute_interval
from lemma.experiments.published_results import Candidates, PublishedResults, Target
from lemma.experiments.spreads import estimate_spreads
from lemma.params import LEARNT, find_group
from lemma.report.model_names import NAMES
from lemma.report.numbers import Number, hundredth, percent

CONFIDENCE = 0.95  # of all intervals of the benchmark
NAMED = {"imdb": "IMDB"}  # corpora with documents without labels
BenchmarkScores = dict[tuple[str, str, str], "BenchmarkScore"]


@dataclass(frozen=True)
class BenchmarkScore:
    """The score of a model in one experiment, in per cent.

    Attributes:
        experiment: name of the experiment.
        dataset: name of the data set.
        model: name of the model.
        dev: mean on dev.
        test: mean, standard deviation over runs and interval on test; the interval covers runs and test documents.
        runs: their number, as text.
        extra: what the model was trained on besides the labelled documents.
        marks: keys of `MARKS`, differences from the protocol of published results.
    """

    experiment: str
    dataset: str
    model: str
    dev: float
    test: Number
    runs: str
    extra: str
    marks: str = ""

    @property
    def mean(self) -> float:
        """Mean on test in per cent, rounded to nine decimals to remove floating-point error."""
        return round(float(self.test["value"]), 9)


@dataclass(frozen=True)
class TargetVerdict:
    """Whether a target is met.

    Attributes:
        word: the verdict.
        candidate: that is best on dev; None if one has not been run.
        why: the reason if the target is not met; "" without one.
    """

    word: Literal["yes", "no", "not run"]
    candidate: BenchmarkScore | None
    why: str


def collect_scores(results: list[dict[str, Any]], tables: PublishedResults) -> BenchmarkScores:
    """Return the scores of all experiments by experiment, data set and model.

    Args:
        results: recorded results, one item for each experiment.
        tables: published results, which define the metric of a data set; the default is accuracy.
    """
    scores: BenchmarkScores = {}
    for experiment in results:
        name = experiment["name"]
        for dataset, result in experiment["results"].items():
            task = tables.datasets.get(dataset)
            metric = task.metric if task else "accuracy"
            for model, entry in result["metrics"]["models"].items():
                dev, test = (get_primary_score(entry["summary"][split], metric) for split in ("dev", "test"))
                n, protocol = len(entry["runs"]), result["metrics"]["protocol"]
                # computed from the runs, since intervals in files of earlier versions cover the seeds only
                spread = estimate_spreads(protocol, [run["test"] for run in entry["runs"]])[primary_path(metric)]
                low, high = compute_interval(test["mean"], spread, CONFIDENCE)
                test = {"mean": test["mean"], "std": test["std"], "low": low, "high": high}
                scores[name, dataset, model] = BenchmarkScore(
                    experiment=name,
                    dataset=dataset,
                    model=model,
                    dev=100 * dev["mean"],
                    test=percent(test, n, f"reports/benchmark/{name}.json"),
                    runs=f"{n} folds" if protocol["kind"] == "folds" else str(n),
                    extra=_describe_extra_data(experiment["params"], dataset, model),
                    marks=_select_marks(experiment["params"], model),
                )
    return scores


MARKS = {
    "A": "predictions averaged over the checkpoints of the best epochs, where Kim (2014) uses one checkpoint",
    "F": "features are n-grams of words, weighted by TF-IDF; those of Wang and Manning (2012) are Boolean",
    "C": "features also include n-grams of characters",
    "L": "NBSVM with the logistic loss and a refitted intercept, in place of a support vector machine",
    "T": "hyperparameters selected on dev by random search, for linear models including the features",
}


def _select_marks(params: dict[str, Any], model: str) -> str:
    """Return the keys of `MARKS` that apply to a model."""
    settings, group, is_tuned = params["models"][model], find_group(model), model in params["tune"]["models"]
    applies = {
        "A": group == "network" and params["train"]["best_epochs"] > 1,
        "F": group == "linear" and not is_tuned and settings["term_weighting"] == "tfidf",
        "C": group == "linear" and not is_tuned and settings["char_ngrams"] > 0,
        "L": model == "nbsvm",
        "T": is_tuned,
    }
    return "".join(mark for mark in MARKS if applies[mark])


def _describe_extra_data(params: dict[str, Any], dataset: str, model: str) -> str:
    """Return what a model was trained on besides the labelled documents of the data set."""
    settings, vectors = params["models"][model], params.get("vectors", {})
    source = vectors.get("source")
    if source is None or not (settings.get("centroids") or "embedding_learning_rate" in settings):
        return "none"
    if source != LEARNT:
        return "word vectors"
    # The documents of the data set itself are no extra data, except those without labels, which only IMDB has.
    return ", ".join(f"unlabelled {NAMED.get(c, c)}" for c in vectors["corpora"] if c != dataset or c in NAMED)


def judge_target(target: Target, scores: BenchmarkScores) -> TargetVerdict:
    """Return whether the candidate that is best on dev reaches the bound of the target on test.

    A score equal to the bound meets it. If the target names models to be above, the candidate must have a higher score
    than all of them. The verdict is "not run" while a score of any of these models is missing.
    """
    candidates, missing = _select_scores(target, target.dataset, scores)
    rivals, missing_rivals = _select_scores(target.above, target.dataset, scores) if target.above else ([], [])
    if missing or missing_rivals:
        return TargetVerdict("not run", None, f"waits for {', '.join(dict.fromkeys(missing + missing_rivals))}")
    best = max(candidates, key=lambda score: score.dev)
    better = [rival for rival in rivals if rival.mean >= best.mean]
    if better:
        top = max(better, key=lambda rival: rival.mean)
        return TargetVerdict("no", best, f"{NAMES.get(top.model, top.model)} has {hundredth(top.mean)}")
    return TargetVerdict("yes" if best.mean >= target.at_least else "no", best, "")


def _select_scores(
    candidates: Candidates, dataset: str, scores: BenchmarkScores
) -> tuple[list[BenchmarkScore], list[str]]:
    """Return the scores of the candidates, and the experiments in which one is missing."""
    keys = [(experiment, dataset, model) for experiment in candidates.experiments for model in candidates.models]
    return [scores[key] for key in keys if key in scores], [key[0] for key in keys if key not in scores]


def format_score(value: float, bound: float) -> str:
    """Return a score with two decimals, or with more if it would be rounded up to a bound that it misses."""
    digits = 2
    while value < bound <= float(f"{value:.{digits}f}") and digits < 9:
        digits += 1
    return f"{value:.{digits}f}"
