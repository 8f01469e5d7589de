"""Reader of a user's own folder: CLASS/FILE, or SPLIT/CLASS/FILE with the splits train, dev and test."""

import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

from lemma.data.readers.document import Document
from lemma.data.readers.text_lines import decode_lines
from lemma.data.sources.archives import guard
from lemma.errors import InputError
from lemma.params import Dataset, DevSplit


def read_folder(archive: zipfile.ZipFile, settings: Dataset) -> Iterator[Document]:
    """Yield each file as a document, sorted by name; hidden files, such as .DS_Store, are ignored.

    Raises:
        InputError: a file is at another depth, a class has no file, or a file is not in the encoding.
    """
    has_splits = settings.split == "folders" or isinstance(settings.split, DevSplit)
    depth = 3 if has_splits else 2
    parts_of = {name: PurePosixPath(name).parts for name in sorted(archive.namelist())}
    files = {
        name: parts
        for name, parts in parts_of.items()
        if not name.endswith("/") and not any(part.startswith(".") for part in parts)
    }
    for name, parts in files.items():
        if len(parts) != depth:
            expected = "train, dev or test, then the class, then the file" if has_splits else "the class, then the file"
            raise InputError(
                f"{settings.path}: {name} is at the wrong depth.", f"Expected below the folder: {expected}."
            )
    # An empty folder is a member of its own; a folder with hidden files only is known from these.
    folders = {parts if name.endswith("/") else parts[:-1] for name, parts in parts_of.items()}
    for parts in sorted(folders - {parts[:-1] for parts in files.values()}):
        if len(parts) == depth - 1 and not any(part.startswith(".") for part in parts):
            raise InputError(
                f"{settings.path}: {'/'.join(parts)} contains no document.", "Put files there, or remove the folder."
            )
    for name, parts in files.items():
        location = f"{settings.path}: {name}"
        with guard(location, archive.open, name) as stream:
            text = "".join(decode_lines(location, stream, settings.encoding))
        yield Document(text, parts[-2], parts[0] if has_splits else None, location)
