"""The machine: Python, packages, GPU, disk, the places data come from."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from lemma.diagnostics.finding import Finding
from lemma.layout import Layout
from lemma.params import Params

OLDEST = (3, 11)
INSTALL = "make .venv/.ok (or: pip install -r requirements.lock -e .)"
GIGABYTES = 5  # the environment aside: SST-2 with its models takes 0.2, IMDb 3
SHOWN = 4
SECONDS = 10


def check_python(_: Layout) -> Iterator[Finding]:
    """Look at Python's version."""
    found = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, OLDEST))
    old = sys.version_info < OLDEST
    yield Finding("Python", found, f"install Python {wanted} or newer, then: make PYTHON=python{wanted}" if old else "")


def check_packages(layout: Layout) -> Iterator[Finding]:
    """Compare what is installed with requirements.lock; a local tag, as in 2.13.0+cpu, is the same version."""
    lock = layout.root / "requirements.lock"
    if not lock.exists():
        yield Finding("packages", f"{lock} is missing", "git checkout requirements.lock")
        return
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", lock.read_text(), re.MULTILINE)
    other = []
    for name, wanted in pins:
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "none"
        if found.split("+")[0] != wanted:
            other.append(f"{name} {found}, not {wanted}")
    more = f" and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
    listed = "; ".join(other[:SHOWN]) + more
    yield Finding("packages", listed or f"{len(pins)} as in requirements.lock", INSTALL if other else "")


def check_gpu(params: Params) -> Iterator[Finding]:
    """Compare train.device with what torch sees."""
    import torch

    there = torch.cuda.is_available()
    card = torch.cuda.get_device_name() if there else "torch sees no CUDA"
    driver = shutil.which("nvidia-smi") is not None
    if there or params.train.device == "cpu" or (params.train.device == "auto" and not driver):
        yield Finding("GPU", f"{card}; train.device: {params.train.device}")
    elif params.train.device == "cuda":
        yield Finding("GPU", f"{card}, and params.yaml has train.device: cuda", "write train.device: auto")
    else:
        build = "pip install --force-reinstall torch==" + torch.__version__.split("+")[0]
        yield Finding("GPU", f"{card}, but nvidia-smi is there: this build of torch is for the CPU", build)


def check_disk(layout: Layout) -> Iterator[Finding]:
    """Look at free space, and whether the project may be written to."""
    root = layout.root.resolve()
    free = shutil.disk_usage(root).free / 1e9
    short = free < GIGABYTES
    yield Finding("disk", f"{free:.1f} GB free at {root}", f"make {GIGABYTES} GB of room at {root}" if short else "")
    for name in (".", "data", "models", "reports"):
        place = root / name
        if place.exists() and (not os.access(place, os.W_OK) or os.statvfs(place).f_flag & os.ST_RDONLY):
            yield Finding(
                "disk", f"{place} may not be written to", f"sudo chown -R $USER {place} && chmod -R u+w {place}"
            )


def check_mirror(_: Layout) -> Iterator[Finding]:
    """Look into each place that LEMMA_MIRROR names."""
    places = [place.strip() for place in os.environ.get("LEMMA_MIRROR", "").split(",") if place.strip()]
    if not places:
        yield Finding("mirror", "LEMMA_MIRROR is not set: files come from their official addresses")
    for place in places:
        yield _place(place)


def _place(place: str) -> Finding:
    if place.startswith(("http://", "https://")):
        import httpx

        try:
            answer = httpx.head(place, timeout=SECONDS, follow_redirects=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Finding("mirror", f"{place}: {error or type(error).__name__}", "unset LEMMA_MIRROR, or mend it")
        return Finding("mirror", f"{place} answers ({answer.status_code})")
    from lemma.data.catalog import CATALOG

    names = [file.name for entry in CATALOG.values() for file in entry.files]
    held = [name for name in names if (Path(place) / name).is_file()]
    if held:
        return Finding("mirror", f"{place} holds {len(held)} of {len(names)} catalogued files")
    what = "holds no catalogued file" if Path(place).is_dir() else "is no folder"
    return Finding("mirror", f"{place} {what}", f"export LEMMA_MIRROR=FOLDER, which holds {names[1]}, say; or unset it")


def check_git(layout: Layout) -> Iterator[Finding]:
    """Look for git, which DVC needs, and for the repository."""
    if shutil.which("git") is None:
        yield Finding("git", "is not installed, and DVC needs it", "apt-get install git")
        return
    command = ["git", "-C", str(layout.root), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        yield Finding("git", done.stderr.strip().splitlines()[0], "git init && git add -A && git commit -m start")
    else:
        yield Finding("git", f"commit {done.stdout.strip()}")
