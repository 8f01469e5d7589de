"""The application: the project's folder, and what several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from lemma import params as parameters
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


def checked(dataset: str = "") -> parameters.Params:
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
