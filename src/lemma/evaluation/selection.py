"""Which of a model's runs is the best on dev. The test part decides nothing here."""

from dataclasses import dataclass

from lemma import files
from lemma.corpus.primary_metric import get_primary_score
from lemma.corpus.tokens import open_corpus
from lemma.errors import InputError
from lemma.layout import Layout


@dataclass(frozen=True)
class DevScore:
    """The score of one run on the dev part: accuracy, or macro recall where that is the data set's metric."""

    run: int
    metric: str
    value: float


def dev_score(layout: Layout, dataset: str, model: str, run: int | None = None) -> DevScore:
    """Return the dev score of a run; without a number that of the best run, of equal ones the first.

    Raises:
        InputError: the data set is not evaluated, or the evaluation lacks the model or the run.
    """
    metric = open_corpus(layout.tokens(dataset)).metric
    path = layout.metrics(dataset)
    models = files.read_json(path)["models"]
    runs = models.get(model, {"runs": []})["runs"]
    scores = [DevScore(entry["run"], metric, get_primary_score(entry["dev"], metric)) for entry in runs]
    fix = f"Add it to experiment in params.yaml and run `snakemake --cores 2 {path}`."
    if not scores:
        raise InputError(f"{path} has no scores of {model}.", fix)
    if run is None:
        return max(scores, key=lambda score: score.value)
    for score in scores:
        if score.run == run:
            return score
    valid = ", ".join(str(score.run) for score in scores)
    raise InputError(f"{path} has no run {run} of {model}.", f"Choose one of {valid}, or best.")
