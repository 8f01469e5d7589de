"""A small disk that tests can fill or make read-only: a tmpfs, which needs root."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.require import refuse


@contextmanager
def disk(place: Path, megabytes: int) -> Iterator[Path]:
    """Mount an empty tmpfs at `place` until the block ends."""
    if os.geteuid() != 0:
        refuse("root", "only root may mount a disk; sudo make test")
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def writable(place: Path, yes: bool) -> None:
    """Mount a disk as writable or read-only."""
    subprocess.run(["mount", "-o", f"remount,{'rw' if yes else 'ro'}", str(place)], check=True)


def fill(place: Path, left: int) -> Path:
    """Fill the disk up to `left` bytes, and return the file that fills it."""
    filler = place / "filler"
    free = os.statvfs(place)
    filler.write_bytes(bytes(free.f_bavail * free.f_frsize - left))
    return filler
