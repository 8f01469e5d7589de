"""Stage `download`: the files of a data set as published, checked, in one uncompressed zip.

One file of a fixed name, whatever a set consists of, is what both workflow engines can declare and DVC can version.
"""

import os
import shutil
import zipfile
from contextlib import ExitStack
from pathlib import Path

from lemma import files
from lemma.data import catalog
from lemma.data.fetch import fetch, hold
from lemma.errors import ChecksumError, InputError
from lemma.layout import Layout
from lemma.params import Params

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold: equal content gives equal bytes


def download(layout: Layout, dataset: str, params: Params) -> None:
    """Write the data set's `source.zip`.

    Raises:
        InputError: the name is unknown, the user's file is missing, or a file could not be had or is not the right one.
    """
    settings = params.datasets.get(dataset)
    if settings is not None and settings.path is not None:
        own = layout.root / settings.path
        _check_own(own, dataset, settings.sha256)
        _pack(layout.source(dataset), {own.name: own})
        return
    entry = catalog.find(dataset, list(params.datasets))
    mirror = os.environ.get("LEMMA_MIRROR", "")
    remote = mirror.startswith(("http://", "https://"))
    folders = [layout.root / "resources", *([Path(mirror)] if mirror and not remote else [])]
    state = layout.state / "downloads"
    with ExitStack() as held:
        # Held until the zip is written: another process may want the same file, and must find it whole or not at all.
        for file in sorted(entry.files, key=lambda file: file.sha256):
            held.enter_context(hold(file, state))
        found = {}
        for file in entry.files:
            addresses = [f"{mirror.rstrip('/')}/{file.name}"] if remote else []
            found[Path(file.name).name] = fetch(file, folders, [*addresses, *file.addresses], state)
        _pack(layout.source(dataset), found)
        for path in set(found.values()):  # two files of equal bytes are brought once
            if path.parent == state:
                path.unlink()


def _check_own(path: Path, dataset: str, expected: str | None) -> None:
    where = f"params.yaml: datasets.{dataset}"
    if not path.is_file():
        raise InputError(f"{where}.path: there is no file {path}.", "Write its path, relative to params.yaml.")
    if expected is not None and (got := files.sha256(path)) != expected:
        raise ChecksumError(
            f"{path}: wrong SHA-256, expected {expected}, got {got}.",
            f"If the change is meant, write the new value to {where}.sha256.",
        )


def _pack(target: Path, members: dict[str, Path]) -> None:
    with files.atomic(target) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, path in sorted(members.items()):
            with (
                archive.open(zipfile.ZipInfo(name, EPOCH), "w", force_zip64=True) as member,
                path.open("rb") as content,
            ):
                shutil.copyfileobj(content, member, 1 << 20)
