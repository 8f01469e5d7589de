"""The settings of a trained model, `settings.json` in its `model.zip`."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lemma.errors import InputError

SETTINGS = "settings.json"


def read_settings(path: Path, fix: str = "") -> dict[str, Any]:
    """Read the `settings.json` of a model, without its weights.

    Args:
        path: of the file.
        fix: what to do about a damaged file; by default to train again.

    Raises:
        InputError: the file is missing or damaged.
    """
    with open_model_file(path, fix) as archive:
        settings: dict[str, Any] = json.loads(archive.read(SETTINGS))
        return settings


@contextmanager
def open_model_file(path: Path, fix: str = "") -> Iterator[zipfile.ZipFile]:
    """Open a model's file, and turn any error while it is read into an InputError."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", f"Train it first: `snakemake --cores 2 {path}`.") from None
    except InputError:
        raise
    except Exception as error:  # parsers raise many kinds of errors on damaged bytes
        raise InputError(f"{path} is damaged: {error}.", fix or f"Delete it and train again: `rm {path}`.") from None
