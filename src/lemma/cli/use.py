"""Commands that use the results or need none: predict, publish, explain, doctor, ui and others."""

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from lemma.cli.app import USE, DatasetName, ModelName, Project, app, load_params, require_project


@app.command(rich_help_panel=USE)
def benchmark(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Experiments of benchmark/ to run first, or all. Without names: only typeset."),
    ] = None,
    cores: Annotated[str, typer.Option(help="Cores for Snakemake: a number, or all.")] = "all",
) -> None:
    """Run experiments and typeset their scores next to published ones: reports/benchmark.pdf."""
    require_project()
    from lemma.experiments.benchmark import write_benchmark as stage

    print(stage(Project.layout.root, names or [], cores))


@app.command(rich_help_panel=USE)
def explain(
    dataset: DatasetName,
    printed: Annotated[str, typer.Argument(metavar="NUMBER", help="As printed in the report: 82.9, or '82.9 ± 0.3'.")],
) -> None:
    """Print where a number of a report comes from: fact, file, runs and commit, as lines of JSON."""
    require_project()
    from lemma.report.provenance import trace_number

    for record in trace_number(Project.layout, dataset, printed):
        print(json.dumps(record, ensure_ascii=False))


@app.command(rich_help_panel=USE)
def checklist(dataset: DatasetName) -> None:
    """Check that a report holds everything that the course asks for (exit code 1 if something is missing)."""
    require_project()
    from lemma.report.checklist import check_report

    requirements = check_report(Project.layout, dataset)
    for name, is_met in requirements.items():
        print(f"{'yes' if is_met else 'NO':<4}{name}")
    if not all(requirements.values()):
        raise typer.Exit(1)


@app.command(rich_help_panel=USE)
def doctor() -> None:
    """Check the machine, the project, Snakemake, DVC and MLflow; print a fix for each problem (exit code 1)."""
    from rich.console import Console
    from rich.text import Text

    from lemma.diagnostics.doctor import run_checks

    console = Console(soft_wrap=True, highlight=False)
    is_ok = True
    for finding in run_checks(Project.layout):
        mark = Text("ok   ", style="green") if finding.is_ok else Text("BAD  ", style="bold red")
        console.print(mark + Text(f"{finding.subject + ':':<13} {finding.text}"))
        if not finding.is_ok:
            console.print(Text("     fix:", style="bold green") + Text(f"          {finding.fix}"))
        is_ok &= finding.is_ok
    if not is_ok:
        raise typer.Exit(1)


@app.command(rich_help_panel=USE)
def why(path: Annotated[Path, typer.Argument(help="An output of the pipeline.")]) -> None:
    """Explain why Snakemake and DVC would make a file again."""
    require_project()
    from lemma.diagnostics.why import explain_file

    for line in explain_file(Project.layout.root, path):
        print(line)


@app.command(rich_help_panel=USE)
def ui(port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 5000) -> None:
    """Open the MLflow UI on 127.0.0.1."""
    from lemma.tracking import serve_ui, store

    if not os.environ.get(store.VARIABLE):  # do not make mlflow.db outside of a project
        require_project()

    serve_ui(Project.layout, port)


@app.command(rich_help_panel=USE)
def trace(
    network: Annotated[Path, typer.Argument(help="The network, a YAML file as in resources/networks, or - for input.")],
    steps: Annotated[str | None, typer.Option(help="Number of updates, each for the next instance.")] = None,
    loss: Annotated[str | None, typer.Option(help="squared or cross-entropy.")] = None,
    delta: Annotated[str | None, typer.Option(help="Rule of the deltas: sheet, gradient or simplified.")] = None,
    momentum: Annotated[str | None, typer.Option(help="Factor of the previous change of a weight.")] = None,
    digits: Annotated[str | None, typer.Option(help="Decimals to print, instead of fractions.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Typeset the computation as this PDF.")] = None,
) -> None:
    """Print each step of backpropagation in a small network: net inputs, outputs, deltas and new weights."""
    from lemma.exercises.tracing.network_file import read_network
    from lemma.exercises.tracing.trace import format_trace

    options = {"steps": steps, "loss": loss, "delta": delta, "momentum": momentum, "digits": digits}
    description = read_network(network, options)
    if pdf is None:
        text = format_trace(description)
        print(text if "utf" in sys.stdout.encoding.lower() else text.replace("·", "*"))
    else:
        from lemma.report.trace_sheet import write_trace_sheet

        write_trace_sheet(
            description, "" if str(network) == "-" else network.name, Project.layout.workflow / "reports", pdf
        )
        print(f"wrote {pdf}")


@app.command(rich_help_panel=USE)
def predict(
    dataset: Annotated[str | None, typer.Argument(help="Name of a data set; with --model the first text.")] = None,
    model: Annotated[str | None, typer.Argument(help="Name of a model; with --model the second text.")] = None,
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TEXT]...", help="Texts to classify, one per argument. Without them: standard input, one per line."
        ),
    ] = None,
    place: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="PATH|URI",
            help="Model instead of DATASET MODEL, in any folder: a model.zip, a folder that holds one, or a model "
            "registered in MLflow (models:/NAME@champion, models:/NAME/3).",
        ),
    ] = None,
    run: Annotated[
        int | None, typer.Option(min=0, help="Number of the run whose model is used.", show_default="0")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also print the tokens that influenced the prediction.")
    ] = False,
) -> None:
    """Classify texts with a trained model: a line of JSON for each text, {label, probabilities}."""
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
        load_params(dataset)  # whose error names the valid data sets
    from lemma.prediction.predict import predict as lines
    from lemma.prediction.stdin import read_blocks

    for line in lines(Project.layout, dataset, model, run, [texts] if texts else read_blocks(sys.stdin), explain):
        print(line, flush=True)


def _predict_with(place: str, texts: list[str], explain: bool) -> None:
    from lemma.prediction.predict import predict_with
    from lemma.prediction.stdin import read_blocks

    with TemporaryDirectory(prefix="lemma-") as folder:
        path = Path(place)
        if place.startswith("models:"):
            from lemma.tracking import download_model

            path = download_model.download_model(Project.layout, place, Path(folder))
        for line in predict_with(path, [texts] if texts else read_blocks(sys.stdin), explain):
            print(line, flush=True)


@app.command(rich_help_panel=USE)
def publish(
    dataset: DatasetName,
    model: ModelName,
    run: Annotated[
        str,
        typer.Argument(metavar="[RUN|best]", help="Number of the run, or best: the run with the highest score on dev."),
    ] = "best",
) -> None:
    """Register a trained model in MLflow as lemma-DATASET-MODEL, with the alias champion."""
    if run != "best" and not (run.isascii() and run.isdigit()):
        raise typer.BadParameter(f"'{run}' is neither the number of a run nor best.")
    from lemma import params
    from lemma.errors import choose
    from lemma.evaluation.selection import select_run
    from lemma.files import verify_checksums
    from lemma.tracking import registry, store

    load_params(dataset)
    if model not in params.Models.model_fields:
        raise choose("model", model, list(params.Models.model_fields))
    layout = Project.layout
    score = select_run(layout, dataset, model, None if run == "best" else int(run))
    verify_checksums([layout.model(dataset, model, score.run)])
    candidate = registry.Candidate(dataset, model, score.run, score.metric, score.value)
    version = registry.register_model(layout, candidate)
    state = "is published as" if version.is_new else "was published before and is the"
    print(f"{version.name}, version {version.version}, {state} {registry.CHAMPION}: {candidate.title}.")
    print(f"  {version.uri}")
    print("Classify texts, or serve it:")
    print(f'  lemma predict --model {version.uri} "A text."')
    print(f"  mlflow models serve -m {version.uri} --env-manager local --host 127.0.0.1 -p 5001")
    print(f"In another folder first: export {store.VARIABLE}={store.hide_password(store.store_uri(layout))}")
