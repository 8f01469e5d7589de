"""The files that a job reads: what the `reads` of the stages in `table.py` return.

Paths are relative to the project's folder. Wildcards of the job itself stand in braces.
"""

from collections.abc import Iterator
from itertools import product

from lemma.layout import Layout
from lemma.params import LEARNT, Params
from lemma.stages.stage import Wildcards

PATHS = Layout()
D, M, R, F = "{dataset}", "{model}", "{run}", "{fraction}"
CORPUS = (str(PATHS.tokens(D)), str(PATHS.tokenizer(D)))
PREPARED = tuple(map(str, (PATHS.documents(D), PATHS.unlabelled(D), PATHS.prepared(D))))


def own_data(params: Params, wildcards: Wildcards) -> Iterator[str]:
    """Yield the sample that comes with lemma, and the user's own file or folder of a data set, where it has one."""
    yield "resources/sample/sample.jsonl"
    dataset = params.datasets.get(wildcards["dataset"])
    if dataset is not None and dataset.path is not None:
        yield _literal(dataset.path)


def _literal(path: str) -> str:
    """Return a path whose braces are not those of wildcards."""
    return path.replace("{", "{{").replace("}", "}}")


def shards(params: Params, _wildcards: Wildcards) -> Iterator[str]:
    """Yield the shards of the tokenized documents."""
    for shard in params.tokenize.shards:
        yield str(PATHS.shard(D, shard))


def compared_datasets(params: Params, dataset: str) -> list[str]:
    """Return the data sets that one is compared with, itself included: all of the experiment, if it is one of them."""
    names = params.experiment.datasets
    return list(names) if dataset in names else [dataset]


def fingerprints(params: Params, wildcards: Wildcards) -> Iterator[str]:
    """Yield the fingerprints of the data sets that one is compared with."""
    for dataset in compared_datasets(params, wildcards["dataset"]):
        yield str(PATHS.fingerprints(dataset))


def word_vector_sources(params: Params, _wildcards: Wildcards) -> Iterator[str]:
    """Yield the corpora of learnt word vectors, with the documents to leave out of them; or the user's own file."""
    source = params.vectors.source
    if source == LEARNT:
        for dataset in params.vectors.corpora:
            yield from (str(PATHS.documents(dataset)), str(PATHS.unlabelled(dataset)))
        for dataset in params.experiment.datasets:
            yield str(PATHS.fingerprints(dataset))
    elif source is not None:
        yield _literal(source)


def training_inputs(_params: Params, _wildcards: Wildcards) -> Iterator[str]:
    """Yield the tokenized corpus and the word vectors."""
    yield from (*CORPUS, str(PATHS.vectors))


def tuned_training_inputs(params: Params, wildcards: Wildcards) -> Iterator[str]:
    """Yield what a training reads: the corpus, the word vectors and the result of the search."""
    yield from training_inputs(params, wildcards)
    yield str(PATHS.tuned(D, M))


def runs_of_experiment(params: Params) -> Iterator[tuple[str, int]]:
    """Yield each model with each run."""
    return product(params.experiment.models, params.experiment.runs)


def evaluation_inputs(params: Params, _wildcards: Wildcards) -> Iterator[str]:
    """Yield the documents, and the histories and probabilities of all runs."""
    yield from CORPUS
    for model, run in runs_of_experiment(params):
        yield from (str(PATHS.history(D, model, run)), str(PATHS.probabilities(D, model, run)))


def card_inputs(_params: Params, _wildcards: Wildcards) -> Iterator[str]:
    """Yield the documents with what is known of them, and the data statements."""
    yield from (*PREPARED, *CORPUS, str(PATHS.audit(D)), str(PATHS.overlap(D)), "resources/datasheets.yaml")


def report_inputs(params: Params, _wildcards: Wildcards) -> Iterator[str]:
    """Yield the results that the report describes, and the published ones."""
    yield "resources/published.yaml"
    single = (PATHS.card, PATHS.documents, PATHS.metrics, PATHS.significance, PATHS.curves)
    yield from (str(path(D)) for path in single)
    yield str(PATHS.claims)
    for model, run in runs_of_experiment(params):
        yield str(PATHS.model(D, model, run))
    for model in params.experiment.models:
        yield str(PATHS.tuned(D, model))
        for fraction in params.learning_curve.train_fractions:
            yield str(PATHS.learning_curve(D, model, fraction))
