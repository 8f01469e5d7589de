"""Selection of a run of a model by its score on dev, never on test."""

from dataclasses import dataclass

from lemma import files
from lemma.corpus.primary_metric import get_primary_score
from lemma.corpus.tokens import open_corpus
from lemma.errors import InputError
from lemma.layout import Layout


@dataclass(frozen=True)
class DevScore:
    """The score of a run on dev in the primary metric of the data set."""

    run: int
    metric: str
    value: float


def select_run(layout: Layout, dataset: str, model: str, run: int | None = None) -> DevScore:
    """Return the dev score of a run; by default of the run with the highest dev score, the first of several.

    Raises:
        InputError: the data set is not evaluated, or metrics.json lacks the model or the run.
    """
    metric = open_corpus(layout.tokens(dataset)).metric
    path = layout.metrics(dataset)
    models = files.read_json(path)["models"]
    runs = models.get(model, {"runs": []})["runs"]
    scores = [DevScore(entry["run"], metric, get_primary_score(entry["dev"], metric)) for entry in runs]
    fix = f"Add it to experiment.models in params.yaml and run `snakemake --cores 2 {path}`."
    if not scores:
        raise InputError(f"{path} has no scores of {model}.", fix)
    if run is None:
        return max(scores, key=lambda score: score.value)
    for score in scores:
        if score.run == run:
            return score
    valid = ", ".join(str(score.run) for score in scores)
    raise InputError(f"{path} has no run {run} of {model}.", f"Choose one of {valid}, or best.")
