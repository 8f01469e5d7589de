"""Seeds, threads and device."""

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

from lemma.errors import InputError
from lemma.training.determinism import choose_device, derive_seed, seed_everything
from tests.unit.training import tiny
from tests.unit.training.conftest import Project


def test_every_run_has_a_seed_of_its_own_and_always_the_same() -> None:
    names = [(dataset, model, run) for dataset in ("a", "b") for model in tiny.MODELS for run in range(20)]
    assert len({derive_seed(*name) for name in names}) == len(names)
    assert derive_seed("sst2", "cnn", 0) == 3882141527  # of all earlier results: a change makes every one of them stale
    assert all(0 <= derive_seed(*name) < 2**32 for name in names)


@pytest.mark.parametrize(
    ("wanted", "there", "given"),
    [("auto", False, "cpu"), ("auto", True, "cuda"), ("cpu", True, "cpu"), ("cuda", True, "cuda")],
)
def test_the_device_is_cuda_where_there_is_one_and_it_is_not_refused(
    monkeypatch: pytest.MonkeyPatch, wanted: str, there: bool, given: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert choose_device(wanted).type == given


def test_cuda_without_cuda_is_bad_input_and_says_what_to_write(
    monkeypatch: pytest.MonkeyPatch, project: Project
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match=r"train\.device is cuda") as caught:
        project.train("cnn", train={"device": "cuda"})
    assert "auto or cpu" in caught.value.fix
    assert not project.left()
    project.train("logreg", train={"device": "cuda"})  # scikit-learn never asks for one


def test_seeding_binds_every_library_that_computes_to_the_same_threads() -> None:
    import sklearn.linear_model  # noqa: F401 - brings a BLAS of its own

    seed_everything(0, 1)
    assert torch.get_num_threads() == 1
    assert {pool["num_threads"] for pool in threadpool_info()} == {1}
    assert torch.are_deterministic_algorithms_enabled()


def test_seeding_makes_the_next_draws_those_of_the_seed() -> None:
    seed_everything(7, 1)
    first = torch.rand(3)
    torch.rand(5)
    seed_everything(7, 1)
    assert torch.equal(torch.rand(3), first)
    seed_everything(8, 1)
    assert not torch.equal(torch.rand(3), first)


@pytest.mark.parametrize("model", tiny.MODELS)
def test_a_training_does_not_depend_on_what_ran_before_it_in_the_process(project: Project, model: str) -> None:
    first = project.train(model)
    torch.manual_seed(99)
    np.random.seed(99)  # what a careless library draws from
    torch.rand(11)
    torch.set_num_threads(2)
    project.train("mlp", run=1)
    assert project.train(model) == first


def test_every_run_is_a_training_of_its_own(project: Project) -> None:
    for model in tiny.NETWORKS:
        assert project.train(model, 0)["probabilities"] != project.train(model, 1)["probabilities"]
