"""A user's own folder: a folder a class, a file a document; or train, dev and test, and the classes below these."""

import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from lemma.data.archives import guarded
from lemma.data.document import Document
from lemma.errors import InputError
from lemma.params import Cut, Dataset


def documents(archive: zipfile.ZipFile, settings: Dataset) -> Iterator[Document]:
    """Yield each file as a document, by name; hidden files, such as .DS_Store, are none.

    Raises:
        InputError: a file stands at another depth than a document does, or is not of the encoding.
    """
    divided = settings.split == "folders" or isinstance(settings.split, Cut)
    depth = 3 if divided else 2
    seen: Counter[str] = Counter()
    for name in sorted(archive.namelist()):
        steps = PurePosixPath(name).parts
        if any(step.startswith(".") for step in steps):
            continue
        where = f"{settings.path}: {name}"
        if len(steps) != depth:
            wanted = "train, dev or test, then a class, then the file" if divided else "a class, then the file"
            raise InputError(f"{where} stands at the wrong depth.", f"Below the folder comes {wanted}.")
        content = guarded(where, archive.read, name)
        try:
            text = content.decode("utf-8-sig" if settings.encoding.lower() in ("utf-8", "utf8") else settings.encoding)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise InputError(
                f"{where}, line {line}: byte 0x{content[error.start]:02x} is not {settings.encoding}.",
                "Say the files' encoding in params.yaml (latin-1 or cp1252, say) beside the path.",
            ) from None
        except LookupError:
            raise InputError(
                f"{where}: unknown encoding '{settings.encoding}'.", "Write utf-8, latin-1 or cp1252, say."
            ) from None
        seen[steps[-2]] += 1
        yield Document(text, steps[-2], steps[0] if divided else None, where)
