"""Readers: from a data set's published files to documents, one at a time.

A reader takes the zip that `download` wrote and yields `Document`s in the files' own order. Nothing is unpacked to
disk: members are read in memory, by name, below a cap.
"""

import io
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ParamSpec, TypeVar

from lemma.data import table
from lemma.data.splits import PARTS
from lemma.errors import InputError
from lemma.params import Dataset

P = ParamSpec("P")
T = TypeVar("T")
CAP = 1 << 30  # bytes of one member; the largest that is known has 84 MB


@dataclass(frozen=True)
class Document:
    """A text with its class, and its part where the files fix it; `where` leads back to file and line."""

    text: str
    label: str
    part: str | None
    where: str


Reader = Callable[[Path, Dataset], Iterator[Document]]
# What the archive modules raise on damaged bytes: bad magic, lengths, flags, codes and names, each in its own way.
_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
)


def _read(what: str, action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what `action` returns; where it finds damage, `what` is named."""
    try:
        return action(*args, **kwargs)
    except _DAMAGE as error:
        fix = "Delete the file and download the data set again."
        raise InputError(f"{what} cannot be read: {error}.", fix) from None


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return one member of a zip.

    Raises:
        InputError: it is missing, damaged or larger than the cap.
    """
    where = f"{archive.filename}: {name}"
    info = _read(where, archive.getinfo, name)
    if info.file_size > CAP:
        raise InputError(f"{where} is larger than {CAP} bytes.", "This is not the published file.")
    return _read(where, archive.read, info)


def _open(source: Path) -> zipfile.ZipFile:
    if not source.exists():
        raise InputError(f"{source} does not exist.", "Run `lemma download` for this data set first.")
    return _read(str(source), zipfile.ZipFile, source)


_LEAF = re.compile(r"\([0-4] ([^() ]+)\)")  # a leaf may hold other white space: "2 1/2" has a no-break space
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
    with _open(source) as outer:
        content = io.BytesIO(member(outer, "trainDevTestTrees_PTB.zip"))
    with _read(f"{source}: trainDevTestTrees_PTB.zip", zipfile.ZipFile, content) as archive:
        archive.filename = f"{source}: trainDevTestTrees_PTB.zip"
        for part in PARTS:
            name = f"trees/{part}.txt"
            trees = member(archive, name)
            for number, line in enumerate(_read(f"{source}: {name}", trees.decode).split("\n"), start=1):
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
    for ending, label in (("neg", "negative"), ("pos", "positive")):
        name = f"rt-polaritydata/rt-polarity.{ending}"
        lines = _read(f"{source}: {name}", _untar, content, name).split(b"\n")
        # Bytes are split before decoding: 0x85 becomes a character that str.splitlines takes for a line end.
        for number, line in enumerate(lines, start=1):
            where = f"{source}: {name}, line {number}"
            if text := _read(where, line.decode, "cp1252").strip():
                yield Document(text, label, None, where)


def _untar(archive: IO[bytes], name: str) -> bytes:
    archive.seek(0)
    with tarfile.open(fileobj=archive) as opened:
        info = opened.getmember(name)
        stream = opened.extractfile(info) if info.isreg() and info.size <= CAP else None
        if stream is None:
            raise ValueError(f"it is no regular file of at most {CAP} bytes")
        return stream.read()


def own(source: Path, settings: Dataset) -> Iterator[Document]:
    """Yield the rows of a table: csv, tsv, jsonl or parquet, with the columns that params.yaml names."""
    with _open(source) as archive:
        name = _read(str(source), lambda: archive.namelist()[0])
        content = member(archive, name)
    part = getattr(settings.split, "column", None)
    columns = (settings.text or "text", settings.label or "label", *([part] if part else []))
    for number, row in table.rows(name, content, settings.encoding, columns):
        yield Document(row[0], row[1], row[2] if part else None, f"{name}, row {number}")


READERS: dict[str, Reader] = {"sst2": sst2, "rt_polarity": rt_polarity, "table": own}
