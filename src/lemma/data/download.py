"""Stage `download`: the files of a data set as published, checked, in one uncompressed zip.

One file of a fixed name, whatever a set consists of, is what both workflow engines can declare and DVC can version.
Files are looked for in LEMMA_MIRROR, folders or addresses with commas between them: in the folders, then at the
addresses, each in order, and then at their official address. Other packings, which no checksum pins, are looked for in
folders alone.
"""

import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from lemma import files
from lemma.data import catalog
from lemma.data.archives import digest
from lemma.data.fetch import fetch, hold
from lemma.data.readers.imdb import digests
from lemma.errors import ChecksumError, InputError
from lemma.layout import Layout
from lemma.params import Dataset, Params
from lemma.progress import say

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
    mirrors = [place.strip() for place in os.environ.get("LEMMA_MIRROR", "").split(",") if place.strip()]
    folders = [Path(place).expanduser() for place in mirrors if not place.startswith(REMOTE)]
    state = layout.state / "downloads"
    other, refused = _packing(entry, folders)
    if other:
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
            places = folders if file.addresses else [layout.workflow / "resources", *folders]
            found[Path(file.name).name] = fetch(file, places, [*remote, *file.addresses], state, refused)
        if entry.digests and (got := _members(list(found.values()))) != entry.digests:
            raise ChecksumError(f"{dataset}: {_unlike(entry, got)}", "This is a defect of the catalogue: report it.")
        _pack(layout.source(dataset), found)
        for path in set(found.values()):  # two files of equal bytes are brought once
            if path.parent == state:
                path.unlink()


def _packing(entry: catalog.Entry, folders: list[Path]) -> tuple[dict[str, Path], list[str]]:
    """Return other archives of the same members, where a folder has these and not the published ones; what is amiss."""
    refused = []
    for folder in folders if entry.packing else []:
        if all((folder / file.name).is_file() for file in entry.files):
            break
        paths = [folder / name for name in entry.packing]
        if not all(path.is_file() for path in paths):
            continue
        try:
            problem = _unlike(entry, got) if (got := _members(paths)) != entry.digests else ""
        except InputError as error:
            problem = error.what
        if not problem:
            say(f"{', '.join(path.name for path in paths)}: from {folder}, the members as published")
            return {path.name: path for path in paths}, []
        refused.append(f"{', '.join(map(str, paths))}: {problem}")
        say(refused[-1])
    return {}, refused


def _members(archives: list[Path]) -> set[str]:
    return {digest for path in archives for digest in digests(path)}


def _unlike(entry: catalog.Entry, got: set[str]) -> str:
    wanted = ", ".join(sorted(entry.digests))
    return f"the members are not those published: expected the digests {wanted}, got {', '.join(sorted(got))}."


def _own(path: Path, dataset: str, settings: Dataset) -> dict[str, Path]:
    """Return the user's own file, or what is in the folder, under the names these are packed by.

    A folder's SHA-256 is that of the lines "HASH  NAME" of its files: see `archives.digest`.
    """
    where = f"params.yaml: datasets.{dataset}"
    if settings.table:
        if not path.is_file():
            raise InputError(f"{where}.path: there is no file {path}.", "Write its path, relative to params.yaml.")
        found = {path.name: path}
    elif not path.is_dir():
        what = f"{path} is neither a folder nor a table" if path.exists() else f"there is no folder {path}"
        raise InputError(
            f"{where}.path: {what}.", "Write the path of a csv, tsv, jsonl or parquet file, or of a folder."
        )
    else:
        found = dict(_listed(path))
    for member in found.values():
        if not os.access(member, os.R_OK):
            raise InputError(f"{member} cannot be read.", "See that you may read it.")
    if settings.sha256 is not None:
        hashes = {name: files.sha256(member) for name, member in found.items() if not name.endswith("/")}
        got = hashes[path.name] if settings.table else digest(hashes)
        if got != settings.sha256:
            raise ChecksumError(
                f"{path}: wrong SHA-256, expected {settings.sha256}, got {got}.",
                f"If the change is meant, write the new value to {where}.sha256.",
            )
    return found


def _listed(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield each file below `root`, and each folder with nothing in it, by its name from there; hidden ones are none.

    Raises:
        InputError: something is a link or a device, has a name that is not UTF-8, or cannot be read.
    """

    def fail(error: OSError) -> None:
        raise InputError(f"{error.filename} cannot be read: {error.strerror}.", "See that you may read it.")

    for folder, below, names in os.walk(root, onerror=fail):
        below[:] = [name for name in below if not name.startswith(".")]
        shown = [name for name in names if not name.startswith(".")]
        for path in [Path(folder, name) for name in [*below, *shown]]:
            if path.is_symlink():
                raise InputError(f"{path} is a link.", "Put the file itself there: links are not followed.")
            if not (path.is_file() or path.is_dir()):
                raise InputError(f"{path} is neither a file nor a folder.", "Remove it.")
            if any("\udc80" <= sign <= "\udcff" for sign in path.name):
                raise InputError(f"{str(path)!r}: the name is not UTF-8.", "Rename it.")
            if path.is_file():
                yield path.relative_to(root).as_posix(), path
        if not below and not shown and Path(folder) != root:
            yield f"{Path(folder).relative_to(root).as_posix()}/", Path(folder)


def _pack(target: Path, members: dict[str, Path]) -> None:
    """Write a zip of these files, and of the empty folders, whose names end in a slash."""
    with files.atomic(target) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, path in sorted(members.items()):
            info = zipfile.ZipInfo(name, EPOCH)
            if info.is_dir():
                archive.writestr(info, b"")
                continue
            with path.open("rb") as content, archive.open(info, "w", force_zip64=True) as member:
                shutil.copyfileobj(content, member, 1 << 20)
