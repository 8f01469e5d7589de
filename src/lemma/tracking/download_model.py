"""Download the `model.zip` of a registered model, given as `models:/NAME@ALIAS` or `models:/NAME/VERSION`.

Only this file is taken from the registry. Unlike a model that MLflow itself loads, it cannot execute code, whoever
registered it.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from lemma.errors import InputError, choose
from lemma.layout import Layout
from lemma.tracking import packaging, store

if TYPE_CHECKING:
    from mlflow import MlflowClient

URI = re.compile(r"models:/(?P<name>[^/:@]+)(?:@(?P<alias>[^/:@]+)|/(?P<version>[0-9]{1,9}))")
FORMS = "Write models:/NAME@champion or models:/NAME/3."


def download_model(layout: Layout, model: str, folder: Path, uri: str | None = None) -> Path:
    """Return the path of the `model.zip` of a registered model; it is downloaded unless it is on this machine.

    Args:
        layout: of the project whose store is used if neither `uri` nor MLFLOW_TRACKING_URI names one.
        model: `models:/NAME@ALIAS` or `models:/NAME/VERSION`.
        folder: to download to.
        uri: of the store.

    Raises:
        InputError: `model` is not of this form, is not registered or holds no `model.zip`, there is no store, or MLflow
            cannot be reached.
    """
    match = URI.fullmatch(model)
    if match is None:
        raise InputError(f"'{model}' names no registered model.", FORMS)
    address = store.store_uri(layout, uri)
    if not store.exists(address):
        fix = f"Set {store.VARIABLE} to the store's address, or run this in the project's folder."
        raise InputError(f"There is no MLflow store at {store.hide_password(address)}.", fix)
    with store.connect(address) as client:
        version = match["version"] or _version_of_alias(client, match["name"], match["alias"])
        location = _get_location(client, match["name"], version)
        return _download(client, layout, model, location, folder)


def _version_of_alias(client: "MlflowClient", name: str, alias: str) -> str:
    from mlflow.exceptions import MlflowException

    try:
        aliases = client.get_registered_model(name).aliases
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        raise _unknown_model_error(client, name) from None
    if not aliases:
        raise InputError(f"{name} has no alias.", FORMS)
    if alias not in aliases:
        raise choose(f"alias of {name}", alias, sorted(aliases))
    return str(aliases[alias])


def _get_location(client: "MlflowClient", name: str, version: str) -> str:
    """Return the artifact URI of a registered version."""
    from mlflow.exceptions import MlflowException

    try:
        return str(client.get_model_version_download_uri(name, version))
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
    try:
        aliases = client.get_registered_model(name).aliases
    except MlflowException:
        raise _unknown_model_error(client, name) from None
    choices = ", ".join(f"models:/{name}@{alias}" for alias in sorted(aliases))
    raise InputError(f"{name} has no version {version}.", f"Choose another: {choices}." if choices else FORMS)


def _unknown_model_error(client: "MlflowClient", name: str) -> InputError:
    names = [model.name for model in client.search_registered_models(max_results=100)]
    if names:
        return choose("registered model", name, names)
    return InputError(f"No model is registered at {store.hide_password(client.tracking_uri)}.", "Run `lemma publish`.")


def _download(client: "MlflowClient", layout: Layout, model: str, location: str, folder: Path) -> Path:
    """Return the `model.zip` at an artifact URI, downloaded to `folder` unless it is on this machine."""
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    local_folder = store.local_path(client.tracking_uri, location, layout)
    fix = "Publish it again with `lemma publish DATASET MODEL`."
    if local_folder is not None:
        path = local_folder / packaging.MODEL
        if not path.is_file():
            raise InputError(f"{model} holds no model.zip: {path} does not exist.", fix)
        return path
    try:
        source = f"{location}/{packaging.MODEL}"
        return Path(download_artifacts(source, dst_path=str(folder), tracking_uri=client.tracking_uri))
    except (MlflowException, OSError) as error:
        what = f"{model} holds no model.zip, or it cannot be fetched from {location}: {' '.join(str(error).split())}"
        if location.startswith(store.PROXIED):
            fix = f"Set {store.VARIABLE} to the address of the MLflow server that keeps it, or publish it again."
        raise InputError(what, fix) from None
