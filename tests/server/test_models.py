"""Published models on real servers predict as `lemma predict`."""

import json
import os
import re
import shutil
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.project import Project, until
from tests.server.conftest import HOST, Server, free_port

NAME = "lemma-sample-cnn"
URI = f"models:/{NAME}@champion"
TEXTS = ["A joy from start to end.", "", " ", "Böse \N{PILE OF POO} \u4e0d\u597d", "never a dull moment . " * 3000]
LOAD = """
import json, mlflow, sys
print(json.dumps(mlflow.pyfunc.load_model(sys.argv[1]).predict(json.loads(sys.argv[2]))))
"""
Answers = list[dict[str, Any]]


@pytest.fixture
def outside(tmp_path: Path) -> Project:
    """An empty folder outside of any project."""
    (tmp_path / "outside").mkdir()
    return Project(tmp_path / "outside")


@pytest.fixture(scope="module")
def expected(finished: Project) -> Answers:
    """Predictions of run 1 of the CNN for the texts, in the project that trained it."""
    return predicted(finished, "sample", "cnn", "--run", "1")


@pytest.fixture(params=["sqlite", "postgresql", "server"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URI of an empty store: a database without a server, or a server."""
    if request.param == "postgresql":
        yield request.getfixturevalue("postgresql")
    elif request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'team.db'}"
    else:
        server = Server(tmp_path, f"sqlite:///{tmp_path / 'team.db'}")
        server.start()
        yield server.uri
        server.kill()


def predicted(project: Project, *arguments: str, **variables: Any) -> Answers:
    """Return what `lemma predict` prints for the texts."""
    printed = project.run("lemma", "predict", *arguments, "--", *TEXTS, **variables)
    return [json.loads(line) for line in printed.splitlines()]


def test_a_model_file_from_dvc_get_predicts_in_an_empty_folder(
    finished: Project, outside: Project, expected: Answers
) -> None:
    outside.run("dvc", "get", "--quiet", str(finished.folder), "models/sample/cnn/1/model.zip")
    assert predicted(outside, "--model", "model.zip") == expected
    assert [path.name for path in outside.folder.iterdir()] == ["model.zip"]


def test_a_published_model_predicts_in_an_empty_folder(
    project: Project, outside: Project, address: str, expected: Answers
) -> None:
    store: dict[str, Any] = {"MLFLOW_TRACKING_URI": address}
    project.run("lemma", "track", "sample", **store)
    told = project.run("lemma", "publish", "sample", "cnn", "1", **store)
    assert f"{NAME}, version 1, is published as champion: run 1 of cnn" in told
    shutil.rmtree(project.folder / "models")
    assert predicted(outside, "--model", URI, **store) == expected
    assert list(outside.folder.iterdir()) == []


def test_the_printed_commands_serve_a_model_with_the_predictions_of_lemma_predict(
    project: Project, expected: Answers
) -> None:
    told = project.run("lemma", "publish", "sample", "cnn", "1")
    loaded = project.run("python", "-W", "ignore", "-c", LOAD, URI, json.dumps(TEXTS))
    assert json.loads(loaded.splitlines()[-1]) == expected
    (command,) = (line.strip() for line in told.splitlines() if line.strip().startswith("mlflow models serve"))
    with serving(project, command) as ask:
        assert ask({"inputs": TEXTS}) == (200, {"predictions": expected})
        with ThreadPoolExecutor(4) as pool:
            single = list(pool.map(lambda text: ask({"inputs": [text]}), TEXTS * 4))
        assert single == [(200, {"predictions": [answer]}) for answer in expected] * 4
        assert ask({"inputs": []}) == (200, {"predictions": []})
        for wrong in (["a", None], [1], "a"):
            status, answer = ask({"inputs": wrong})
            assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


@contextmanager
def serving(project: Project, command: str) -> Iterator[Any]:
    """Yield a function that sends requests to the server that a command starts."""
    port = free_port()
    process = project.start(*re.sub(r"-p \d+", f"-p {port}", command).split())

    def ask(request: Any) -> tuple[int, Any]:
        body, headers = json.dumps(request).encode(), {"Content-Type": "application/json"}
        asked = urllib.request.Request(f"http://{HOST}:{port}/invocations", body, headers)
        try:
            with urllib.request.urlopen(asked, timeout=300) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def answers() -> bool:
        assert process.poll() is None, "the server ended by itself"
        with urllib.request.urlopen(f"http://{HOST}:{port}/ping", timeout=10) as answer:
            return bool(answer.status == 200)

    try:
        until(answers, OSError)
        yield ask
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
