"""A user's own folder: a folder a class, a file a document; or train, dev and test, and the classes below these."""

import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

from lemma.data.archives import guarded
from lemma.data.document import Document
from lemma.data.readers.lines import decoded
from lemma.errors import InputError
from lemma.params import Cut, Dataset


def documents(archive: zipfile.ZipFile, settings: Dataset) -> Iterator[Document]:
    """Yield each file as a document, by name; hidden files, such as .DS_Store, are none.

    Raises:
        InputError: a file stands at another depth than a document does, a class has no file, or a file is not of the
            encoding.
    """
    divided = settings.split == "folders" or isinstance(settings.split, Cut)
    depth = 3 if divided else 2
    names = {name: PurePosixPath(name).parts for name in sorted(archive.namelist())}
    shown = {
        name: steps
        for name, steps in names.items()
        if not name.endswith("/") and not any(step.startswith(".") for step in steps)
    }
    for name, steps in shown.items():
        if len(steps) != depth:
            wanted = "train, dev or test, then a class, then the file" if divided else "a class, then the file"
            raise InputError(f"{settings.path}: {name} stands at the wrong depth.", f"Below the folder comes {wanted}.")
    # A folder that holds nothing is a member of its own; one that holds hidden files alone is told by these.
    folders = {steps if name.endswith("/") else steps[:-1] for name, steps in names.items()}
    for steps in sorted(folders - {steps[:-1] for steps in shown.values()}):
        if len(steps) == depth - 1 and not any(step.startswith(".") for step in steps):
            raise InputError(
                f"{settings.path}: {'/'.join(steps)} holds no document.", "Put files there, or remove the folder."
            )
    for name, steps in shown.items():
        where = f"{settings.path}: {name}"
        with guarded(where, archive.open, name) as stream:
            text = "".join(decoded(where, stream, settings.encoding))
        yield Document(text, steps[-2], steps[0] if divided else None, where)
