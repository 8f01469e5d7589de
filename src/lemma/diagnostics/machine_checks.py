"""Checks of the machine: Python, packages, GPU, disk, mirror of the data sets, git."""

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

OLDEST = (3, 11)  # version of Python
INSTALL = "make .venv/.ok (or: pip install -r requirements.lock -e .)"
GIGABYTES = 5  # free space for data and models: SST-2 takes 0.2, IMDb 3
SHOWN = 4  # packages that are named
SECONDS = 10  # to wait for a mirror


def check_python(_: Layout) -> Iterator[Finding]:
    """Check the version of Python."""
    installed = ".".join(map(str, sys.version_info[:3]))
    oldest = ".".join(map(str, OLDEST))
    fix = f"install Python {oldest} or newer, then: make PYTHON=python{oldest}"
    yield Finding("Python", installed, fix if sys.version_info < OLDEST else "")


def check_packages(layout: Layout) -> Iterator[Finding]:
    """Compare the installed packages with requirements.lock; 2.13.0+cpu counts as 2.13.0."""
    lock = layout.workflow / "requirements.lock"
    if not lock.exists():
        yield Finding("packages", f"{lock} is missing", "git checkout requirements.lock")
        return
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", lock.read_text(), re.MULTILINE)
    mismatches = []
    for name, pinned in pins:
        try:
            installed = version(name)
        except PackageNotFoundError:
            installed = "none"
        if installed.split("+")[0] != pinned:
            mismatches.append(f"{name} {installed}, not {pinned}")
    more = f" and {len(mismatches) - SHOWN} more" if len(mismatches) > SHOWN else ""
    text = "; ".join(mismatches[:SHOWN]) + more
    yield Finding("packages", text or f"{len(pins)} as in requirements.lock", INSTALL if mismatches else "")


def check_gpu(params: Params) -> Iterator[Finding]:
    """Check that torch can use the device that train.device asks for."""
    import torch

    device = params.train.device
    has_cuda = torch.cuda.is_available()
    has_driver = shutil.which("nvidia-smi") is not None
    gpu = torch.cuda.get_device_name() if has_cuda else "torch finds no CUDA"
    if has_cuda or device == "cpu" or (device == "auto" and not has_driver):
        yield Finding("GPU", f"{gpu}; train.device: {device}")
    elif device == "cuda":
        yield Finding("GPU", f"{gpu}, and params.yaml has train.device: cuda", "set train.device: auto")
    else:
        fix = "pip install --force-reinstall torch==" + torch.__version__.split("+")[0]
        yield Finding("GPU", f"{gpu}, but nvidia-smi is installed: this build of torch is for the CPU", fix)


def check_disk(layout: Layout) -> Iterator[Finding]:
    """Check the free space, and that the folders of the project are writable."""
    root = layout.root.resolve()
    free = shutil.disk_usage(root).free / 1e9
    fix = f"free {GIGABYTES} GB at {root}" if free < GIGABYTES else ""
    yield Finding("disk", f"{free:.1f} GB free at {root}", fix)
    for name in (".", "data", "models", "reports"):
        folder = root / name
        if folder.exists() and (not os.access(folder, os.W_OK) or os.statvfs(folder).f_flag & os.ST_RDONLY):
            fix = f"sudo chown -R $USER {folder} && chmod -R u+w {folder}"
            yield Finding("disk", f"{folder} is not writable", fix)


def check_mirror(_: Layout) -> Iterator[Finding]:
    """Check each folder and URL in LEMMA_MIRROR."""
    places = [place.strip() for place in os.environ.get("LEMMA_MIRROR", "").split(",") if place.strip()]
    if not places:
        yield Finding("mirror", "LEMMA_MIRROR is not set: files are downloaded from their official addresses")
    for place in places:
        yield _check_mirror(place)


def _check_mirror(place: str) -> Finding:
    if place.startswith(("http://", "https://")):
        import httpx

        try:
            answer = httpx.head(place, timeout=SECONDS, follow_redirects=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Finding(
                "mirror", f"{place}: {error or type(error).__name__}", "set LEMMA_MIRROR to another, or unset it"
            )
        return Finding("mirror", f"{place} answers ({answer.status_code})")
    from lemma.data.sources.catalog import CATALOG

    names = [file.name for entry in CATALOG.values() for file in entry.files]
    count = sum((Path(place) / name).is_file() for name in names)
    if count:
        return Finding("mirror", f"{place} holds {count} of {len(names)} catalogued files")
    problem = "holds no catalogued file" if Path(place).is_dir() else "is no folder"
    fix = f"export LEMMA_MIRROR=FOLDER with a folder that holds files such as {names[1]}; or unset it"
    return Finding("mirror", f"{place} {problem}", fix)


def check_git(layout: Layout) -> Iterator[Finding]:
    """Check that git is installed, which DVC needs, and that the project is a repository."""
    if shutil.which("git") is None:
        yield Finding("git", "is not installed, and DVC needs it", "apt-get install git")
        return
    command = ["git", "-C", str(layout.root), "rev-parse", "--short", "HEAD"]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        yield Finding("git", process.stderr.strip().splitlines()[0], "git init && git add -A && git commit -m start")
    else:
        yield Finding("git", f"commit {process.stdout.strip()}")
