"""Stage `download`: the published files of a data set, verified, in one uncompressed zip.

A data set of any number of files becomes one file with a fixed name, which both workflow engines can declare and DVC
can version. Files are searched for in LEMMA_MIRROR, a comma-separated list of folders and addresses: first in the
folders, then at the addresses, each in order, and at last at their official addresses. Other archives with the same
members, for which the catalogue has no checksum, are searched for in folders only.
"""

import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from lemma import files
from lemma.data.fetch import fetch_file, lock_file
from lemma.data.readers.imdb import hash_reviews
from lemma.data.sources import catalog
from lemma.data.sources.archives import hash_members
from lemma.errors import ChecksumError, InputError
from lemma.layout import Layout
from lemma.params import Dataset, Params
from lemma.progress import say

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date of the zip format: equal content gives equal bytes
REMOTE = ("http://", "https://")


def download(layout: Layout, dataset: str, params: Params) -> None:
    """Write `source.zip` of a data set.

    Raises:
        InputError: the name is unknown, the user's file is missing, or a file cannot be fetched or has a wrong
            checksum.
    """
    settings = params.datasets.get(dataset)
    if settings is not None and settings.path is not None:
        _pack(layout.source(dataset), _list_own_files(layout.root / settings.path, dataset, settings))
        return
    entry = catalog.find_entry(dataset, list(params.datasets))
    mirrors = [mirror.strip() for mirror in os.environ.get("LEMMA_MIRROR", "").split(",") if mirror.strip()]
    folders = [Path(mirror).expanduser() for mirror in mirrors if not mirror.startswith(REMOTE)]
    state = layout.state / "downloads"
    repacked, rejected = _find_repacked(entry, folders)
    if repacked:
        _pack(layout.source(dataset), repacked)
        return
    with ExitStack() as locks:
        # Locked until the zip is written: another process that needs the same file must not see a partial one.
        for file in sorted(entry.files, key=lambda file: file.sha256):
            locks.enter_context(lock_file(file, state))
        paths = {}
        for file in entry.files:
            remote = [f"{mirror.rstrip('/')}/{file.name}" for mirror in mirrors if mirror.startswith(REMOTE)]
            # A file without an address is part of the repository.
            local = folders if file.addresses else [layout.workflow / "resources", *folders]
            paths[Path(file.name).name] = fetch_file(file, local, [*remote, *file.addresses], state, rejected)
        if entry.digests and (digests := _hash_archives(list(paths.values()))) != entry.digests:
            raise ChecksumError(
                f"{dataset}: {_describe_mismatch(entry, digests)}", "This is an error in the catalogue: report it."
            )
        _pack(layout.source(dataset), paths)
        for path in set(paths.values()):  # two files with equal bytes are fetched once
            if path.parent == state:
                path.unlink()


def _find_repacked(entry: catalog.Entry, folders: list[Path]) -> tuple[dict[str, Path], list[str]]:
    """Search folders without the published files for other archives with the same members.

    Returns:
        The archives by name, if there are any with the right members, and a line for each rejected set of archives.
    """
    rejected = []
    for folder in folders if entry.packing else []:
        if all((folder / file.name).is_file() for file in entry.files):
            break
        paths = [folder / name for name in entry.packing]
        if not all(path.is_file() for path in paths):
            continue
        try:
            digests = _hash_archives(paths)
            problem = _describe_mismatch(entry, digests) if digests != entry.digests else ""
        except InputError as error:
            problem = error.what
        if not problem:
            say(f"{', '.join(path.name for path in paths)}: from {folder}, with the published members")
            return {path.name: path for path in paths}, []
        rejected.append(f"{', '.join(map(str, paths))}: {problem}")
        say(rejected[-1])
    return {}, rejected


def _hash_archives(archives: list[Path]) -> set[str]:
    return {digest for path in archives for digest in hash_reviews(path)}


def _describe_mismatch(entry: catalog.Entry, digests: set[str]) -> str:
    expected = ", ".join(sorted(entry.digests))
    return f"the members are not the published ones: expected the digests {expected}, got {', '.join(sorted(digests))}."


def _list_own_files(path: Path, dataset: str, settings: Dataset) -> dict[str, Path]:
    """Return the user's own table, or the files in the user's folder, by their names in the zip.

    The SHA-256 of a folder is that of its files: see `archives.hash_members`.
    """
    where = f"params.yaml: datasets.{dataset}"
    if settings.table:
        if not path.is_file():
            raise InputError(f"{where}.path: there is no file {path}.", "Write its path, relative to params.yaml.")
        members = {path.name: path}
    elif not path.is_dir():
        what = f"{path} is neither a folder nor a table" if path.exists() else f"there is no folder {path}"
        raise InputError(
            f"{where}.path: {what}.", "Write the path of a csv, tsv, jsonl or parquet file, or of a folder."
        )
    else:
        members = dict(_walk(path))
    for member in members.values():
        if not os.access(member, os.R_OK):
            raise InputError(f"{member} cannot be read.", "Check its permissions.")
    if settings.sha256 is not None:
        hashes = {name: files.sha256(member) for name, member in members.items() if not name.endswith("/")}
        sha256 = hashes[path.name] if settings.table else hash_members(hashes)
        if sha256 != settings.sha256:
            raise ChecksumError(
                f"{path}: wrong SHA-256, expected {settings.sha256}, got {sha256}.",
                f"If you changed it on purpose, write the new value to {where}.sha256.",
            )
    return members


def _walk(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the relative name and the path of each file and of each empty folder below `root`, hidden ones excepted.

    Raises:
        InputError: there is a link or a device, a name that is not UTF-8, or a folder that cannot be read.
    """

    def fail(error: OSError) -> None:
        raise InputError(f"{error.filename} cannot be read: {error.strerror}.", "Check its permissions.")

    for folder, folder_names, file_names in os.walk(root, onerror=fail):
        folder_names[:] = [name for name in folder_names if not name.startswith(".")]
        visible = [name for name in file_names if not name.startswith(".")]
        for path in [Path(folder, name) for name in [*folder_names, *visible]]:
            if path.is_symlink():
                raise InputError(f"{path} is a link.", "Replace it by the file itself: links are not followed.")
            if not (path.is_file() or path.is_dir()):
                raise InputError(f"{path} is neither a file nor a folder.", "Remove it.")
            if any("\udc80" <= character <= "\udcff" for character in path.name):
                raise InputError(f"{str(path)!r}: the name is not UTF-8.", "Rename it.")
            if path.is_file():
                yield path.relative_to(root).as_posix(), path
        if not folder_names and not visible and Path(folder) != root:
            yield f"{Path(folder).relative_to(root).as_posix()}/", Path(folder)


def _pack(target: Path, members: dict[str, Path]) -> None:
    """Write a zip of files, and of empty folders, whose names end in a slash."""
    with files.atomic(target) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, path in sorted(members.items()):
            info = zipfile.ZipInfo(name, EPOCH)
            if info.is_dir():
                archive.writestr(info, b"")
                continue
            with path.open("rb") as content, archive.open(info, "w", force_zip64=True) as member:
                shutil.copyfileobj(content, member, 1 << 20)
