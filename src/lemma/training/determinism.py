"""What makes two trainings equal to the last bit: seeds, threads, algorithms, device."""

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
    """Return the seed of a run: equal for equal names, unrelated for others."""
    return int.from_bytes(blake2b(f"{dataset}/{model}/{run}".encode(), digest_size=4).digest())


def choose_device(wanted: str) -> "torch.device":
    """Return the device that `train.device` names.

    Raises:
        InputError: CUDA is asked for and not there.
    """
    import torch

    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise InputError("params.yaml: train.device is cuda, and torch finds no CUDA device.", "Write auto or cpu.")
    return torch.device("cuda" if there and wanted != "cpu" else "cpu")


def limit_blas_threads(threads: int) -> None:
    """Fix the threads of BLAS: how a sum is shared among them shows in its last bits.

    Call it when all libraries that compute are imported.
    """
    threadpool_limits(threads)


def seed_everything(seed: int, threads: int) -> None:
    """Fix seeds, threads and algorithms of torch in this process."""
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it cuBLAS may sum in any order
    torch.set_num_threads(threads)
    limit_blas_threads(threads)
    torch.set_deterministic_debug_mode("error")  # as use_deterministic_algorithms, which imports the compiler: a second
    torch.manual_seed(seed)


def autocast(shared: Train, device: "torch.device") -> AbstractContextManager[Any]:
    """Return what has matrix products made in the numbers that `train.precision` names; weights stay float32."""
    if shared.precision == "float32":
        return nullcontext()
    import torch

    return torch.autocast(device.type, torch.bfloat16)
