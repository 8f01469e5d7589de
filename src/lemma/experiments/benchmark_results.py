"""What the experiments of the benchmark reached: a record for each data set and model, and whether a target is met."""

from dataclasses import dataclass
from typing import Any, Literal

from lemma.corpus.primary_metric import get_primary_score
from lemma.experiments.published_results import Candidates, PublishedResults, Target
from lemma.params import LEARNT
from lemma.report.model_names import NAMES
from lemma.report.numbers import Number, hundredth, percent

BenchmarkScores = dict[tuple[str, str, str], "BenchmarkScore"]


@dataclass(frozen=True)
class BenchmarkScore:
    """A model's score in per cent: `test` with spread and interval over runs, and the mean on `dev`."""

    experiment: str
    dataset: str
    model: str
    dev: float
    test: Number
    runs: str
    extra: str

    @property
    def mean(self) -> float:
        """The mean on test, in per cent, free of what binary fractions add in the tenth decimal."""
        return round(float(self.test["value"]), 9)


@dataclass(frozen=True)
class TargetVerdict:
    """Whether a target is met: by which candidate, with which score, and what is amiss otherwise."""

    word: Literal["yes", "no", "not run"]
    candidate: BenchmarkScore | None
    why: str


def collect_scores(held: list[dict[str, Any]], tasks: PublishedResults) -> BenchmarkScores:
    """Return the scores of all experiments by experiment, data set and model.

    Args:
        held: what `lemma.experiments.run.collect` gave, an item an experiment.
        tasks: says which score counts on a data set; data sets that it lacks are scored by accuracy.
    """
    found: BenchmarkScores = {}
    for experiment in held:
        name = experiment["name"]
        for dataset, result in experiment["results"].items():
            task = tasks.datasets.get(dataset)
            metric = task.metric if task else "accuracy"
            for model, entry in result["metrics"]["models"].items():
                dev, test = (get_primary_score(entry["summary"][part], metric) for part in ("dev", "test"))
                n = len(entry["runs"])
                folds = result["metrics"]["protocol"]["kind"] == "folds"
                found[name, dataset, model] = BenchmarkScore(
                    experiment=name,
                    dataset=dataset,
                    model=model,
                    dev=100 * dev["mean"],
                    test=percent(test, n, f"reports/benchmark/{name}.json"),
                    runs=f"{n} folds" if folds else str(n),
                    extra=_extra(experiment["params"], model),
                )
    return found


def _extra(params: dict[str, Any], model: str) -> str:
    """Return what a model learnt from besides the data set's labelled texts."""
    settings, vectors = params["models"][model], params.get("vectors", {})
    source = vectors.get("source")
    if source is None or not (settings.get("centroids") or "embedding_learning_rate" in settings):
        return "none"
    return f"texts of {', '.join(vectors['corpora'])}" if source == LEARNT else "word vectors"


def judge_target(target: Target, found: BenchmarkScores) -> TargetVerdict:
    """Return whether the target's candidate that is best on dev has at least the score asked for on test.

    A bound met exactly is met. As long as one of the candidates, or of those to be above, has not been run, nothing is
    said.
    """
    mine, absent = _pick(target, target.dataset, found)
    others, lacking = _pick(target.above, target.dataset, found) if target.above else ([], [])
    if absent or lacking:
        return TargetVerdict("not run", None, f"waits for {', '.join(dict.fromkeys(absent + lacking))}")
    best = max(mine, key=lambda it: it.dev)
    over = [it for it in others if it.mean >= best.mean]
    if over:
        top = max(over, key=lambda it: it.mean)
        return TargetVerdict("no", best, f"{NAMES.get(top.model, top.model)} has {hundredth(top.mean)}")
    return TargetVerdict("yes" if best.mean >= target.at_least else "no", best, "")


def _pick(candidates: Candidates, dataset: str, found: BenchmarkScores) -> tuple[list[BenchmarkScore], list[str]]:
    """Return the candidates' scores, and the experiments in which one of them is missing."""
    keys = [(experiment, dataset, model) for experiment in candidates.experiments for model in candidates.models]
    return [found[key] for key in keys if key in found], [key[0] for key in keys if key not in found]


def format_score(value: float, bound: float) -> str:
    """Return `value` with two decimals, or as many more as it takes not to round up to a bound that it misses."""
    digits = 2
    while value < bound <= float(f"{value:.{digits}f}") and digits < 9:
        digits += 1
    return f"{value:.{digits}f}"
