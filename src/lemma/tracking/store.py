"""The MLflow store: its address, the connection to it, and conversions to MLflow's entities.

A database is opened under a lock: if several processes open an empty SQLite or PostgreSQL database at the same time,
each runs MLflow's migration, and all but one fail. MLflow's defaults let a request wait for minutes; `set_limits`
lowers them unless the user has set others. Every failure becomes one InputError.
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

from lemma.errors import ROOM, WRITE_REMEDIES, InputError
from lemma.files import write_bytes
from lemma.layout import WORKSPACES, Layout

if TYPE_CHECKING:
    from mlflow import MlflowClient

VARIABLE = "MLFLOW_TRACKING_URI"
DVC_ROOT = "DVC_ROOT"  # set by DVC to the project's folder, also for experiments in a temporary folder
PARENT = "mlflow.parentRunId"
COLOUR = "mlflow.runColor"
LOCK_SECONDS = 300
DIGEST = 8  # hexadecimal digits of the digest of a data set, as in MLflow
PROXIED = "mlflow-artifacts"  # URI scheme of artifacts that a server stores
_LIMITS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # standard output is for the reason of a failure
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_UV_AUTO_DETECT": "false",  # else a model gets the requirements of the current folder
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",  # seconds
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",  # seconds before the first retry, then doubled
}


def store_uri(layout: Layout, uri: str | None = None) -> str:
    """Return the URI of the store: `uri`, else MLFLOW_TRACKING_URI, else that of `mlflow.db` of the project."""
    return uri or os.environ.get(VARIABLE) or default_uri(layout)


def default_uri(layout: Layout) -> str:
    """Return the URI of `mlflow.db` in the project's folder, also for an experiment that runs in another folder."""
    return f"sqlite:///{project_folder(layout) / 'mlflow.db'}"


def project_folder(layout: Layout) -> Path:
    """Return the folder of the project, also if `layout` is that of an experiment.

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
    """Return whether `layout` is the project itself, and not the folder of an experiment."""
    return project_folder(layout) == layout.root.resolve()


def artifact_folder(uri: str, layout: Layout) -> Path:
    """Return the folder of artifacts, in which `mlflow ui` looks if it is started in the folder of the database."""
    return (_sqlite_path(uri).parent if uri.startswith("sqlite:///") else project_folder(layout)) / "mlartifacts"


def local_path(uri: str, location: str, layout: Layout) -> Path | None:
    """Return the local folder of an artifact URI; None if the artifacts are on a server or in a cloud.

    Args:
        uri: of the store.
        location: URI of the artifacts.
        layout: of the project.
    """
    parts = urlsplit(location)
    if parts.scheme == PROXIED and uri.startswith("sqlite:"):
        return artifact_folder(uri, layout) / parts.path.lstrip("/")
    if parts.scheme in ("", "file"):
        return Path(url2pathname(parts.path))
    return None


def exists(uri: str) -> bool:
    """Return False if the store is a SQLite file that does not exist; other stores are assumed to exist."""
    return not uri.startswith("sqlite:///") or _sqlite_path(uri).exists()


def hide_password(uri: str) -> str:
    """Return a URI without user name and password, for messages."""
    return re.sub(r"//[^/@]*@", "//", uri)


def set_limits(environment: Any = os.environ) -> None:
    """Set limits for MLflow's timeouts, retries and telemetry in `environment`, unless it has others."""
    for name, value in _LIMITS.items():
        environment.setdefault(name, value)


@contextmanager
def connect(uri: str) -> Iterator["MlflowClient"]:
    """Yield a client of the store at `uri`; a lock excludes other processes from the same database during the block.

    Raises:
        InputError: the store cannot be reached, reports an error, or stays locked by another process.
    """
    set_limits()
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    for name in ("mlflow", "alembic", "urllib3"):  # they log every retry and migration
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with _get_lock(uri):
            _create_database(uri)
            yield MlflowClient(tracking_uri=uri)
    except Timeout as error:
        what = f"Another process has held {error.lock_file} for {LOCK_SECONDS} s."
        raise InputError(what, "Let it finish, or end it, and run again.") from None
    except (MlflowException, SQLAlchemyError, ModuleNotFoundError, OSError) as error:
        if isinstance(error, OSError) and error.errno in WRITE_REMEDIES:  # an error of the disk, not of the server
            raise
        reason = hide_password(" ".join(str(error).split()))[:300]
        fix = f"Start that server, set {VARIABLE} to another, or unset it to write to mlflow.db of the project."
        if "disk is full" in reason or "No space left" in reason:
            fix = ROOM
        raise InputError(f"MLflow at {hide_password(uri)} cannot be used: {reason}", fix) from None


def get_or_create_experiment(client: "MlflowClient", name: str) -> str:
    """Return the id of an MLflow experiment; it is created if it does not exist, and restored empty if it was deleted.

    In a SQLite store the URI of its artifacts is relative to the folder `mlartifacts`, so that a project can be moved.
    """
    from mlflow.exceptions import MlflowException

    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        try:
            location = f"{PROXIED}:/{name}" if client.tracking_uri.startswith("sqlite:") else None
            return str(client.create_experiment(name, artifact_location=location))
        except MlflowException:
            experiment = client.get_experiment_by_name(name)  # another process may have created it
            if experiment is None:
                raise
    if experiment.lifecycle_stage == "deleted":
        client.restore_experiment(experiment.experiment_id)  # restores all its runs, replaced ones too
        for run in search_runs(client, experiment.experiment_id, ""):
            client.delete_run(run.info.run_id)
    return str(experiment.experiment_id)


def log_file(client: "MlflowClient", run: Any, name: str, path: Path, layout: Layout) -> None:
    """Log a file as the artifact `name` of a run: to the server, or to `mlartifacts` if the store is a SQLite file."""
    location = urlsplit(run.artifact_uri)
    if location.scheme == PROXIED and not client.tracking_uri.startswith("http"):
        target = artifact_folder(str(client.tracking_uri), layout) / location.path.lstrip("/") / name
        write_bytes(target, path.read_bytes())
    else:
        client.log_artifact(run.run_id, str(path), str(Path(name).parent) if "/" in name else None)


def search_runs(client: "MlflowClient", experiment_id: str, where: str) -> list[Any]:
    """Return all active runs of an experiment that match the MLflow filter `where`, newest first."""
    runs: list[Any] = []
    token = None
    while True:
        page = client.search_runs([experiment_id], where, max_results=1000, page_token=token)
        runs += page
        token = page.token
        if not token:
            return runs


def to_metrics(points: Sequence[tuple[str, float, int, int]]) -> list[Any]:
    """Return points (name, value, step, Unix time in milliseconds) as MLflow metrics."""
    from mlflow.entities import Metric

    return [Metric(name, value, time, step) for name, value, step, time in points]


def to_params(values: dict[str, str]) -> list[Any]:
    """Return values by name as MLflow parameters."""
    from mlflow.entities import Param

    return [Param(name, value) for name, value in values.items()]


def dataset_input(name: str, digest: str, path: str) -> list[Any]:
    """Return the MLflow dataset input of a run: the data set that it was trained on; `path` holds the tokens."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    dataset = Dataset(name, digest[:DIGEST], "local", json.dumps({"uri": path}))
    return [DatasetInput(dataset, [InputTag("mlflow.data.context", "train")])]


def _get_lock(uri: str) -> AbstractContextManager[Any]:
    """Return the lock of a database: a file next to SQLite's, an advisory lock of PostgreSQL, none for a server."""
    if uri.startswith("postgresql"):
        return _postgresql_lock(uri)
    if not uri.startswith("sqlite:///"):
        return nullcontext()
    database = _sqlite_path(uri)
    return FileLock(database.with_name(database.name + ".lock"), timeout=LOCK_SECONDS)


def _sqlite_path(uri: str) -> Path:
    """Return the file of a SQLite URI."""
    return Path(uri.removeprefix("sqlite:///").partition("?")[0])


def _create_database(uri: str) -> None:
    """Create a SQLite database that does not exist. It is renamed when complete: MLflow cannot resume a migration."""
    from mlflow import MlflowClient

    if not uri.startswith("sqlite:///") or _sqlite_path(uri).exists():
        return
    part = _sqlite_path(uri).with_name(f".{_sqlite_path(uri).name}.part")
    for path in (part, part.with_name(f"{part.name}-journal")):
        path.unlink(missing_ok=True)
    MlflowClient(tracking_uri=f"sqlite:///{part}").search_experiments(max_results=1)
    part.replace(_sqlite_path(uri))


@contextmanager
def _postgresql_lock(uri: str) -> Iterator[None]:
    """Hold an advisory lock of PostgreSQL, which ends with the connection if the process is killed."""
    from sqlalchemy import NullPool, create_engine, text

    engine = create_engine(uri, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_SECONDS}s'"))
        connection.execute(text("SELECT pg_advisory_lock(hashtext('lemma'))"))
        yield
