"""The stages: one command each, named like the rule and the module that it runs."""

from typing import Annotated

import typer

from lemma.cli.app import STAGES, Dataset, Model, Project, Run, alone, app, checked, ready


@app.command(rich_help_panel=STAGES)
def verify(exercise: Annotated[str, typer.Argument(help="Number of an exercise of the course, or all.")]) -> None:
    """Prove an exercise, or all: every claim by several methods, every falsified variant refuted."""
    from lemma.errors import choose
    from lemma.exercises import EXERCISES
    from lemma.exercises.verify import summarize, write_all_records, write_records

    checked()  # else results would come to lie wherever one happens to be
    place = Project.layout.verified
    if exercise == "all":
        print(summarize(write_all_records(place)))
    elif exercise.isdecimal() and int(exercise) in EXERCISES:
        print(summarize(write_records(int(exercise), place(int(exercise)))))
    else:
        raise choose("exercise", exercise, [*map(str, EXERCISES), "all"])


@app.command(rich_help_panel=STAGES)
def solutions() -> None:
    """Typeset the worked solutions of the verified exercises."""
    from lemma.report.solutions import solutions as typeset

    layout = Project.layout
    verified = [layout.verified(exercise) for exercise in ready("solutions").exercises]
    typeset(verified, layout.root / "reports" / "exercises.typ", layout.claims, layout.solutions)


@app.command(rich_help_panel=STAGES)
def download(dataset: Dataset) -> None:
    """Get the published files of a data set, from LEMMA_MIRROR or the official address, and check them."""
    from lemma.data.download import download as stage

    stage(Project.layout, dataset, checked())


@app.command(rich_help_panel=STAGES)
def prepare(dataset: Dataset) -> None:
    """Read documents with their classes, and divide them into train, dev and test."""
    params = ready("prepare", dataset)
    from lemma.data.prepare import prepare as stage

    stage(Project.layout, dataset, params)


@app.command(rich_help_panel=STAGES)
def tokenize(
    dataset: Dataset,
    shard: Annotated[int | None, typer.Argument(min=0, help="One share; none: all of them, then `index`.")] = None,
) -> None:
    """Turn documents into words, one shard of the documents at a time."""
    params = ready("tokenize", dataset, shard or 0)
    from lemma.data.tokenize import tokenize as stage

    for number in params.tokenize.shards if shard is None else [shard]:
        stage(Project.layout, dataset, number, params)
    if shard is None:
        index(dataset)


@app.command(rich_help_panel=STAGES)
def index(dataset: Dataset) -> None:
    """Join the shards and number the words of the whole data set."""
    params = ready("index", dataset)
    from lemma.data.index import index as stage

    stage(Project.layout, dataset, params)


@app.command(rich_help_panel=STAGES)
def audit(dataset: Dataset) -> None:
    """Look for what stands twice: equal and nearly equal documents, within and across train, dev and test."""
    params = ready("audit", dataset)
    from lemma.data.audit.audit import audit as stage

    stage(Project.layout, dataset, params)


@app.command(rich_help_panel=STAGES)
def overlap(dataset: Dataset) -> None:
    """Look for documents that stand in other data sets of the experiment too."""
    params = ready("overlap", dataset)
    from lemma.data.audit.overlap import overlap as stage

    stage(Project.layout, dataset, params)


@app.command(rich_help_panel=STAGES)
def card(dataset: Dataset) -> None:
    """Draw up the data card: one page, and the same as JSON."""
    params = ready("card", dataset)
    from lemma.report.card import card as stage
    from lemma.report.card import summary

    print(summary(stage(Project.layout, dataset, params, Project.layout.root / "reports")))


@app.command(rich_help_panel=STAGES)
def vectors() -> None:
    """Get the word vectors that the networks start from: learnt, of your own, or none."""
    from lemma.data.embed import vectors as stage

    stage(Project.layout, ready("vectors"))


@app.command(rich_help_panel=STAGES)
def tune(
    dataset: Dataset,
    model: Model,
    listed: Annotated[
        bool, typer.Option("--listed", help="Search only what tune.models names; of others write that nothing was.")
    ] = False,
) -> None:
    """Search for a model's settings, judged on dev; killed and started again, it goes on."""
    params = ready("tune", dataset, model)
    from lemma.tuning.track_search import track_search
    from lemma.tuning.tune import format_summary
    from lemma.tuning.tune import tune as stage

    with alone(params, "tune", dataset, model, 0):
        held, attempts = stage(Project.layout, dataset, model, params, listed)
    print(format_summary(held))
    track_search(Project.layout, held, attempts)


@app.command(rich_help_panel=STAGES)
def train(dataset: Dataset, model: Model, run: Run) -> None:
    """Train one model on one data set, once; killed and started again, it goes on."""
    params = ready("train", dataset, model, run)
    from lemma.tracking import LiveRun
    from lemma.training.train import train as stage

    with alone(params, "train", dataset, model, run):
        stage(Project.layout, dataset, model, run, params, lambda run: LiveRun(run, Project.layout.root))


@app.command(rich_help_panel=STAGES)
def learn(
    dataset: Dataset, model: Model, share: Annotated[int, typer.Argument(help="Per cent of the training documents.")]
) -> None:
    """Train one model on a share of the training documents, once a run: a point of its learning curve."""
    params = ready("learn", dataset, model, share)
    from lemma.learning_curve.learning_curve import learn as stage

    with alone(params, "learn", dataset, model, share):
        stage(Project.layout, dataset, model, share, params)


@app.command(rich_help_panel=STAGES)
def evaluate(dataset: Dataset) -> None:
    """Score all models and runs on train, dev and test."""
    params = ready("evaluate", dataset)
    from lemma.evaluation.evaluate import evaluate as stage

    stage(Project.layout, dataset, params.experiment.models, params.experiment.runs, params.evaluate)


@app.command(rich_help_panel=STAGES)
def report(dataset: Dataset) -> None:
    """Typeset the report on a data set."""
    params = ready("report", dataset)
    from lemma.report.report import report as stage

    templates = Project.layout.root / "reports"
    stage(Project.layout, dataset, params.experiment.models, params.experiment.runs, params, templates)


@app.command(rich_help_panel=STAGES)
def track(
    dataset: Dataset,
    experiment_name: Annotated[
        str | None, typer.Option("--experiment-name", help="What new runs are called; default: the values that differ.")
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Track nothing; remove the runs that do not belong to the present results.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --prune: remove without asking.")] = False,
) -> None:
    """Write the runs on a data set to MLflow; a second time changes nothing, and earlier runs stay."""
    if prune:
        _prune(dataset, yes)
        return
    params = ready("track", dataset)
    from lemma.tracking import track as stage

    models, runs = params.experiment.models, params.experiment.runs
    stage(Project.layout, dataset, models, runs, experiment_name=experiment_name)


def _prune(dataset: str, yes: bool) -> None:
    from lemma.tracking import prune

    checked(dataset)
    runs = prune.find_superseded(Project.layout, dataset)
    if not runs:
        print(f"Every run on {dataset} in MLflow belongs to the present results.")
        return
    for run in runs:
        print(prune.describe_run(run))
    if not yes:
        typer.confirm(f"Remove {len(runs)} runs on {dataset} from MLflow?", abort=True)
    prune.delete_runs(Project.layout, runs)
    print(f"Removed {len(runs)} runs. MLflow can restore them until `mlflow gc`.")
