"""The stages of the pipeline: the one place that says what each reads and writes, and what it depends on.

From this table come dvc.yaml, the check of a stage's inputs, the inputs of code and values of Snakemake's rules, the
stage table of the documentation and the lists in tests. The rules themselves are written by hand, in workflow/rules;
tests/workflow compares them with this table.
"""

from collections.abc import Iterator

from lemma.params import Params
from lemma.stages import reads
from lemma.stages.reads import CORPUS, PATHS, PREPARED, D, F, M, R
from lemma.stages.stage import Plot, Stage, Wildcards

LOSSES = ("loss_train", "loss_dev")
FIGURES = ("budget", "learning", "loss", "precision_recall", "reliability", "scores")  # of the report

_TOKENIZER_KEYS = tuple(f"tokenize.{key}" for key in ("breaks", "links", "lowercase", "numbers", "users"))
_TRAINING_KEYS = ("models.{model}", "tokenize.subwords", "train")
_TRAINING_CODE = ("corpus", "models/{model}", "models/metadata", "models/shared", "training")


def _tracking_inputs(params: Params, _wildcards: Wildcards) -> Iterator[str]:
    yield from (str(path(D)) for path in (PATHS.tokens, PATHS.metrics))
    for model, run in reads.runs_of_experiment(params):
        yield from (str(PATHS.model(D, model, run)), str(PATHS.history(D, model, run)))
    yield from (*STAGES["report"].writes, *STAGES["card"].writes)


_TABLE = (
    # Exercises.
    Stage(
        "verify",
        "Verify the claims of one exercise",
        ("exercise",),
        writes=(str(PATHS.verified("{exercise}")),),
        code=("exercises",),
    ),
    Stage(
        "solutions",
        "Typeset the worked solutions of all exercises, and the evidence for them",
        (),
        writes=(str(PATHS.claims), str(PATHS.solutions), str(PATHS.evidence)),
        reads=lambda params, _: (str(PATHS.verified(exercise)) for exercise in params.exercises),
        keys=("exercises",),
        code=("report",),
        templates=("evidence.typ", "exercises.typ", "solutions", "style.typ"),
    ),
    # Data. Downloads depend on no code: checksums fix what they write, and an edit does not repeat them.
    Stage(
        "download",
        "Download the published files of a data set and check them",
        ("dataset",),
        writes=(str(PATHS.source(D)),),
        reads=reads.own_data,
        keys=("datasets.{dataset}",),
    ),
    Stage(
        "prepare",
        "Read documents and labels, and split them into train, dev and test",
        ("dataset",),
        writes=PREPARED,
        reads=lambda _params, _wildcards: (str(PATHS.source(D)),),
        keys=("datasets.{dataset}", "prepare"),
        code=("corpus", "data/preparation", "data/readers", "data/sources"),
    ),
    Stage(
        "tokenize",
        "Tokenize one shard of the documents",
        ("dataset", "shard"),
        writes=(str(PATHS.shard(D, "{shard}")),),
        reads=lambda _params, _wildcards: (str(PATHS.documents(D)),),
        keys=(*_TOKENIZER_KEYS, "tokenize.shards"),
        code=("corpus", "data/tokenize.py"),
    ),
    Stage(
        "index",
        "Join the shards and number the distinct tokens",
        ("dataset",),
        writes=CORPUS,
        reads=reads.shards,
        keys=("tokenize.shards",),
        code=("corpus", "data/index.py", "data/tokenize.py"),
    ),
    Stage(
        "audit",
        "Find exact duplicates, near-duplicates and conflicting labels",
        ("dataset",),
        writes=(str(PATHS.audit(D)), str(PATHS.fingerprints(D))),
        reads=lambda _params, _wildcards: PREPARED[:2],
        keys=("audit",),
        code=("corpus", "data/audit"),
    ),
    Stage(
        "overlap",
        "Find documents that also occur in other data sets of the experiment",
        ("dataset",),
        writes=(str(PATHS.overlap(D)),),
        reads=reads.fingerprints,
        keys=("experiment.datasets",),
        code=("corpus", "data/audit"),
    ),
    Stage(
        "card",
        "Write the data card: one page, and the same as JSON",
        ("dataset",),
        writes=(str(PATHS.card(D)), str(PATHS.figure(D, "lengths")), str(PATHS.card_pdf(D))),
        reads=reads.card_inputs,
        keys=("experiment.runs",),
        code=("corpus", "report"),
        templates=("card.typ", "style.typ"),
    ),
    # Training.
    Stage(
        "vectors",
        "Build the pre-trained word vectors: trained on the corpora, read from a file, or none",
        (),
        writes=(str(PATHS.vectors),),
        reads=reads.word_vector_sources,
        keys=(*_TOKENIZER_KEYS, "vectors"),
        code=("corpus", "data/audit", "data/embed.py"),
    ),
    Stage(
        "tune",
        "Search for the hyperparameters of a model on dev",
        ("dataset", "model"),
        writes=(str(PATHS.tuned(D, M)),),
        reads=reads.training_inputs,
        keys=(*_TRAINING_KEYS, *(f"tune.{key}" for key in ("models", "run", "seed", "space.{model}", "trials"))),
        code=(*_TRAINING_CODE, "tuning"),
        options="--listed",
    ),
    Stage(
        "train",
        "Train one model on one data set, with one seed or fold",
        ("dataset", "model", "run"),
        writes=tuple(str(path(D, M, R)) for path in (PATHS.model, PATHS.history, PATHS.probabilities)),
        reads=reads.tuned_training_inputs,
        keys=_TRAINING_KEYS,
        code=_TRAINING_CODE,
    ),
    Stage(
        "learning_curve",
        "Train one model on a fraction of the training documents: a point of its learning curve",
        ("dataset", "model", "fraction"),
        writes=(str(PATHS.learning_curve(D, M, F)),),
        reads=reads.tuned_training_inputs,
        keys=("experiment.runs", *_TRAINING_KEYS),
        code=(*_TRAINING_CODE, "learning_curve"),
    ),
    # Results.
    Stage(
        "evaluate",
        "Compute scores, intervals, significance, calibration and curves of all models",
        ("dataset",),
        writes=(
            *(str(path(D)) for path in (PATHS.metrics, PATHS.scores, PATHS.significance, PATHS.curves)),
            *(str(PATHS.plot(D, name)) for name in (*LOSSES, "precision_recall")),
        ),
        reads=reads.evaluation_inputs,
        keys=("evaluate", "experiment.models", "experiment.runs"),
        code=("corpus", "evaluation", "models/metadata"),
        metrics=(str(PATHS.scores(D)),),
        plots=(
            Plot("Loss on train", str(PATHS.plot(D, "loss_train")), "epoch", "mean loss (nats)", networks=True),
            Plot("Loss on dev", str(PATHS.plot(D, "loss_dev")), "epoch", "mean loss (nats)", networks=True),
            Plot("Precision by recall on test", str(PATHS.plot(D, "precision_recall")), "recall", "precision"),
        ),
    ),
    Stage(
        "report",
        "Typeset the report on a data set, at most five pages",
        ("dataset",),
        writes=(
            *(str(path) for path in (PATHS.facts(D), PATHS.pdf(D), PATHS.plot(D, "learning_curve"))),
            *(str(PATHS.figure(D, name)) for name in FIGURES),
        ),
        reads=reads.report_inputs,
        keys=("experiment.models", "experiment.runs", "learning_curve", "report", "tune"),
        code=("corpus", "evaluation/dvc_files.py", "evaluation/uncertainty.py", "models/metadata", "report"),
        templates=("report.typ", "style.typ"),
        images=tuple(str(PATHS.figure(D, name)) for name in FIGURES),
        plots=(Plot("Learning curve on dev", str(PATHS.plot(D, "learning_curve")), "documents", "score (%)"),),
    ),
    Stage(
        "track",
        "Write the runs on a data set to MLflow",
        ("dataset",),
        writes=(str(PATHS.tracking(D)),),
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
