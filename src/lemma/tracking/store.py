"""Where MLflow is, and how to reach it: made by one process, every wait bounded, every failure one error.

Eight processes that opened an empty SQLite or PostgreSQL database at once all ran its migration, and seven failed: so
a database is opened under a lock, of a file beside it or of its own. MLflow's own limits let one request wait for
minutes: ours stand unless the user has set others.
"""

import json
import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from filelock import FileLock, Timeout

from lemma.errors import PLACES, ROOM, InputError
from lemma.files import write_bytes
from lemma.layout import WORKSPACES, Layout

if TYPE_CHECKING:
    from mlflow import MlflowClient

VARIABLE = "MLFLOW_TRACKING_URI"
DVC_ROOT = "DVC_ROOT"  # set by DVC: the project's folder, for experiments in a temporary folder too
PARENT = "mlflow.parentRunId"
COLOUR = "mlflow.runColor"
LOCK_SECONDS = 300
DIGEST = 8  # hexadecimal digits, as in digests of MLflow
PROXIED = "mlflow-artifacts"  # the scheme of artifacts that a server keeps
_LIMITS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # two lines a run of a server, where a stream's reason is read
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_UV_AUTO_DETECT": "false",  # else the requirements of a model are those of the folder that lemma runs in
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",  # seconds an answer may take
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",  # seconds before the first retry, then doubled
}


def store_uri(layout: Layout, uri: str | None = None) -> str:
    """Return the store's address: `uri`, else MLFLOW_TRACKING_URI, else `mlflow.db` of the project."""
    return uri or os.environ.get(VARIABLE) or default_uri(layout)


def default_uri(layout: Layout) -> str:
    """Return the address of the store beside params.yaml of the project, not of a copy that an experiment runs in."""
    return f"sqlite:///{project_folder(layout) / 'mlflow.db'}"


def project_folder(layout: Layout) -> Path:
    """Return the project's folder: that of `layout`, or the one that its experiment is of.

    A named experiment runs in a folder of `.benchmark/`, a queued or temporary experiment of DVC in a copy.
    """
    root = layout.root.resolve()
    if root.parent.name == WORKSPACES:
        root = root.parent.parent
    parent = os.environ.get(DVC_ROOT)
    if parent and root.is_relative_to(Path(parent).resolve() / ".dvc" / "tmp"):
        return Path(parent).resolve()
    return root


def is_project(layout: Layout) -> bool:
    """Return whether the results in `layout` are the project's present ones, and not those of an experiment's copy."""
    return project_folder(layout) == layout.root.resolve()


def artifact_folder(uri: str, layout: Layout) -> Path:
    """Return the folder of artifacts: where a plain `mlflow ui`, started beside the database, looks for them."""
    return (_file(uri).parent if uri.startswith("sqlite:///") else project_folder(layout)) / "mlartifacts"


def local_path(uri: str, location: str, layout: Layout) -> Path | None:
    """Return the folder that an artifact address means on this machine; None if only a server or a cloud has it.

    Args:
        uri: address of the store.
        location: address of artifacts in it.
        layout: of the project.
    """
    parts = urlsplit(location)
    if parts.scheme == PROXIED and uri.startswith("sqlite:"):
        return artifact_folder(uri, layout) / parts.path.lstrip("/")
    if parts.scheme in ("", "file"):
        return Path(url2pathname(parts.path))
    return None


def exists(uri: str) -> bool:
    """Return False if the store is a SQLite file that does not exist; a server is not asked."""
    return not uri.startswith("sqlite:///") or _file(uri).exists()


def hide_password(uri: str) -> str:
    """Return `uri` as messages may show it: without a password."""
    return re.sub(r"//[^/@]*@", "//", uri)


def set_limits(environment: Any = os.environ) -> None:
    """Give MLflow's waits, retries and telemetry our limits, where `environment` has none."""
    for name, value in _LIMITS.items():
        environment.setdefault(name, value)


@contextmanager
def connect(uri: str) -> Iterator["MlflowClient"]:
    """Yield a client of the store at `uri`; until the block ends, no other process enters one for the same database.

    Raises:
        InputError: the store cannot be reached, refuses, or stays locked by another process.
    """
    set_limits()
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    for noisy in ("mlflow", "alembic", "urllib3"):  # they tell of every retry and migration; the error tells it once
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        with _lock(uri):
            _make(uri)
            yield MlflowClient(tracking_uri=uri)
    except Timeout as error:
        what = f"Another process has held {error.lock_file} for {LOCK_SECONDS} s."
        raise InputError(what, "Let it finish, or end it, and run again.") from None
    except (MlflowException, SQLAlchemyError, ModuleNotFoundError, OSError) as error:
        if isinstance(error, OSError) and error.errno in PLACES:  # the disk is at fault, not the server
            raise
        reason = hide_password(" ".join(str(error).split()))[:300]
        fix = f"Start that server, or set {VARIABLE} to another, or unset it: then runs go to mlflow.db here."
        if "disk is full" in reason or "No space left" in reason:
            fix = ROOM
        raise InputError(f"MLflow at {hide_password(uri)} cannot be used: {reason}", fix) from None


def get_or_create_experiment(client: "MlflowClient", name: str) -> str:
    """Return the id of the experiment `name`, made where it is missing and emptied where it had been deleted.

    In a store that is a file, its artifacts have an address that is relative to the folder `mlartifacts` of whoever
    serves them, so that a project can be moved.
    """
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            place = f"{PROXIED}:/{name}" if client.tracking_uri.startswith("sqlite:") else None
            return str(client.create_experiment(name, artifact_location=place))
        except MlflowException:
            found = client.get_experiment_by_name(name)  # another process was faster
            if found is None:
                raise
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)  # revives every run it ever had, replaced ones too
        for run in search_runs(client, found.experiment_id, ""):
            client.delete_run(run.info.run_id)
    return str(found.experiment_id)


def log_file(client: "MlflowClient", run: Any, name: str, path: Path, layout: Layout) -> None:
    """Keep a file as the artifact `name` of a run: by the server, or in `mlartifacts` where the store is a file."""
    place = urlsplit(run.artifact_uri)
    if place.scheme == PROXIED and not client.tracking_uri.startswith("http"):
        target = artifact_folder(str(client.tracking_uri), layout) / place.path.lstrip("/") / name
        write_bytes(target, path.read_bytes())
    else:
        client.log_artifact(run.run_id, str(path), str(Path(name).parent) if "/" in name else None)


def search_runs(client: "MlflowClient", experiment_id: str, where: str) -> list[Any]:
    """Return all undeleted runs of an experiment that fulfil MLflow's filter `where`, the newest first."""
    runs: list[Any] = []
    token = None
    while True:
        page = client.search_runs([experiment_id], where, max_results=1000, page_token=token)
        runs += page
        token = page.token
        if not token:
            return runs


def to_metrics(points: Sequence[tuple[str, float, int, int]]) -> list[Any]:
    """Return `points` as MLflow's metrics."""
    from mlflow.entities import Metric

    return [Metric(name, value, time, step) for name, value, step, time in points]


def to_params(values: dict[str, str]) -> list[Any]:
    """Return `values` as MLflow's parameters."""
    from mlflow.entities import Param

    return [Param(name, value) for name, value in values.items()]


def dataset_input(name: str, digest: str, path: str) -> list[Any]:
    """Return MLflow's input of a run: the data set that it was trained on, of which `path` holds the tokens."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    dataset = Dataset(name, digest[:DIGEST], "local", json.dumps({"uri": path}))
    return [DatasetInput(dataset, [InputTag("mlflow.data.context", "train")])]


def _lock(uri: str) -> AbstractContextManager[Any]:
    """Return the lock of a database: a file beside SQLite's, PostgreSQL's own; HTTP servers look after themselves."""
    if uri.startswith("postgresql"):
        return _turn(uri)
    if not uri.startswith("sqlite:///"):
        return nullcontext()
    database = _file(uri)
    return FileLock(database.with_name(database.name + ".lock"), timeout=LOCK_SECONDS)


def _file(uri: str) -> Path:
    """Return SQLite's file."""
    return Path(uri.removeprefix("sqlite:///").partition("?")[0])


def _make(uri: str) -> None:
    """Make SQLite's database where it is missing, whole or not at all: MLflow cannot go on with a half-made one."""
    from mlflow import MlflowClient

    if not uri.startswith("sqlite:///") or _file(uri).exists():
        return
    part = _file(uri).with_name(f".{_file(uri).name}.part")
    for left in (part, part.with_name(f"{part.name}-journal")):
        left.unlink(missing_ok=True)
    MlflowClient(tracking_uri=f"sqlite:///{part}").search_experiments(max_results=1)
    part.replace(_file(uri))


@contextmanager
def _turn(uri: str) -> Iterator[None]:
    """Hold a lock that PostgreSQL keeps for this connection, so that it ends with the process wherever that runs."""
    from sqlalchemy import NullPool, create_engine, text

    engine = create_engine(uri, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_SECONDS}s'"))
        connection.execute(text("SELECT pg_advisory_lock(hashtext('lemma'))"))
        yield
