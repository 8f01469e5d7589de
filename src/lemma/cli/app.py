"""The application object, the project's folder, and functions that several commands share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from lemma import params as parameters
from lemma.errors import BEGIN, missing_project
from lemma.layout import Layout


class Commands(TyperGroup):
    """The commands of lemma; outside a project the help ends with how to get one."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # the types are private to typer
        """Print the help, and in a folder that holds no project how to begin."""
        super().format_help(ctx, formatter)
        if not Project.layout.params.exists():
            typer.echo(f"{Project.layout.params} does not exist: most commands need a project. {BEGIN}")


app = typer.Typer(
    cls=Commands,
    help="Prove the exercises, run the experiment, typeset both. `snakemake` or `dvc repro` runs all stages.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # an error that is no LemmaError is a bug: show its traceback
)
DatasetName = Annotated[str, typer.Argument(help="Name of a data set: a key of datasets in params.yaml.")]
ModelName = Annotated[str, typer.Argument(help="Name of a model: a key of models in params.yaml.")]
RunNumber = Annotated[int, typer.Argument(min=0, help="Number of the run: its seed, or its test fold.")]
STAGES, USE = "Stages", "Use"


class Project:
    """The project that a command works on; `--root` sets its folder."""

    layout = Layout()


def require_project() -> None:
    """Check that there is a project, before a command reads or writes anything.

    Raises:
        InputError: the folder holds no params.yaml.
    """
    if not Project.layout.params.exists():
        raise missing_project(Project.layout.params)


def load_params(dataset: str | None = None) -> parameters.Params:
    """Return the values of params.yaml.

    Args:
        dataset: name of a data set, which must be in params.yaml or in the catalogue.

    Raises:
        InputError: params.yaml is missing or invalid, or the data set is unknown.
    """
    require_project()
    values = parameters.load(Project.layout.params)
    if dataset is not None and dataset not in values.datasets:
        from lemma.data.sources.catalog import find_entry

        find_entry(dataset, list(values.datasets))
    return values


def load_checked_params(stage: str, *wildcards: object) -> parameters.Params:
    """Return the checked values of params.yaml, after a check of every file that the stage reads.

    Args:
        stage: name of the stage.
        wildcards: values of its wildcards, in the order of its command; a data set is the first of them.

    Raises:
        InputError: params.yaml is invalid, or DVC runs this stage from a dvc.yaml of other values.
        ChecksumError: a file was damaged since it was written.
    """
    from lemma.files import verify_checksums
    from lemma.stages.inputs import inputs
    from lemma.stages.table import STAGES

    values = load_params(str(wildcards[0]) if "dataset" in STAGES[stage].wildcards else None)
    if "DVC_STAGE" in os.environ:
        from lemma.stages.generated import require_dvc_yaml

        require_dvc_yaml(Project.layout.root, values)
    verify_checksums(inputs(Project.layout, values, stage, *wildcards))
    return values


@contextmanager
def exclusive_training(
    params: parameters.Params, stage: str, dataset: str, model: str, number: float
) -> Iterator[None]:
    """Hold a GPU lease and the lock of a training while the block runs.

    If another process holds the lock, wait until it ends: a cluster job outlives the Snakemake that submitted it, and
    the next Snakemake submits the same training again.
    """
    from filelock import FileLock, Timeout

    from lemma.training.gpus import lease_gpu

    if model not in parameters.Models.model_fields:  # the stage raises the error
        yield
        return
    neural = isinstance(getattr(params.models, model), parameters.Neural)
    if neural and stage == "train":
        number = params.train.block(int(number)).start  # one process trains all runs of a block
    name = f"{stage}-{dataset}-{model}-{number}"
    path = Project.layout.state / "running" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            print(f"Another process runs {name}; waiting until it ends.", flush=True)
            lock.acquire()
        with lease_gpu(params.train.device if neural else "cpu"):
            yield
    finally:
        lock.release()


def _print_version(wanted: bool) -> None:
    if wanted:
        import lemma

        typer.echo(f"lemma {lemma.__version__}")
        raise typer.Exit


@app.callback()
def root(
    folder: Annotated[Path, typer.Option("--root", help="The folder that holds params.yaml.")] = Path(),
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Set the project's folder."""
    Project.layout = Layout(folder)
