"""`make ui` on a finished experiment, and a headless browser."""

import os
import shutil
import signal
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser.chromium import chromium
from tests.project import SMALL, Project, until
from tests.server.conftest import HOST, free_port

MODELS, RUNS, EPOCHS = ["mlp", "cnn", "rnn"], SMALL["experiment"]["runs"], SMALL["train"]["epochs"]
KNOWN = [
    "/users/current - Failed to load resource: the server responded with a status of 404",  # there are no accounts
    "ResizeObserver loop completed with undelivered notifications",  # it continues in the next frame
]


class Served(NamedTuple):
    """A running `make ui`."""

    project: Project
    port: int
    links: dict[str, str]  # the address that it told for each experiment
    process: psutil.Process


@pytest.fixture(scope="module")
def served(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The finished networks and the UI of a store that holds no others, until Ctrl-C, which leaves no process."""
    folder = tmp_path_factory.mktemp("browser") / "project"
    project = Project(Path(shutil.copytree(finished.folder, folder, symlinks=True)))
    project.change({"experiment": {"models": MODELS}})
    (project.folder / "mlflow.db").unlink()  # `make ui` tracks all runs again
    shutil.rmtree(project.folder / "mlartifacts")
    (project.folder / ".venv").mkdir()
    (project.folder / ".venv" / ".ok").touch()  # the environment that runs the tests stands in for make's own
    port = free_port()
    running = project.start("make", "ui", f"PORT={port}")
    process = psutil.Process(running.pid)
    try:
        assert running.stdout is not None
        links: dict[str, str] = {}
        for line in running.stdout:
            name, _, address = line.strip().partition(": ")
            if address.startswith("http"):
                links[name] = address
            elif links:
                break

        def answers() -> bool:
            assert running.poll() is None, "`make ui` ended by itself"
            with urllib.request.urlopen(f"http://{HOST}:{port}/health", timeout=10) as answer:
                return bool(answer.status == 200)

        until(answers, OSError)
        yield Served(project, port, links, process)
    finally:
        family = process.children(recursive=True)
        os.killpg(running.pid, signal.SIGINT)
        running.communicate(timeout=60)
        _, left = psutil.wait_procs(family, timeout=60)
        for one in left:
            one.kill()
    assert not left, "Ctrl-C left processes behind"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[WebDriver]:
    """Chromium with an empty profile; at the end, its console may hold no error but the known ones."""
    with chromium(tmp_path / "profile") as driver:
        yield driver
        told = driver.get_log("browser")  # type: ignore[no-untyped-call]
        errors = [entry["message"] for entry in told if entry["level"] == "SEVERE"]
    assert [error for error in errors if not any(known in error for known in KNOWN)] == []


@pytest.fixture
def keep(browser: WebDriver, tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that keeps a picture of the page, in LEMMA_SCREENSHOTS where that is set."""
    folder = Path(os.environ.get("LEMMA_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def save(name: str) -> Path:
        path = folder / f"{name}.png"
        assert browser.save_screenshot(str(path))
        return path

    return save
