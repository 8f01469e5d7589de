"""The published data sets, if LEMMA_MIRROR is a folder that has them."""

import os
from pathlib import Path
from typing import Any

import pytest

from lemma import files
from lemma.data.sources.catalog import CATALOG

MIRROR = Path(os.environ.get("LEMMA_MIRROR") or "no mirror").absolute()


def needs(dataset: str) -> pytest.MarkDecorator:
    """Return the mark that skips a test, by name, where the mirror lacks a file of the data set."""
    names = CATALOG[dataset].packing or [file.name for file in CATALOG[dataset].files]
    is_complete = all((MIRROR / name).is_file() for name in [*names, "MANIFEST.json"])
    return pytest.mark.skipif(not is_complete, reason=f"{dataset}: LEMMA_MIRROR is no folder with {', '.join(names)}")


def manifest(name: str) -> Any:
    """Return the manifest's entry of a data set."""
    return next(entry for entry in files.read_json(MIRROR / "MANIFEST.json") if entry["name"] == name)
