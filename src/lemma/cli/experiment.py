"""`lemma experiment`: run, list, compare and track named experiments."""

import shutil
from typing import Annotated

import typer

from lemma.cli.app import USE, Project, app, load_params, require_project

experiment = typer.Typer(
    help="Run, list, compare and track named experiments: values that differ from params.yaml, in benchmark/NAME.yaml.",
    no_args_is_help=True,
)
app.add_typer(experiment, name="experiment", rich_help_panel=USE)
ExperimentNames = Annotated[
    list[str], typer.Argument(metavar="NAME...", help="Names of experiments of benchmark/, or all.")
]


@experiment.command()
def run(
    names: ExperimentNames,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A value that differs from params.yaml, such as train.epochs=10; repeatable.",
        ),
    ] = None,
    note: Annotated[
        str, typer.Option(help="Description of a new experiment: the comment at the top of its file.")
    ] = "",
    cores: Annotated[str, typer.Option(help="Number of cores for Snakemake, or all.")] = "all",
) -> None:
    """Train and evaluate experiments in .benchmark/NAME, record the scores, and track the runs in MLflow.

    With --set the experiment is created: benchmark/NAME.yaml is written. Results that .benchmark/NAME holds are not
    computed again; if experiment.runs was extended, only the new runs are trained. A value that the hyperparameter
    search would replace is refused.
    """
    require_project()
    from lemma.experiments.create import read_or_create
    from lemma.experiments.listing import format_summary
    from lemma.experiments.run import run_experiments

    chosen = read_or_create(Project.layout.root, names, assignments or [], note)
    run_experiments(Project.layout.root, chosen, cores)
    for item in chosen:
        print(format_summary(Project.layout.root, item.name))
        print(f"Next: lemma experiment compare params.yaml {item.name}")


@experiment.command(name="list")
def list_() -> None:
    """Print the present results and all experiments: values that differ, state, date, best model."""
    from lemma.experiments.combine_errors import combine_errors
    from lemma.experiments.listing import format_table, read_rows

    rows, failures = read_rows(Project.layout.root)
    print(format_table(rows, shutil.get_terminal_size((100, 24)).columns))
    if failures:
        raise combine_errors(failures)


@experiment.command()
def compare(
    first: Annotated[
        str, typer.Argument(metavar="A", help="An experiment, or params.yaml (or .) for the present results.")
    ],
    second: Annotated[str, typer.Argument(metavar="B", help="Another experiment; differences are B minus A.")],
    dataset: Annotated[str | None, typer.Option(help="Only this data set.")] = None,
    model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
    split: Annotated[
        str,
        typer.Option(
            help="dev for model selection; test once, for the selected model. The best of several on test is biased."
        ),
    ] = "dev",
) -> None:
    """Compare two experiments: for each model the difference, its confidence interval and a corrected p-value.

    If the predictions of both exist (.benchmark/NAME), documents are resampled in pairs. If only the scores of
    reports/benchmark/NAME.json exist, the scores of the runs are compared, and the output says so. On dev no p-value
    is given for models whose hyperparameters were selected on dev.
    """
    from lemma.experiments.combine_errors import combine_errors
    from lemma.experiments.compare_experiments import compare_experiments as compared
    from lemma.experiments.comparison_table import format_comparisons

    settings = load_params().evaluate
    comparisons = compared(Project.layout.root, first, second, dataset, model, split)
    print(format_comparisons(comparisons, settings.confidence, settings.resamples))
    if comparisons.failures:
        raise combine_errors(comparisons.failures)


@experiment.command()
def track(names: ExperimentNames) -> None:
    """Write the recorded results of experiments to MLflow, without training.

    If the trainings in .benchmark/NAME are missing or do not give the recorded scores, the runs have scores and costs
    but no curves, and a tag says so. The next `lemma experiment run` with the same values replaces them.
    """
    require_project()
    from lemma.experiments.combine_errors import combine_errors
    from lemma.experiments.track import track_all

    lines, failures = track_all(Project.layout.root, names)
    for line in lines:
        print(line)
    if failures:
        raise combine_errors(failures)
