"""The Large Movie Review Dataset (Maas et al. 2011): the official archive, or the same members in two.

Reviews come in the order of their names, whatever the order in the archive. A review's film, by which dev is cut off,
stands in the list of addresses of its folder, in the line of the review's number.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from lemma.data.archives import guarded, open_zip, tar_members
from lemma.data.document import Document
from lemma.errors import InputError
from lemma.params import Dataset, Prepare

OFFICIAL = "aclImdb_v1.tar.gz"
LABELLED, UNLABELLED = "aclImdb_v1.labelled.tar.gz", "aclImdb_v1.unsup.tar.gz"
CLASSES = {"neg": "negative", "pos": "positive"}
_REVIEW = re.compile(r"aclImdb/(train|test)/(neg|pos|unsup)/(\d+)_\d+\.txt")
_FILMS = re.compile(r"aclImdb/(train|test)/urls_(neg|pos)\.txt")
_FILM = re.compile(rb"/title/(tt\d+)")


def imdb(source: Path, _: Dataset, __: Prepare) -> Iterator[Document]:
    """Yield the 50,000 labelled reviews."""
    reviews: dict[str, bytes] = {}
    films: dict[tuple[str, str], list[str]] = {}
    for name, content in _members(source, LABELLED):
        if (found := _REVIEW.fullmatch(name)) and found[2] != "unsup":
            reviews[name] = content
        elif found := _FILMS.fullmatch(name):
            films[found[1], found[2]] = [film.decode() for film in _FILM.findall(content)]
    for name in sorted(reviews):
        part, sign, number = _REVIEW.fullmatch(name).groups()  # type: ignore[union-attr]
        where = f"{source}: {name}"
        listed = films.get((part, sign), [])
        if int(number) >= len(listed):
            raise InputError(f"{where}: aclImdb/{part}/urls_{sign}.txt does not list its film.", "Download it again.")
        text = guarded(where, reviews[name].decode)
        yield Document(text, CLASSES[sign], part, where, listed[int(number)])


def unlabelled(source: Path) -> Iterator[str]:
    """Yield the 50,000 reviews without a label."""
    reviews = {name: content for name, content in _members(source, UNLABELLED) if _REVIEW.fullmatch(name)}
    for name in sorted(reviews):
        if "/unsup/" in name:
            yield guarded(f"{source}: {name}", reviews[name].decode)


def digests(archive: Path) -> dict[str, str]:
    """Return for the labelled and the unlabelled reviews of an archive a digest of names and contents.

    That is the SHA-256 of the lines "HASH  NAME", sorted by name, with the SHA-256 of each review.
    """
    lines: dict[str, list[tuple[str, str]]] = {"labelled": [], "unlabelled": []}
    with archive.open("rb") as stream:
        for name, content in tar_members(stream, str(archive)):
            if found := _REVIEW.fullmatch(name):
                kind = "unlabelled" if found[2] == "unsup" else "labelled"
                digest = hashlib.sha256(content()).hexdigest()
                lines[kind].append((name, f"{digest}  {name}\n"))
    return {
        kind: hashlib.sha256("".join(line for _, line in sorted(held)).encode()).hexdigest()
        for kind, held in lines.items()
        if held
    }


def _members(source: Path, wanted: str) -> Iterator[tuple[str, bytes]]:
    with open_zip(source, str(source)) as outer:
        name = OFFICIAL if OFFICIAL in outer.namelist() else wanted
        place = f"{source}: {name}"
        with guarded(place, outer.open, name) as stream:
            for member, content in tar_members(stream, place):
                yield member, content()
