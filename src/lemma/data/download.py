"""Stage `download`: the files of a data set as published, checked, in one uncompressed zip.

One file of a fixed name, whatever a set consists of, is what both workflow engines can declare and DVC can version.
Files are looked for in LEMMA_MIRROR, folders or addresses with commas between them, in order, and then at their
official address.
"""

import os
import shutil
import zipfile
from contextlib import ExitStack
from pathlib import Path

from lemma import files
from lemma.data import catalog
from lemma.data.fetch import fetch, hold
from lemma.data.readers.imdb import digests
from lemma.display import say
from lemma.errors import ChecksumError, InputError
from lemma.layout import Layout
from lemma.params import Dataset, Params

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold: equal content gives equal bytes
REMOTE = ("http://", "https://")


def download(layout: Layout, dataset: str, params: Params) -> None:
    """Write the data set's `source.zip`.

    Raises:
        InputError: the name is unknown, the user's file is missing, or a file could not be had or is not the right one.
    """
    settings = params.datasets.get(dataset)
    if settings is not None and settings.path is not None:
        _pack(layout.source(dataset), _own(layout.root / settings.path, dataset, settings))
        return
    entry = catalog.find(dataset, list(params.datasets))
    mirrors = [place for place in os.environ.get("LEMMA_MIRROR", "").split(",") if place]
    folders = [Path(place) for place in mirrors if not place.startswith(REMOTE)]
    state = layout.state / "downloads"
    if (other := _packing(entry, folders)) is not None:
        _pack(layout.source(dataset), other)
        return
    with ExitStack() as held:
        # Held until the zip is written: another process may want the same file, and must find it whole or not at all.
        for file in sorted(entry.files, key=lambda file: file.sha256):
            held.enter_context(hold(file, state))
        found = {}
        for file in entry.files:
            remote = [f"{place.rstrip('/')}/{file.name}" for place in mirrors if place.startswith(REMOTE)]
            # What has no address lies in the repository.
            places = folders if file.addresses else [layout.root / "resources", *folders]
            found[Path(file.name).name] = fetch(file, places, [*remote, *file.addresses], state)
        _check_members(entry, list(found.values()))
        _pack(layout.source(dataset), found)
        for path in set(found.values()):  # two files of equal bytes are brought once
            if path.parent == state:
                path.unlink()


def _packing(entry: catalog.Entry, folders: list[Path]) -> dict[str, Path] | None:
    """Return the other archives of the same members, where a folder has these and not the published ones."""
    for folder in folders:
        if all((folder / file.name).is_file() for file in entry.files):
            return None
        paths = [folder / name for name in entry.packing]
        if paths and all(path.is_file() for path in paths):
            _check_members(entry, paths)
            say(f"{', '.join(path.name for path in paths)}: from {folder}, the reviews as published")
            return {path.name: path for path in paths}
    return None


def _check_members(entry: catalog.Entry, paths: list[Path]) -> None:
    """Refuse archives whose members are not those published, whatever archive they are in."""
    if not entry.digests:
        return
    got = {digest for path in paths for digest in digests(path).values()}
    if got != entry.digests:
        names = ", ".join(map(str, paths))
        raise ChecksumError(
            f"{names}: the members are not those published: expected the digests {', '.join(sorted(entry.digests))}, "
            f"got {', '.join(sorted(got))}.",
            "The copy is damaged or another version: replace it, or unset LEMMA_MIRROR to take the official one.",
        )


def _own(path: Path, dataset: str, settings: Dataset) -> dict[str, Path]:
    """Return the user's own file, or the files of the folder, under the names they are packed by."""
    where = f"params.yaml: datasets.{dataset}"
    if settings.table:
        if not path.is_file():
            raise InputError(f"{where}.path: there is no file {path}.", "Write its path, relative to params.yaml.")
        if settings.sha256 is not None and (got := files.sha256(path)) != settings.sha256:
            raise ChecksumError(
                f"{path}: wrong SHA-256, expected {settings.sha256}, got {got}.",
                f"If the change is meant, write the new value to {where}.sha256.",
            )
        return {path.name: path}
    if not path.is_dir():
        what = f"{path} is neither a folder nor a table" if path.exists() else f"there is no folder {path}"
        raise InputError(
            f"{where}.path: {what}.", "Write the path of a csv, tsv, jsonl or parquet file, or of a folder."
        )
    found = {}
    for member in sorted(path.rglob("*")):
        if member.is_symlink():
            raise InputError(f"{member} is a link.", "Put the file itself there: links are not followed.")
        if member.is_file():
            found[member.relative_to(path).as_posix()] = member
    return found


def _pack(target: Path, members: dict[str, Path]) -> None:
    with files.atomic(target) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, path in sorted(members.items()):
            with (
                archive.open(zipfile.ZipInfo(name, EPOCH), "w", force_zip64=True) as member,
                path.open("rb") as content,
            ):
                shutil.copyfileobj(content, member, 1 << 20)
