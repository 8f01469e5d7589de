"""Readers: from a data set's published files to documents, one at a time.

A reader takes the zip that `download` wrote and yields `Document`s in the files' own order. Nothing is unpacked to
disk: members are read in memory, by name, below a cap.
"""

import io
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lemma.data import table
from lemma.data.splits import PARTS
from lemma.errors import InputError
from lemma.params import Dataset

CAP = 1 << 30  # bytes of one member; the largest that is known has 84 MB


@dataclass(frozen=True)
class Document:
    """A text with its class, and its part where the files fix it; `where` leads back to file and line."""

    text: str
    label: str
    part: str | None
    where: str


Reader = Callable[[Path, Dataset], Iterator[Document]]


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return one member of a zip.

    Raises:
        InputError: it is missing, damaged or larger than the cap.
    """
    try:
        if archive.getinfo(name).file_size > CAP:
            raise InputError(
                f"{archive.filename}: {name} is larger than {CAP} bytes.", "This is not the published file."
            )
        return archive.read(name)
    except (KeyError, zipfile.BadZipFile, EOFError) as error:
        fix = "Delete the file and download the data set again."
        raise InputError(f"{archive.filename}: {name} cannot be read: {error}.", fix) from None


def _open(source: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source)
    except FileNotFoundError:
        raise InputError(f"{source} does not exist.", "Run `lemma download` for this data set first.") from None
    except zipfile.BadZipFile as error:
        raise InputError(f"{source} is damaged: {error}.", f"Delete it and run again: `rm {source}`.") from None


_LEAF = re.compile(r"\([0-4] ([^()\s]+)\)")
_ESCAPES = (("-LRB-", "("), ("-RRB-", ")"), ("\\/", "/"), ("\\*", "*"))


def sentence(tree: str) -> str:
    """Return the words of a labelled tree, escapes undone.

    Raises:
        ValueError: it is no tree.
    """
    words = _LEAF.findall(tree)
    if not words or not re.match(r"\([0-4] ", tree) or tree.count("(") != tree.count(")"):
        raise ValueError(f"not a labelled tree: {tree[:60]!r}")
    text = " ".join(words)
    for escaped, plain in _ESCAPES:
        text = text.replace(escaped, plain)
    return text


def sst2(source: Path, _: Dataset) -> Iterator[Document]:
    """Yield whole sentences of the Stanford Sentiment Treebank with two classes (Socher 2013).

    Root labels 0 and 1 are negative, 3 and 4 positive; 2, neutral, is left out.
    """
    with _open(source) as outer, zipfile.ZipFile(io.BytesIO(member(outer, "trainDevTestTrees_PTB.zip"))) as archive:
        for part in PARTS:
            name = f"trees/{part}.txt"
            for number, line in enumerate(member(archive, name).decode("utf-8").split("\n"), start=1):
                if not line:
                    continue
                where = f"{source}: {name}, line {number}"
                try:
                    text = sentence(line)
                except ValueError as error:
                    raise InputError(
                        f"{where}: {error}.", "This is not the published file: download it again."
                    ) from None
                if line[1] != "2":
                    yield Document(text, "negative" if line[1] < "2" else "positive", part, where)


def rt_polarity(source: Path, _: Dataset) -> Iterator[Document]:
    """Yield the sentences of the polarity data set v1.0 (Pang & Lee 2005)."""
    with _open(source) as outer:
        content = io.BytesIO(member(outer, "rt-polaritydata.tar.gz"))
    with tarfile.open(fileobj=content) as archive:
        for ending, label in (("neg", "negative"), ("pos", "positive")):
            name = f"rt-polaritydata/rt-polarity.{ending}"
            info = archive.getmember(name)
            stream = archive.extractfile(info) if info.isreg() and info.size <= CAP else None
            if stream is None:
                raise InputError(f"{source}: {name} is no regular file.", "This is not the published file.")
            # Bytes are split before decoding: 0x85 becomes a character that str.splitlines takes for a line end.
            for number, line in enumerate(stream.read().split(b"\n"), start=1):
                if line:
                    yield Document(line.decode("cp1252").strip(), label, None, f"{source}: {name}, line {number}")


def own(source: Path, settings: Dataset) -> Iterator[Document]:
    """Yield the rows of a table: csv, tsv, jsonl or parquet, with the columns that params.yaml names."""
    with _open(source) as archive:
        name = archive.namelist()[0]
        content = member(archive, name)
    part = getattr(settings.split, "column", None)
    columns = (settings.text or "text", settings.label or "label", *([part] if part else []))
    for number, row in table.rows(name, content, settings.encoding, columns):
        yield Document(row[0], row[1], row[2] if part else None, f"{name}, row {number}")


READERS: dict[str, Reader] = {"sst2": sst2, "rt_polarity": rt_polarity, "table": own}
