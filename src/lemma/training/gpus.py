"""One GPU for each training, where a machine has several.

Snakemake counts GPUs and says of none which job has it, so each process leases a card: a file lock, which the system
takes back from a process that is killed. Where a cluster has chosen the cards, that choice stands.
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
SCHEDULER_VARIABLES = ("SLURM_JOB_ID", "KUBERNETES_SERVICE_HOST")  # set where a scheduler hands out cards
QUERY = ("nvidia-smi", "--query-gpu=index,uuid", "--format=csv,noheader")
QUERY_SECONDS = 30
POLL_SECONDS = 0.5


@contextmanager
def lease_gpu(device: str, environment: MutableMapping[str, str] = os.environ) -> Iterator[str | None]:
    """Let this process see one card until the block ends, and give its name; wait while all are taken.

    None where nothing is to be chosen: on the CPU, with one card or none, under a scheduler. To be called before CUDA
    starts, which reads CUDA_VISIBLE_DEVICES once.
    """
    cards = (
        list_gpus(environment)
        if device != "cpu" and not any(name in environment for name in SCHEDULER_VARIABLES)
        else []
    )
    if len(cards) < 2:
        yield None
        return
    card, lock = _first_free(cards)
    before = environment.get(VISIBLE_DEVICES)
    environment[VISIBLE_DEVICES] = card
    try:
        yield card
    finally:
        if before is None:
            del environment[VISIBLE_DEVICES]
        else:
            environment[VISIBLE_DEVICES] = before
        lock.release()


def list_gpus(environment: MutableMapping[str, str]) -> list[str]:
    """Return the UUIDs of the cards this process may use: those that CUDA_VISIBLE_DEVICES names, or all."""
    if shutil.which(QUERY[0]) is None:
        return []
    try:
        asked = subprocess.run(QUERY, capture_output=True, text=True, timeout=QUERY_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    lines = asked.stdout.splitlines() if asked.returncode == 0 else []
    known = {index.strip(): uuid.strip() for index, comma, uuid in (line.partition(",") for line in lines) if comma}
    if VISIBLE_DEVICES not in environment:
        return list(known.values())
    wanted = [name.strip() for name in environment[VISIBLE_DEVICES].split(",")]
    return [known.get(name, name) for name in wanted if name in known or name in known.values()]


def _first_free(cards: list[str]) -> tuple[str, FileLock]:
    """Return the first card that no other process holds, and the lock that holds it now."""
    folder = Path(tempfile.gettempdir()) / f"lemma-cards-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    while True:
        for card in cards:
            lock = FileLock(folder / f"{card}.lock")
            try:
                lock.acquire(blocking=False)
            except Timeout:
                continue
            return card, lock
        time.sleep(POLL_SECONDS)
