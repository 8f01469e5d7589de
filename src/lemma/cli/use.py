"""What one does with a finished project, or beside it."""

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from lemma.cli.app import USE, Dataset, Model, Project, app, checked, require_project


@app.command(rich_help_panel=USE)
def benchmark(
    names: Annotated[
        list[str] | None, typer.Argument(help="Experiments of benchmark/ to run, or all; none: only typeset.")
    ] = None,
    cores: Annotated[str, typer.Option(help="Cores for Snakemake: a number, or all.")] = "all",
) -> None:
    """Run experiments and typeset them beside published results: reports/benchmark.pdf."""
    require_project()
    from lemma.experiments.benchmark import write_benchmark as stage

    print(stage(Project.layout.root, names or [], cores))


@app.command(rich_help_panel=USE)
def explain(
    dataset: Dataset,
    printed: Annotated[str, typer.Argument(metavar="NUMBER", help="As the report prints it: 82.9, or '82.9 ± 0.3'.")],
) -> None:
    """Say where a number of a report came from: its fact, file, runs and commit, as lines of JSON."""
    require_project()
    from lemma.report.provenance import explain as found

    for record in found(Project.layout, dataset, printed):
        print(json.dumps(record, ensure_ascii=False))


@app.command(rich_help_panel=USE)
def checklist(dataset: Dataset) -> None:
    """Say what of all that the course asks for a finished report holds; exit code 1 where something is missing."""
    require_project()
    from lemma.report.checklist import checklist as found

    held = found(Project.layout, dataset)
    for name, there in held.items():
        print(f"{'yes' if there else 'NO ':<4}{name}")
    if not all(held.values()):
        raise typer.Exit(1)


@app.command(rich_help_panel=USE)
def doctor() -> None:
    """Look at the machine, the project and both engines; exit code 1, and what mends it, where something is wrong."""
    from rich.console import Console
    from rich.text import Text

    from lemma.diagnostics.doctor import run_checks as found

    console = Console(soft_wrap=True, highlight=False)
    sound = True
    for finding in found(Project.layout):
        mark = Text("ok   ", style="green") if finding.sound else Text("BAD  ", style="bold red")
        console.print(mark + Text(f"{finding.subject + ':':<13} {finding.found}"))
        if not finding.sound:
            console.print(Text("     fix:", style="bold green") + Text(f"          {finding.fix}"))
        sound &= finding.sound
    if not sound:
        raise typer.Exit(1)


@app.command(rich_help_panel=USE)
def why(path: Annotated[Path, typer.Argument(help="A file that the pipeline makes.")]) -> None:
    """Say why a file would be made again, in a sentence from each engine."""
    require_project()
    from lemma.diagnostics.why import explain_file as sentences

    for line in sentences(Project.layout.root, path):
        print(line)


@app.command(rich_help_panel=USE)
def ui(port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 5000) -> None:
    """Open the MLflow UI on 127.0.0.1."""
    from lemma.tracking import serve_ui, store

    if not os.environ.get(store.VARIABLE):  # else mlflow.db would be made wherever one happens to be
        require_project()

    serve_ui(Project.layout, port)


@app.command(rich_help_panel=USE)
def trace(network: Annotated[Path, typer.Argument(help="A YAML file; see resources/networks.")]) -> None:
    """Compute a network by hand: every net input, output, delta and new weight, in exact fractions."""
    from lemma.exercises.trace import trace_network

    print(trace_network(network))


@app.command(rich_help_panel=USE)
def check(
    question: Annotated[str, typer.Argument(help="A question of the exercises, such as 6.output or 4.update.w13.")],
    answer: Annotated[str, typer.Option(help="Your formula, in LaTeX as on the sheet or as plain text.")],
) -> None:
    """Judge your own formula: right by proof, or wrong with numbers where it differs (exit code 1)."""
    from lemma.exercises.check import check_answer

    feedback = check_answer(question, answer)
    print(feedback.text)
    if not feedback.is_correct:
        raise typer.Exit(1)


@app.command(rich_help_panel=USE)
def predict(
    dataset: Annotated[str | None, typer.Argument(help="A data set; with --model the first text.")] = None,
    model: Annotated[str | None, typer.Argument(help="A model; with --model the second text.")] = None,
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]...", help="Texts to classify, each one argument; none: a line each from stdin."),
    ] = None,
    place: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="PATH|URI",
            help="Instead of DATASET MODEL, in any folder: a model.zip, a folder that holds one, or a model registered "
            "in MLflow: models:/NAME@champion, models:/NAME/3.",
        ),
    ] = None,
    run: Annotated[int | None, typer.Option(min=0, help="Which of the trained runs decides.", show_default="0")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Also say what moved the decision.")] = False,
) -> None:
    """Classify texts with a trained model; print a line of JSON for each, {label, probabilities}, once classified."""
    if place is not None:
        if run is not None:
            raise typer.BadParameter("--run chooses among the runs of DATASET MODEL; --model names one model.")
        given = [text for text in (dataset, model, *(texts or [])) if text is not None]
        _predict_with(place, given, explain)
        return
    if dataset is None or model is None:
        raise typer.BadParameter(
            f"Missing argument '{'DATASET' if dataset is None else 'MODEL'}', or option '--model'."
        )
    run = run or 0
    if not os.path.exists(Project.layout.model(dataset, model, run)):  # noqa: PTH110 (False for too long a name too)
        checked(dataset)  # whose error names the valid data sets
    from lemma.prediction.predict import arriving
    from lemma.prediction.predict import predict as lines

    for line in lines(Project.layout, dataset, model, run, [texts] if texts else arriving(sys.stdin), explain):
        print(line, flush=True)


def _predict_with(place: str, texts: list[str], explain: bool) -> None:
    from lemma.prediction.predict import arriving, predict_with

    with TemporaryDirectory(prefix="lemma-") as folder:
        path = Path(place)
        if place.startswith("models:"):
            from lemma.tracking import download_model

            path = download_model.download_model(Project.layout, place, Path(folder))
        for line in predict_with(path, [texts] if texts else arriving(sys.stdin), explain):
            print(line, flush=True)


@app.command(rich_help_panel=USE)
def publish(
    dataset: Dataset,
    model: Model,
    run: Annotated[
        str, typer.Argument(metavar="[RUN|best]", help="Number of the run; best: the run with the best score on dev.")
    ] = "best",
) -> None:
    """Register a trained model in MLflow as lemma-DATASET-MODEL, and make it the champion; twice changes nothing."""
    if run != "best" and not (run.isascii() and run.isdigit()):
        raise typer.BadParameter(f"'{run}' is neither the number of a run nor best.")
    from lemma import params
    from lemma.errors import choose
    from lemma.evaluation.selection import select_run
    from lemma.files import verify_checksums
    from lemma.tracking import registry, store

    checked(dataset)
    if model not in params.Models.model_fields:
        raise choose("model", model, list(params.Models.model_fields))
    layout = Project.layout
    score = select_run(layout, dataset, model, None if run == "best" else int(run))
    verify_checksums([layout.model(dataset, model, score.run)])
    candidate = registry.Candidate(dataset, model, score.run, score.metric, score.value)
    published = registry.register_model(layout, candidate)
    what = "is published as" if published.is_new else "was published before and is the"
    print(f"{published.name}, version {published.version}, {what} {registry.CHAMPION}: {candidate.title}.")
    print(f"  {published.uri}")
    print("Classify texts, or serve it:")
    print(f'  lemma predict --model {published.uri} "A text."')
    print(f"  mlflow models serve -m {published.uri} --env-manager local --host 127.0.0.1 -p 5001")
    print(f"In another folder first: export {store.VARIABLE}={store.hide_password(store.store_uri(layout))}")
