"""A command for each stage, named like its rule. The first line of its help is that of `lemma.stages.table`."""

from typing import Annotated

import typer

from lemma.cli.app import (
    STAGES,
    DatasetName,
    ModelName,
    Project,
    RunNumber,
    app,
    exclusive_training,
    load_checked_params,
    load_params,
)


@app.command(rich_help_panel=STAGES)
def verify(exercise: Annotated[str, typer.Argument(help="Number of an exercise of the course, or all.")]) -> None:
    """Verify the claims of one exercise.

    Several methods examine each claim and each of its mutants, which they must refute. `all` verifies every exercise.
    """
    from lemma.errors import choose
    from lemma.exercises import EXERCISES
    from lemma.exercises.verify import summarize, write_all_records, write_records

    load_params()  # write results only into a project
    path_of = Project.layout.verified
    if exercise == "all":
        print(summarize(write_all_records(path_of)))
    elif exercise.isdecimal() and int(exercise) in EXERCISES:
        print(summarize(write_records(int(exercise), path_of(int(exercise)))))
    else:
        raise choose("exercise", exercise, [*map(str, EXERCISES), "all"])


@app.command(rich_help_panel=STAGES)
def solutions() -> None:
    """Typeset the worked solutions of all exercises, and the evidence for them."""
    from lemma.report.solutions import solutions as typeset

    layout = Project.layout
    verified = [layout.verified(exercise) for exercise in load_checked_params("solutions").exercises]
    typeset(verified, layout.workflow / "reports", layout.claims, layout.solutions, layout.evidence)


@app.command(rich_help_panel=STAGES)
def download(dataset: DatasetName) -> None:
    """Download the published files of a data set and check them.

    They are taken from LEMMA_MIRROR, if it has them, else from the official address.
    """
    from lemma.data.download import download as stage

    stage(Project.layout, dataset, load_params())


@app.command(rich_help_panel=STAGES)
def prepare(dataset: DatasetName) -> None:
    """Read documents and labels, and split them into train, dev and test."""
    params = load_checked_params("prepare", dataset)
    from lemma.data.preparation.prepare import prepare as stage

    stage(Project.layout, dataset, params)


@app.command(rich_help_panel=STAGES)
def tokenize(
    dataset: DatasetName,
    shard: Annotated[
        int | None, typer.Argument(min=0, help="Number of the shard. Without it: all shards, then `index`.")
    ] = None,
) -> None:
    """Tokenize one shard of the documents."""
    params = load_checked_params("tokenize", dataset, shard or 0)
    from lemma.data.tokenize import tokenize as stage

    for number in params.tokenize.shards if shard is None else [shard]:
        stage(Project.layout, dataset, number, params)
    if shard is None:
        index(dataset)


@app.command(rich_help_panel=STAGES)
def index(dataset: DatasetName) -> None:
    """Join the shards and number the distinct tokens."""
    params = load_checked_params("index", dataset)
    from lemma.data.index import index as stage

    stage(Project.layout, dataset, params)


@app.command(rich_help_panel=STAGES)
def audit(dataset: DatasetName) -> None:
    """Find exact duplicates, near-duplicates and conflicting labels."""
    params = load_checked_params("audit", dataset)
    from lemma.data.audit.audit import audit as stage

    stage(Project.layout, dataset, params)


@app.command(rich_help_panel=STAGES)
def overlap(dataset: DatasetName) -> None:
    """Find documents that also occur in other data sets of the experiment."""
    params = load_checked_params("overlap", dataset)
    from lemma.data.audit.overlap import overlap as stage

    stage(Project.layout, dataset, params)


@app.command(rich_help_panel=STAGES)
def card(dataset: DatasetName) -> None:
    """Write the data card: one page, and the same as JSON."""
    params = load_checked_params("card", dataset)
    from lemma.report.card import card as stage
    from lemma.report.card import summarize_card

    print(summarize_card(stage(Project.layout, dataset, params, Project.layout.workflow / "reports")))


@app.command(rich_help_panel=STAGES)
def vectors() -> None:
    """Build the pre-trained word vectors: trained on the corpora, read from a file, or none."""
    from lemma.data.embed import vectors as stage

    stage(Project.layout, load_checked_params("vectors"))


@app.command(rich_help_panel=STAGES)
def tune(
    dataset: DatasetName,
    model: ModelName,
    listed: Annotated[
        bool, typer.Option("--listed", help="Search only if tune.models lists the model; else write an empty result.")
    ] = False,
) -> None:
    """Search for the hyperparameters of a model on dev.

    The result is kept for training only if tune.models lists the model. A search that was killed resumes where it
    stopped.
    """
    params = load_checked_params("tune", dataset, model)
    from lemma.tuning.track_search import track_search
    from lemma.tuning.tune import format_summary
    from lemma.tuning.tune import tune as stage

    with exclusive_training(params, "tune", dataset, model, 0):
        result, trials = stage(Project.layout, dataset, model, params, listed)
    print(format_summary(result))
    track_search(Project.layout, result, trials)


@app.command(rich_help_panel=STAGES)
def train(dataset: DatasetName, model: ModelName, run: RunNumber) -> None:
    """Train one model on one data set, with one seed or fold.

    A training that was killed resumes from its last checkpoint.
    """
    params = load_checked_params("train", dataset, model, run)
    from lemma.tracking import LiveRun
    from lemma.training.train import train as stage

    with exclusive_training(params, "train", dataset, model, run):
        stage(Project.layout, dataset, model, run, params, lambda run: LiveRun(run, Project.layout.root))


@app.command("learning_curve", rich_help_panel=STAGES)
def learning_curve(
    dataset: DatasetName,
    model: ModelName,
    fraction: Annotated[float, typer.Argument(help="Fraction of the training documents, such as 0.25.")],
) -> None:
    """Train one model on a fraction of the training documents: a point of its learning curve."""
    params = load_checked_params("learning_curve", dataset, model, fraction)
    from lemma.learning_curve.learning_curve import learning_curve as stage

    with exclusive_training(params, "learning_curve", dataset, model, fraction):
        stage(Project.layout, dataset, model, fraction, params)


@app.command(rich_help_panel=STAGES)
def evaluate(dataset: DatasetName) -> None:
    """Compute scores, intervals, significance, calibration and curves of all models."""
    params = load_checked_params("evaluate", dataset)
    from lemma.evaluation.evaluate import evaluate as stage

    stage(Project.layout, dataset, params.experiment.models, params.experiment.runs, params.evaluate)


@app.command(rich_help_panel=STAGES)
def report(dataset: DatasetName) -> None:
    """Typeset the report on a data set, at most five pages."""
    params = load_checked_params("report", dataset)
    from lemma.report.report import report as stage

    templates = Project.layout.workflow / "reports"
    stage(Project.layout, dataset, params.experiment.models, params.experiment.runs, params, templates)


@app.command(rich_help_panel=STAGES)
def track(
    dataset: DatasetName,
    experiment_name: Annotated[
        str | None,
        typer.Option(
            "--experiment-name", help="Name of new runs; default: the values that differ from params.yaml as committed."
        ),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Track nothing; delete the runs that do not belong to the present results.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --prune: delete without asking.")] = False,
) -> None:
    """Write the runs on a data set to MLflow.

    Runs that are in MLflow already are left as they are, and earlier runs stay.
    """
    if prune:
        _prune(dataset, yes)
        return
    params = load_checked_params("track", dataset)
    from lemma.tracking import track as stage

    models, runs = params.experiment.models, params.experiment.runs
    stage(Project.layout, dataset, models, runs, experiment_name=experiment_name)


def _prune(dataset: str, yes: bool) -> None:
    """Delete the superseded runs on a data set, after a question unless `yes`."""
    from lemma.tracking import prune

    load_params(dataset)
    runs = prune.find_superseded(Project.layout, dataset)
    if not runs:
        print(f"Every run on {dataset} in MLflow belongs to the present results.")
        return
    for run in runs:
        print(prune.describe_run(run))
    if not yes:
        typer.confirm(f"Delete {len(runs)} runs on {dataset} from MLflow?", abort=True)
    prune.delete_runs(Project.layout, runs)
    print(f"Deleted {len(runs)} runs. MLflow can restore them until `mlflow gc`.")
