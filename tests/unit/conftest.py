"""Fixtures that tests of several packages share."""

from pathlib import Path

import pytest

from lemma.layout import Layout
from lemma.tracking import store


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty MLflow store, created once because its migrations take seconds."""
    folder = tmp_path_factory.mktemp("store")
    with store.connect(store.default_uri(Layout(folder))):
        return folder / "mlflow.db"
