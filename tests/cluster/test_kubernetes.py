"""The Kubernetes profile as far as it goes without a cluster: its Jobs fit the API's schema, and do the work."""

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.project import ROOT, Project, checkout

SENT = ("snakemake", "--workflow-profile", "profiles/kubernetes", "--seconds-between-status-checks", "1")
TARGET = "models/sample/cnn/0/model.zip"


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, list[Any]]:
    """The data and one training on the sample, sent through the profile, and the Jobs that were made."""
    folder = tmp_path_factory.mktemp("kubernetes")
    (folder / "bin").mkdir()
    (folder / "kube").mkdir()
    for name, line in (
        ("kubectl", f'exec {sys.executable} {ROOT}/tests/cluster/kubectl.py "$@"'),
        ("nvidia-smi", "echo '0, GPU-0'"),
    ):
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / "bin" / name).chmod(0o755)
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    cluster = {"LEMMA_IMAGE": "example.org/lemma:1", "LEMMA_CLAIM": "lemma", "KUBE": str(folder / "kube")}
    project = Project(checkout(folder / "project").folder, {"PATH": path} | cluster)
    project.run(*SENT, TARGET)
    return project, [json.loads(path.read_text()) for path in (folder / "kube").glob("*.json")]


def test_every_job_matches_the_schema_and_succeeds(sent: tuple[Project, list[Any]]) -> None:
    project, jobs = sent
    assert (project.folder / TARGET).exists()
    assert len(jobs) == 4  # the data of the set as one, vectors, tune, train
    assert "Nothing to be done" in project.run("snakemake", "-n", "--cores", "1", TARGET)


def test_only_trainings_of_networks_request_a_gpu_with_its_memory_and_time(
    sent: tuple[Project, list[Any]],
) -> None:
    asked = {}
    for job in sent[1]:
        (container,) = job["spec"]["template"]["spec"]["containers"]
        asked[job["metadata"]["name"].split("-")[1]] = container["resources"]["limits"].get("nvidia.com/gpu")
    assert asked == {"data": None, "vectors": None, "tune": None, "train": "1"}
    (train,) = (job["spec"] for job in sent[1] if "-train-" in job["metadata"]["name"])
    assert train["activeDeadlineSeconds"] == 240 * 60
    assert train["template"]["spec"]["containers"][0]["resources"]["requests"]["memory"] == "4000M"


def test_a_failed_job_is_resubmitted_as_often_as_the_profile_says(sent: tuple[Project, list[Any]]) -> None:
    project, _ = sent
    before = len(list(Path(project.environment["KUBE"]).glob("lemma-train-*.json")))
    project.change({"models": {"cnn": {"learning_rate": 1e30}}})  # it diverges, each time
    project.run(*SENT, TARGET, code=1)
    assert len(list(Path(project.environment["KUBE"]).glob("lemma-train-*.json"))) == before + 3


def test_a_pod_receives_the_address_of_mlflow(tmp_path: Path) -> None:
    submit = runpy.run_path(str(ROOT / "profiles/kubernetes/submit"))
    script = tmp_path / "script.sh"
    script.write_text('#!/bin/sh\n# properties = {"rule": "train", "resources": {"mem_mb": 1, "runtime": 1}}\n')
    tracking = {"MLFLOW_TRACKING_URI": "https://mlflow.example.org", "MLFLOW_TRACKING_USERNAME": "ada"}
    given = {"LEMMA_IMAGE": "x", "LEMMA_CLAIM": "x", "SECRET": "x", **tracking}
    (container,) = submit["manifest"](script, given, tmp_path)["spec"]["template"]["spec"]["containers"]
    assert {one["name"]: one["value"] for one in container["env"]} == {"HOME": "/tmp", **tracking}


def test_a_training_in_a_deleted_pod_writes_a_checkpoint(sent: tuple[Project, list[Any]]) -> None:
    project, jobs = sent
    (command,) = (
        job["spec"]["template"]["spec"]["containers"][0]["command"]
        for job in jobs
        if job["metadata"]["name"].startswith("lemma-train-")
    )
    project.change({"models": {"cnn": {"learning_rate": 0.001}}, "train": {"epochs": 5000, "patience": 5000}})
    script = project.folder / "pod.sh"
    script.write_text("#!/bin/sh\nlemma train sample cnn 0\n")
    pod = project.start(*command[:-1], str(script))
    assert pod.stdout is not None
    for line in pod.stdout:
        if "epoch 3, train loss" in line:
            break
    pod.terminate()  # signals process 1 only
    printed, _ = pod.communicate(timeout=60)
    assert pod.returncode == 143, printed
    assert list((project.folder / ".lemma/checkpoints").glob("sample-cnn-0-*/state"))


def test_a_missing_image_is_reported_by_name(sent: tuple[Project, list[Any]]) -> None:
    project, _ = sent
    bare = Project(project.folder, {"PATH": project.environment["PATH"], "LEMMA_IMAGE": "", "LEMMA_CLAIM": "lemma"})
    printed = bare.run("profiles/kubernetes/submit", "script.sh", code=1)
    assert printed == "profiles/kubernetes/submit: set LEMMA_IMAGE; its first lines describe them.\n"
