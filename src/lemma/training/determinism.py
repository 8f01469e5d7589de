"""Make trainings reproducible to the last bit: seeds, threads, deterministic algorithms, device."""

import os
from contextlib import AbstractContextManager, nullcontext
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from lemma.errors import InputError
from lemma.params import Train

if TYPE_CHECKING:
    import torch


def derive_seed(dataset: str, model: str, run: int) -> int:
    """Return the seed of a run, a hash of its names: 0 to 2^32 - 1."""
    return int.from_bytes(blake2b(f"{dataset}/{model}/{run}".encode(), digest_size=4).digest())


def choose_device(name: str) -> "torch.device":
    """Return the device for `train.device`: auto, cpu or cuda.

    Raises:
        InputError: `name` is cuda, and there is no CUDA device.
    """
    import torch

    has_cuda = torch.cuda.is_available()
    if name == "cuda" and not has_cuda:
        raise InputError("params.yaml: train.device is cuda, and torch finds no CUDA device.", "Write auto or cpu.")
    return torch.device("cuda" if has_cuda and name != "cpu" else "cpu")


def limit_blas_threads(threads: int) -> None:
    """Set the number of BLAS threads, on which the last bits of a sum depend.

    Call it after all numerical libraries are imported.
    """
    threadpool_limits(threads)


def seed_everything(seed: int, threads: int) -> None:
    """Seed torch, set the number of threads, and require deterministic algorithms."""
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # otherwise cuBLAS is not deterministic
    torch.set_num_threads(threads)
    limit_blas_threads(threads)
    # Equivalent to use_deterministic_algorithms(True), which imports torch's compiler and takes a second.
    torch.set_deterministic_debug_mode("error")
    torch.manual_seed(seed)


def autocast(train_params: Train, device: "torch.device") -> AbstractContextManager[Any]:
    """Return a context in which matrix products have the precision `train.precision`; weights stay float32."""
    if train_params.precision == "float32":
        return nullcontext()
    import torch

    return torch.autocast(device.type, torch.bfloat16)
