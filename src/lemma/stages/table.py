"""The stages of the pipeline: the one place that says what each reads and writes, and what it depends on.

From this table come dvc.yaml, the check of a stage's inputs, the inputs of code and values of Snakemake's rules, the
stage table of the documentation and the lists in tests. The rules themselves are written by hand, in workflow/rules;
tests/workflow compares them with this table.
"""

from collections.abc import Iterator
from itertools import product

from lemma.layout import Layout
from lemma.params import LEARNT, Params
from lemma.stages.stage import Plot, Stage, Wildcards

LOSSES = ("loss_train", "loss_dev")
FIGURES = ("budget", "learning", "loss", "precision_recall", "reliability", "scores")  # of the report

_paths = Layout()
_D, _M, _R, _F = "{dataset}", "{model}", "{run}", "{fraction}"
_CORPUS = (str(_paths.tokens(_D)), str(_paths.tokenizer(_D)))
_PREPARED = tuple(map(str, (_paths.documents(_D), _paths.unlabelled(_D), _paths.prepared(_D))))
_TOKENIZER_KEYS = tuple(f"tokenize.{key}" for key in ("breaks", "links", "lowercase", "numbers", "users"))
_TRAINING_KEYS = ("models.{model}", "tokenize.subwords", "train")
_TRAINING_CODE = ("corpus", "models/{model}", "models/metadata", "models/shared", "training")


def _own_data(params: Params, wildcards: Wildcards) -> Iterator[str]:
    """Yield the sample that comes with lemma, and the user's own file or folder of a data set, where it has one."""
    yield "resources/sample/sample.jsonl"
    dataset = params.datasets.get(wildcards["dataset"])
    if dataset is not None and dataset.path is not None:
        yield _literal(dataset.path)


def _literal(path: str) -> str:
    """Return a path whose braces are not those of wildcards."""
    return path.replace("{", "{{").replace("}", "}}")


def _shards(params: Params, _wildcards: Wildcards) -> Iterator[str]:
    for shard in params.tokenize.shards:
        yield str(_paths.shard(_D, shard))


def compared_datasets(params: Params, dataset: str) -> list[str]:
    """Return the data sets that one is compared with, itself included: all of the experiment, if it is one of them."""
    names = params.experiment.datasets
    return list(names) if dataset in names else [dataset]


def _fingerprints(params: Params, wildcards: Wildcards) -> Iterator[str]:
    for dataset in compared_datasets(params, wildcards["dataset"]):
        yield str(_paths.fingerprints(dataset))


def _word_vector_sources(params: Params, _wildcards: Wildcards) -> Iterator[str]:
    """Yield the corpora of learnt word vectors, with the documents to leave out of them; or the user's own file."""
    source = params.vectors.source
    if source == LEARNT:
        for dataset in params.vectors.corpora:
            yield from (str(_paths.documents(dataset)), str(_paths.unlabelled(dataset)))
        for dataset in params.experiment.datasets:
            yield str(_paths.fingerprints(dataset))
    elif source is not None:
        yield _literal(source)


def _training_inputs(_params: Params, _wildcards: Wildcards) -> Iterator[str]:
    yield from (*_CORPUS, str(_paths.vectors))


def _tuned_training_inputs(params: Params, wildcards: Wildcards) -> Iterator[str]:
    yield from _training_inputs(params, wildcards)
    yield str(_paths.tuned(_D, _M))


def _runs(params: Params) -> Iterator[tuple[str, int]]:
    return product(params.experiment.models, params.experiment.runs)


def _evaluation_inputs(params: Params, _wildcards: Wildcards) -> Iterator[str]:
    yield str(_paths.tokens(_D))
    for model, run in _runs(params):
        yield from (str(_paths.history(_D, model, run)), str(_paths.probabilities(_D, model, run)))


def _report_inputs(params: Params, _wildcards: Wildcards) -> Iterator[str]:
    single = (_paths.card, _paths.documents, _paths.metrics, _paths.significance, _paths.curves)
    yield from (str(path(_D)) for path in single)
    yield str(_paths.claims)
    for model, run in _runs(params):
        yield str(_paths.model(_D, model, run))
    for model in params.experiment.models:
        yield str(_paths.tuned(_D, model))
        for fraction in params.learning_curve.train_fractions:
            yield str(_paths.learning_curve(_D, model, fraction))


def _tracking_inputs(params: Params, _wildcards: Wildcards) -> Iterator[str]:
    yield from (str(path(_D)) for path in (_paths.tokens, _paths.metrics))
    for model, run in _runs(params):
        yield from (str(_paths.model(_D, model, run)), str(_paths.history(_D, model, run)))
    yield from (*STAGES["report"].writes, *STAGES["card"].writes)


_TABLE = (
    # Exercises.
    Stage(
        "verify",
        "Prove the claims of one exercise",
        ("exercise",),
        writes=(str(_paths.verified("{exercise}")),),
        code=("exercises",),
    ),
    Stage(
        "solutions",
        "Typeset the worked solutions of all exercises",
        (),
        writes=(str(_paths.claims), str(_paths.solutions)),
        reads=lambda params, _: (str(_paths.verified(exercise)) for exercise in params.exercises),
        keys=("exercises",),
        code=("report",),
        templates=("exercises.typ", "solutions", "style.typ"),
    ),
    # Data. Downloads depend on no code: checksums fix what they write, and an edit does not repeat them.
    Stage(
        "download",
        "Download the published files of a data set and check them",
        ("dataset",),
        writes=(str(_paths.source(_D)),),
        reads=_own_data,
        keys=("datasets.{dataset}",),
    ),
    Stage(
        "prepare",
        "Read documents and labels, and split them into train, dev and test",
        ("dataset",),
        writes=_PREPARED,
        reads=lambda _params, _wildcards: (str(_paths.source(_D)),),
        keys=("datasets.{dataset}", "prepare"),
        code=("corpus", "data/preparation", "data/readers", "data/sources"),
    ),
    Stage(
        "tokenize",
        "Tokenize one shard of the documents",
        ("dataset", "shard"),
        writes=(str(_paths.shard(_D, "{shard}")),),
        reads=lambda _params, _wildcards: (str(_paths.documents(_D)),),
        keys=(*_TOKENIZER_KEYS, "tokenize.shards"),
        code=("corpus", "data/tokenize.py"),
    ),
    Stage(
        "index",
        "Join the shards and number the distinct tokens",
        ("dataset",),
        writes=_CORPUS,
        reads=_shards,
        keys=("tokenize.shards",),
        code=("corpus", "data/index.py", "data/tokenize.py"),
    ),
    Stage(
        "audit",
        "Find exact duplicates, near-duplicates and conflicting labels",
        ("dataset",),
        writes=(str(_paths.audit(_D)), str(_paths.fingerprints(_D))),
        reads=lambda _params, _wildcards: _PREPARED[:2],
        keys=("audit",),
        code=("corpus", "data/audit"),
    ),
    Stage(
        "overlap",
        "Find documents that also occur in other data sets of the experiment",
        ("dataset",),
        writes=(str(_paths.overlap(_D)),),
        reads=_fingerprints,
        keys=("experiment.datasets",),
        code=("corpus", "data/audit"),
    ),
    Stage(
        "card",
        "Write the data card: one page, and the same as JSON",
        ("dataset",),
        writes=(str(_paths.card(_D)), str(_paths.figure(_D, "lengths")), str(_paths.card_pdf(_D))),
        reads=lambda _params, _wildcards: (*_PREPARED, *_CORPUS, str(_paths.audit(_D)), str(_paths.overlap(_D))),
        keys=("experiment.runs",),
        code=("corpus", "report"),
        templates=("card.typ", "style.typ"),
    ),
    # Training.
    Stage(
        "vectors",
        "Build the pre-trained word vectors: trained on the corpora, read from a file, or none",
        (),
        writes=(str(_paths.vectors),),
        reads=_word_vector_sources,
        keys=(*_TOKENIZER_KEYS, "vectors"),
        code=("corpus", "data/audit", "data/embed.py"),
    ),
    Stage(
        "tune",
        "Search for the hyperparameters of a model on dev",
        ("dataset", "model"),
        writes=(str(_paths.tuned(_D, _M)),),
        reads=_training_inputs,
        keys=(*_TRAINING_KEYS, *(f"tune.{key}" for key in ("models", "run", "seed", "space.{model}", "trials"))),
        code=(*_TRAINING_CODE, "tuning"),
        options="--listed",
    ),
    Stage(
        "train",
        "Train one model on one data set, with one seed or fold",
        ("dataset", "model", "run"),
        writes=tuple(str(path(_D, _M, _R)) for path in (_paths.model, _paths.history, _paths.probabilities)),
        reads=_tuned_training_inputs,
        keys=_TRAINING_KEYS,
        code=_TRAINING_CODE,
    ),
    Stage(
        "learning_curve",
        "Train one model on a fraction of the training documents: a point of its learning curve",
        ("dataset", "model", "fraction"),
        writes=(str(_paths.learning_curve(_D, _M, _F)),),
        reads=_tuned_training_inputs,
        keys=("experiment.runs", *_TRAINING_KEYS),
        code=(*_TRAINING_CODE, "learning_curve"),
    ),
    # Results.
    Stage(
        "evaluate",
        "Compute scores, intervals, significance, calibration and curves of all models",
        ("dataset",),
        writes=(
            *(str(path(_D)) for path in (_paths.metrics, _paths.scores, _paths.significance, _paths.curves)),
            *(str(_paths.plot(_D, name)) for name in (*LOSSES, "precision_recall")),
        ),
        reads=_evaluation_inputs,
        keys=("evaluate", "experiment.models", "experiment.runs"),
        code=("corpus", "evaluation", "models/metadata"),
        metrics=(str(_paths.scores(_D)),),
        plots=(
            Plot("Loss on train", str(_paths.plot(_D, "loss_train")), "epoch", "mean loss (nats)", networks=True),
            Plot("Loss on dev", str(_paths.plot(_D, "loss_dev")), "epoch", "mean loss (nats)", networks=True),
            Plot("Precision by recall on test", str(_paths.plot(_D, "precision_recall")), "recall", "precision"),
        ),
    ),
    Stage(
        "report",
        "Typeset the report on a data set, at most five pages",
        ("dataset",),
        writes=(
            *(str(path) for path in (_paths.facts(_D), _paths.pdf(_D), _paths.plot(_D, "learning_curve"))),
            *(str(_paths.figure(_D, name)) for name in FIGURES),
        ),
        reads=_report_inputs,
        keys=("experiment.models", "experiment.runs", "learning_curve", "report", "tune"),
        code=("corpus", "evaluation/dvc_files.py", "models/metadata", "report"),
        templates=("report.typ", "style.typ"),
        images=tuple(str(_paths.figure(_D, name)) for name in FIGURES),
        plots=(Plot("Learning curve on dev", str(_paths.plot(_D, "learning_curve")), "documents", "score (%)"),),
    ),
    Stage(
        "track",
        "Write the runs on a data set to MLflow",
        ("dataset",),
        writes=(str(_paths.tracking(_D)),),
        reads=_tracking_inputs,
        keys=("experiment.models", "experiment.runs"),
        code=("corpus", "data/sources", "models/metadata", "tracking"),
    ),
)
STAGES = {stage.name: stage for stage in _TABLE}
TARGETS = ("solutions", "card", "report", "track")  # whose outputs are the results of an experiment
# The lists of params.yaml that wildcards run over.
LISTS = {
    "dataset": "experiment.datasets",
    "exercise": "exercises",
    "fraction": "learning_curve.train_fractions",
    "model": "experiment.models",
    "run": "experiment.runs",
    "shard": "tokenize.shards",
}
