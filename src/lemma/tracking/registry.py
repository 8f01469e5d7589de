"""Register the model of a training in the MLflow model registry (`lemma publish`).

The name of a registered model consists of data set and model: `lemma-sst2-cnn`. Each published training is a version of
it, and the alias `champion` refers to the version that was published last.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from lemma.errors import InputError
from lemma.files import sha256
from lemma.layout import Layout
from lemma.models.metadata.settings import read_settings
from lemma.tracking import packaging, store
from lemma.tracking.checkout_tags import NOTE
from lemma.tracking.identity import CONFIG, CONTENT, CURRENT, KEY, format_key, hash_config

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION = "champion"
SHA256 = "lemma.sha256"  # of the model file
VERSIONS = "mlflow.modelVersions"  # tag of a logged model, which only an MLflow server writes by itself
COMMIT, DIRTY = "mlflow.source.git.commit", "mlflow.source.git.dirty"


@dataclass(frozen=True)
class Candidate:
    """A training whose model will be registered.

    Attributes:
        dataset: name of the data set.
        model: name of the model.
        run: number of the run.
        metric: name of the primary metric.
        score: its value on dev.
    """

    dataset: str
    model: str
    run: int
    metric: str
    score: float

    @property
    def name(self) -> str:
        """The name of the registered model."""
        return f"lemma-{self.dataset}-{self.model}"

    @property
    def title(self) -> str:
        """Description of the training for messages."""
        return f"run {self.run} of {self.model} on {self.dataset}, {self.metric} {self.score:.4f} on dev"


@dataclass(frozen=True)
class ModelVersion:
    """A version of a registered model, and whether it was created now."""

    name: str
    version: str
    is_new: bool

    @property
    def uri(self) -> str:
        """URI that always refers to the version that was published last."""
        return f"models:/{self.name}@{CHAMPION}"


def register_model(layout: Layout, candidate: Candidate, uri: str | None = None) -> ModelVersion:
    """Register the model of a training and make it the champion; if it is both already, change nothing.

    Args:
        layout: of the project.
        candidate: the training.
        uri: of the store; default: MLFLOW_TRACKING_URI, else `mlflow.db` of the project.

    Raises:
        InputError: the model file is missing or damaged, the training is not tracked, or MLflow cannot be reached.
    """
    path = layout.model(candidate.dataset, candidate.model, candidate.run)
    settings = read_settings(path, f"Run `snakemake --cores 2 {path}`.")
    digest = sha256(path)
    with store.connect(store.store_uri(layout, uri)) as client:
        run = _find_run(client, layout, candidate, settings)
        registered = _get_or_create_registered_model(client, candidate)
        version = _existing_version(client, layout, candidate.name, run.info.run_id, digest)
        is_new = version is None
        if version is None:
            version = _register(client, layout, candidate, run, settings, digest)
        if str(registered.aliases.get(CHAMPION)) != version:
            client.set_registered_model_alias(candidate.name, CHAMPION, version)
    return ModelVersion(candidate.name, version, is_new)


def _find_run(client: "MlflowClient", layout: Layout, candidate: Candidate, settings: dict[str, Any]) -> Any:
    """Return the MLflow run of a training."""
    experiment = client.get_experiment_by_name(candidate.dataset)
    config = hash_config(settings, sha256(layout.tokens(candidate.dataset)))
    runs = store.search_runs(client, experiment.experiment_id, f"tags.`{CONFIG}` = '{config}'") if experiment else []
    complete = [run for run in runs if CONTENT in run.data.tags and run.data.tags.get(KEY) == format_key(settings)]
    if not complete:
        what = f"Run {candidate.run} of {candidate.model} on {candidate.dataset} is not in MLflow at "
        raise InputError(
            f"{what}{store.hide_password(client.tracking_uri)}.", f"Run `lemma track {candidate.dataset}`."
        )
    return max(complete, key=lambda run: run.data.tags.get(CURRENT) == "true")


def _get_or_create_registered_model(client: "MlflowClient", candidate: Candidate) -> Any:
    """Return the registered model; create it if it does not exist."""
    from mlflow.exceptions import MlflowException

    try:
        return client.get_registered_model(candidate.name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
    description = (
        f"Text classifier `{candidate.model}`, trained on `{candidate.dataset}`: strings to a label and the "
        f"probability of each class.\n\n    lemma predict --model models:/{candidate.name}@{CHAMPION} TEXT\n"
        f"    mlflow models serve -m models:/{candidate.name}@{CHAMPION} --env-manager local"
    )
    tags = {"dataset": candidate.dataset, "model": candidate.model}
    return client.create_registered_model(candidate.name, tags, description)


def _existing_version(client: "MlflowClient", layout: Layout, name: str, run_id: str, digest: str) -> str | None:
    """Return the version that is already the model of this run, if its files exist; else None."""
    for version in client.search_model_versions(f"name = '{name}'"):
        if version.run_id == run_id and version.tags.get(SHA256) == digest:
            location = client.get_model_version_download_uri(name, version.version)
            folder = store.local_path(client.tracking_uri, location, layout)
            if folder is None or (folder / packaging.MODEL).exists():  # they do not if the project was moved
                return str(version.version)
    return None


def _register(
    client: "MlflowClient", layout: Layout, candidate: Candidate, run: Any, settings: dict[str, Any], digest: str
) -> str:
    """Log the model to the run, register it and return its version."""
    from mlflow.entities import LoggedModelOutput

    tags = {"dataset": candidate.dataset, "model": candidate.model, "run": str(candidate.run)}
    tags |= {f"dev_{candidate.metric.replace(' ', '_')}": f"{candidate.score:.6f}", SHA256: digest}
    if COMMIT in run.data.tags:
        is_dirty = run.data.tags.get(DIRTY) == "true"
        tags["git_commit"] = run.data.tags[COMMIT] + (" with uncommitted changes" if is_dirty else "")
    logged = client.create_logged_model(
        run.info.experiment_id, candidate.name, run.info.run_id, tags, dict(run.data.params), "text classifier"
    )
    try:
        source = _upload(client, layout, candidate, settings, logged)
        client.finalize_logged_model(logged.model_id, "READY")
    except BaseException:
        client.delete_logged_model(logged.model_id)
        raise
    client.log_outputs(run.info.run_id, [LoggedModelOutput(logged.model_id, step=0)])
    description = (
        f"{run.data.tags.get(NOTE, '')}\n\n{candidate.metric.capitalize()} on dev: {candidate.score:.4f}.".strip()
    )
    is_remote = client.tracking_uri.startswith("http")
    version = client.create_model_version(
        candidate.name,
        source,
        run.info.run_id,
        tags,
        description=description,
        model_id=logged.model_id if is_remote else None,
    )
    if not is_remote:
        versions = [{"name": candidate.name, "version": version.version}]
        client.set_logged_model_tags(logged.model_id, {VERSIONS: json.dumps(versions)})
    return str(version.version)


def _upload(client: "MlflowClient", layout: Layout, candidate: Candidate, settings: dict[str, Any], logged: Any) -> str:
    """Write the packaged model to the artifacts of the store, and return its URI for the registry."""
    path = layout.model(candidate.dataset, candidate.model, candidate.run)
    about = {"artifact_path": logged.artifact_location, "run_id": logged.source_run_id, "model_id": logged.model_id}
    with TemporaryDirectory(prefix="lemma-") as temporary:
        folder = Path(temporary) / "model"
        packaging.package_model(path, settings, folder, about)
        target = store.local_path(client.tracking_uri, logged.artifact_location, layout)
        if target is not None:
            # without a server MLflow reads a model only from an absolute path
            shutil.copytree(folder, target, dirs_exist_ok=True)
            return target.resolve().as_uri()
        client.log_model_artifacts(logged.model_id, str(folder))
    return f"models:/{logged.model_id}"
