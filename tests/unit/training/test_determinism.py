"""Tests of seeds, threads and the choice of a device."""

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

from lemma.errors import InputError
from lemma.training.determinism import choose_device, derive_seed, seed_everything
from tests.unit.training import tiny
from tests.unit.training.conftest import Project


def test_every_run_has_its_own_constant_seed() -> None:
    names = [(dataset, model, run) for dataset in ("a", "b") for model in tiny.MODELS for run in range(20)]
    assert len({derive_seed(*name) for name in names}) == len(names)
    assert derive_seed("sst2", "cnn", 0) == 3882141527  # a change makes all earlier results stale
    assert all(0 <= derive_seed(*name) < 2**32 for name in names)


@pytest.mark.parametrize(
    ("setting", "available", "expected"),
    [("auto", False, "cpu"), ("auto", True, "cuda"), ("cpu", True, "cpu"), ("cuda", True, "cuda")],
)
def test_auto_chooses_cuda_if_it_is_available(
    monkeypatch: pytest.MonkeyPatch, setting: str, available: bool, expected: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert choose_device(setting).type == expected


def test_cuda_without_a_gpu_is_refused_with_the_valid_values(monkeypatch: pytest.MonkeyPatch, project: Project) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match=r"train\.device is cuda") as caught:
        project.train("cnn", train={"device": "cuda"})
    assert "auto or cpu" in caught.value.fix
    assert not project.list_outputs()
    project.train("logreg", train={"device": "cuda"})  # scikit-learn never uses a GPU


def test_seeding_limits_the_threads_of_every_library() -> None:
    import sklearn.linear_model  # noqa: F401 - loads its own BLAS

    seed_everything(0, 1)
    assert torch.get_num_threads() == 1
    assert {pool["num_threads"] for pool in threadpool_info()} == {1}
    assert torch.are_deterministic_algorithms_enabled()


def test_draws_after_seeding_depend_only_on_the_seed() -> None:
    seed_everything(7, 1)
    first = torch.rand(3)
    torch.rand(5)
    seed_everything(7, 1)
    assert torch.equal(torch.rand(3), first)
    seed_everything(8, 1)
    assert not torch.equal(torch.rand(3), first)


@pytest.mark.parametrize("model", tiny.MODELS)
def test_a_training_does_not_depend_on_earlier_work_in_its_process(project: Project, model: str) -> None:
    first = project.train(model)
    torch.manual_seed(99)
    np.random.seed(99)  # the global generator
    torch.rand(11)
    torch.set_num_threads(2)
    project.train("mlp", run=1)
    assert project.train(model) == first


def test_runs_differ(project: Project) -> None:
    for model in tiny.NETWORKS:
        assert project.train(model, 0)["probabilities"] != project.train(model, 1)["probabilities"]
