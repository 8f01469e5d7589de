"""The command line: one subcommand a stage, named like the rule and the module that it runs.

Names are arguments, values come from params.yaml alone. Heavy libraries are imported by the stage that needs them.
Exit codes: 0 done; 1 a claim refuted or a check failed; 2 bad input or usage; 130 interrupted.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from lemma import params as parameters
from lemma.errors import LemmaError
from lemma.layout import Layout

app = typer.Typer(
    help="Prove the exercises, run the experiment, print both. The stages run in order by `snakemake` or `dvc repro`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # what is not a LemmaError is a defect, and wants its plain traceback
)
Dataset = Annotated[str, typer.Argument(help="A data set: a key of datasets in params.yaml.")]
Model = Annotated[str, typer.Argument(help="A model: a key of models in params.yaml.")]
Run = Annotated[int, typer.Argument(min=0, help="Number of the run: its seed, or the fold it holds out.")]
STAGES, USE = "Stages", "Use"


class Project:
    """The folder a command works in."""

    layout = Layout()


def _params(dataset: str = "") -> parameters.Params:
    """Return the checked values of params.yaml, and refuse a data set that neither it nor the catalogue knows."""
    values = parameters.load(Project.layout.params)
    if dataset and dataset not in values.datasets:
        from lemma.data.catalog import find

        find(dataset, list(values.datasets))
    return values


@app.callback()
def root(folder: Annotated[Path, typer.Option("--root", help="The folder that holds params.yaml.")] = Path()) -> None:
    """Set the project's folder."""
    Project.layout = Layout(folder)


@app.command(rich_help_panel=STAGES)
def verify(exercise: Annotated[str, typer.Argument(help="Number of an exercise of the course, or all.")]) -> None:
    """Prove an exercise, or all: every claim by several methods, every falsified variant refuted."""
    from lemma.errors import choose
    from lemma.exercises import EXERCISES
    from lemma.exercises.verify import summary, write, write_all

    place = Project.layout.verified
    if exercise == "all":
        print(summary(write_all(place)))
    elif exercise.isdecimal() and int(exercise) in EXERCISES:
        print(summary(write(int(exercise), place(int(exercise)))))
    else:
        raise choose("exercise", exercise, [*map(str, EXERCISES), "all"])


@app.command(rich_help_panel=STAGES)
def solutions() -> None:
    """Typeset the worked solutions of the verified exercises."""
    from lemma.report.solutions import solutions as typeset

    layout = Project.layout
    verified = [layout.verified(exercise) for exercise in _params().exercises]
    typeset(verified, layout.root / "reports" / "exercises.typ", layout.claims, layout.solutions)


@app.command(rich_help_panel=STAGES)
def download(dataset: Dataset) -> None:
    """Get the published files of a data set, from LEMMA_MIRROR or the official address, and check them."""
    from lemma.data.download import download as stage

    stage(Project.layout, dataset, _params())


@app.command(rich_help_panel=STAGES)
def prepare(dataset: Dataset) -> None:
    """Read documents with their classes, and divide them into train, dev and test."""
    from lemma.data.prepare import prepare as stage

    stage(Project.layout, dataset, _params())


@app.command(rich_help_panel=STAGES)
def tokenize(
    dataset: Dataset,
    shard: Annotated[int | None, typer.Argument(min=0, help="One share; none: all of them, then `index`.")] = None,
) -> None:
    """Turn documents into words, one shard of the documents at a time."""
    params = _params(dataset)
    from lemma.data.tokenize import tokenize as stage

    for number in params.tokenize.shards if shard is None else [shard]:
        stage(Project.layout, dataset, number, params)
    if shard is None:
        index(dataset)


@app.command(rich_help_panel=STAGES)
def index(dataset: Dataset) -> None:
    """Join the shards and number the words of the whole data set."""
    params = _params(dataset)
    from lemma.data.index import index as stage

    stage(Project.layout, dataset, params)


@app.command(rich_help_panel=STAGES)
def audit(dataset: Dataset) -> None:
    """Look for what stands twice: equal and nearly equal documents, within and across train, dev and test."""
    params = _params(dataset)
    from lemma.data.audit.audit import audit as stage

    stage(Project.layout, dataset, params)


@app.command(rich_help_panel=STAGES)
def overlap(dataset: Dataset) -> None:
    """Look for documents that stand in other data sets of the experiment too."""
    params = _params(dataset)
    from lemma.data.audit.overlap import overlap as stage

    stage(Project.layout, dataset, params)


@app.command(rich_help_panel=STAGES)
def card(dataset: Dataset) -> None:
    """Draw up the data card: one page, and the same as JSON."""
    params = _params(dataset)
    from lemma.report.card import card as stage
    from lemma.report.card import summary

    print(summary(stage(Project.layout, dataset, params, Project.layout.root / "reports")))


@app.command(rich_help_panel=STAGES)
def vectors() -> None:
    """Get the word vectors that the networks start from: learnt, of your own, or none."""
    from lemma.data.embed import vectors as stage

    stage(Project.layout, _params())


@app.command(rich_help_panel=STAGES)
def tune(
    dataset: Dataset,
    model: Model,
    listed: Annotated[
        bool, typer.Option("--listed", help="Search only what tune.models names; of others write that nothing was.")
    ] = False,
) -> None:
    """Search for a model's settings, judged on dev; killed and started again, it goes on."""
    params = _params(dataset)
    from lemma.tuning.show import show
    from lemma.tuning.tune import summary
    from lemma.tuning.tune import tune as stage

    held, attempts = stage(Project.layout, dataset, model, params, listed)
    print(summary(held))
    show(Project.layout, held, attempts)


@app.command(rich_help_panel=STAGES)
def train(dataset: Dataset, model: Model, run: Run) -> None:
    """Train one model on one data set, once; killed and started again, it goes on."""
    params = _params(dataset)
    from lemma.tracking import Live
    from lemma.training.train import train as stage

    stage(Project.layout, dataset, model, run, params, lambda run: Live(run, Project.layout.root))


@app.command(rich_help_panel=STAGES)
def evaluate(dataset: Dataset) -> None:
    """Score all models and runs on train, dev and test."""
    params = _params(dataset)
    from lemma.evaluation.evaluate import evaluate as stage

    stage(Project.layout, dataset, params.experiment.models, params.experiment.runs, params.evaluate)


@app.command(rich_help_panel=STAGES)
def report(dataset: Dataset) -> None:
    """Typeset the report on a data set."""
    params = _params(dataset)
    from lemma.report.report import report as stage

    templates = Project.layout.root / "reports"
    stage(Project.layout, dataset, params.experiment.models, params.experiment.runs, params, templates)


@app.command(rich_help_panel=STAGES)
def track(dataset: Dataset) -> None:
    """Write the runs on a data set to MLflow; a second time changes nothing."""
    params = _params(dataset)
    from lemma.tracking import track as stage

    stage(Project.layout, dataset, params.experiment.models, params.experiment.runs)


@app.command(rich_help_panel=USE)
def benchmark(
    names: Annotated[
        list[str] | None, typer.Argument(help="Experiments of benchmark/ to run, or all; none: only typeset.")
    ] = None,
    cores: Annotated[str, typer.Option(help="Cores for Snakemake: a number, or all.")] = "all",
) -> None:
    """Run experiments and typeset them beside published results: reports/benchmark.pdf."""
    from lemma.benchmark.benchmark import benchmark as stage

    print(stage(Project.layout.root, names or [], cores))


@app.command(rich_help_panel=USE)
def ui(port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 5000) -> None:
    """Open the MLflow UI on 127.0.0.1."""
    from lemma.tracking import ui as serve

    serve(Project.layout, port)


@app.command(rich_help_panel=USE)
def trace(network: Annotated[Path, typer.Argument(help="A YAML file; see resources/networks.")]) -> None:
    """Compute a network by hand: every net input, output, delta and new weight, in exact fractions."""
    from lemma.exercises.trace import trace as follow

    print(follow(network))


@app.command(rich_help_panel=USE)
def check(
    question: Annotated[str, typer.Argument(help="A question of the exercises, such as 6.output or 4.update.w13.")],
    answer: Annotated[str, typer.Option(help="Your formula, in LaTeX as on the sheet or as plain text.")],
) -> None:
    """Judge your own formula: right by proof, or wrong with numbers where it differs (exit code 1)."""
    from lemma.exercises.check import check as judge

    verdict = judge(question, answer)
    print(verdict.text)
    if not verdict.right:
        raise typer.Exit(1)


@app.command(rich_help_panel=USE)
def predict(
    dataset: Dataset,
    model: Model,
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]...", help="Texts to classify, each one argument; none: a line each from stdin."),
    ] = None,
    run: Annotated[int, typer.Option(min=0, help="Which of the trained runs decides.")] = 0,
    explain: Annotated[bool, typer.Option("--explain", help="Also say what moved the decision.")] = False,
) -> None:
    """Classify texts with a trained model: one line of JSON a text, {label, probabilities}, as soon as it is there."""
    if not Project.layout.model(dataset, model, run).exists():
        _params(dataset)  # whose error names the valid data sets
    from lemma.predict import arriving
    from lemma.predict import predict as lines

    for line in lines(Project.layout, dataset, model, run, [texts] if texts else arriving(sys.stdin), explain):
        print(line, flush=True)


def main() -> None:
    """Run the command line; an expected error is one screen and an exit code, never a traceback."""
    try:
        app()
    except LemmaError as error:
        from rich.console import Console
        from rich.text import Text

        console = Console(stderr=True, soft_wrap=True, highlight=False)
        console.print(Text("error: ", style="bold red") + Text(error.what))
        if error.fix:
            console.print(Text("  fix: ", style="bold green") + Text(error.fix))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
