"""Small files in the formats of the published data sets, packed as `download` does."""

import io
import tarfile
import zipfile
from pathlib import Path

from lemma.data.readers import READERS
from lemma.data.readers.document import Document
from lemma.params import Dataset, Prepare

OFFICIAL = Dataset(split="official")
SENTENCES = Prepare(granularity="sentences", duplicates="keep")
PHRASES = Prepare(granularity="phrases", duplicates="keep")
TREES = {
    "train": "(3 (2 Worth) (3 watching))\n(2 (2 Neither) (2 nor))\n(1 (2 Dull) (2 .))\n",
    "dev": "(4 (3 Great) (2 film))\n",
    "test": "(0 (1 Awful) (2 -RRB-))\n",
}


def zipped(members: dict[str, bytes | str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(f"rt-polaritydata/rt-polarity.{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def treebank(trees: dict[str, str]) -> bytes:
    inner = zipped({f"trees/{split}.txt": content for split, content in trees.items()})
    return zipped({"trainDevTestTrees_PTB.zip": inner})


def polarity(**members: bytes) -> bytes:
    return zipped({"rt-polaritydata.tar.gz": tarred(members)})


def tweets(**members: str) -> bytes:
    contents = {f"{split}_{kind}.txt": "" for split in ("train", "val", "test") for kind in ("text", "labels")}
    return zipped({**contents, **{f"{name}.txt": content for name, content in members.items()}})


def imdb(*names: str, films: tuple[str, ...] = ("tt1", "tt2", "tt2")) -> bytes:
    """Return an archive of reviews, in this order, whose texts are their names."""
    stream = io.BytesIO()
    listed = "".join(f"http://www.imdb.com/title/{film}/usercomments\n" for film in films)
    lists = {f"aclImdb/{split}/urls_{sign}.txt": listed for split in ("train", "test") for sign in ("neg", "pos")}
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in [*((f"aclImdb/{name}.txt", name) for name in names), *lists.items()]:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
    return stream.getvalue()


def read(
    reader: str, source: Path, content: bytes, settings: Dataset = OFFICIAL, prepare: Prepare = SENTENCES
) -> list[Document]:
    source.write_bytes(content)
    return list(READERS[reader](source, settings, prepare))
