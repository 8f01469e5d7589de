"""Lease one GPU to each training on a machine with several.

Snakemake counts the GPUs in use but does not assign them to jobs. Each process therefore leases a GPU by a file lock,
which the operating system releases when the process is killed. GPUs that a cluster has assigned are not leased.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

VISIBLE_DEVICES = "CUDA_VISIBLE_DEVICES"
SCHEDULER_VARIABLES = ("SLURM_JOB_ID", "KUBERNETES_SERVICE_HOST")  # set if a scheduler assigns the GPUs
QUERY = ("nvidia-smi", "--query-gpu=index,uuid", "--format=csv,noheader")
QUERY_SECONDS = 30
POLL_SECONDS = 0.5


@contextmanager
def lease_gpu(device: str, environment: MutableMapping[str, str] = os.environ) -> Iterator[str | None]:
    """Make one GPU visible to this process while the block runs, and yield its UUID; wait while all are leased.

    Yields None, and leases nothing, on the CPU, with at most one GPU, or under a scheduler. Call it before CUDA is
    initialised, which reads CUDA_VISIBLE_DEVICES once.
    """
    is_scheduled = any(name in environment for name in SCHEDULER_VARIABLES)
    gpus = [] if device == "cpu" or is_scheduled else list_gpus(environment)
    if len(gpus) < 2:
        yield None
        return
    gpu, lock = _lock_free_gpu(gpus)
    previous = environment.get(VISIBLE_DEVICES)
    environment[VISIBLE_DEVICES] = gpu
    try:
        yield gpu
    finally:
        if previous is None:
            del environment[VISIBLE_DEVICES]
        else:
            environment[VISIBLE_DEVICES] = previous
        lock.release()


def list_gpus(environment: MutableMapping[str, str]) -> list[str]:
    """Return the UUIDs of the GPUs in CUDA_VISIBLE_DEVICES, or of all GPUs if it is not set."""
    if shutil.which(QUERY[0]) is None:
        return []
    try:
        answer = subprocess.run(QUERY, capture_output=True, text=True, timeout=QUERY_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    lines = answer.stdout.splitlines() if answer.returncode == 0 else []
    fields = [line.partition(",") for line in lines]
    uuid_by_index = {index.strip(): uuid.strip() for index, comma, uuid in fields if comma}
    if VISIBLE_DEVICES not in environment:
        return list(uuid_by_index.values())
    names = [name.strip() for name in environment[VISIBLE_DEVICES].split(",")]
    return [uuid_by_index.get(name, name) for name in names if name in uuid_by_index or name in uuid_by_index.values()]


def _lock_free_gpu(gpus: list[str]) -> tuple[str, FileLock]:
    """Return the first GPU that no other process has leased, and its lock, which is now held."""
    folder = Path(tempfile.gettempdir()) / f"lemma-gpus-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    while True:
        for gpu in gpus:
            lock = FileLock(folder / f"{gpu}.lock")
            try:
                lock.acquire(blocking=False)
            except Timeout:
                continue
            return gpu, lock
        time.sleep(POLL_SECONDS)
