"""The Large Movie Review Dataset (Maas et al. 2011): the official archive, or the same members in two.

Reviews come in the order of their names, whatever the order in the archive. A review's film, by which dev is cut off,
stands in the list of addresses of its folder, in the line of the review's number.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from lemma.data.archives import digest, guarded, open_zip, tar_members
from lemma.data.document import Document
from lemma.errors import InputError
from lemma.params import Dataset, Prepare

OFFICIAL = "aclImdb_v1.tar.gz"
LABELLED, UNLABELLED = "aclImdb_v1.labelled.tar.gz", "aclImdb_v1.unsup.tar.gz"
CLASSES = {"neg": "negative", "pos": "positive"}
_REVIEW = re.compile(r"aclImdb/(train|test)/(neg|pos)/(\d+)_\d+\.txt")
_OTHER = re.compile(r"aclImdb/train/unsup/\d+_\d+\.txt")
_FILMS = re.compile(r"aclImdb/(train|test)/urls_(neg|pos)\.txt")
_FILM = re.compile(rb"/title/(tt\d+)")


def imdb(source: Path, _: Dataset, __: Prepare) -> Iterator[Document]:
    """Yield the 50,000 labelled reviews."""
    reviews: dict[str, bytes] = {}
    addresses: dict[tuple[str, str], list[bytes]] = {}
    for name, content in _members(source, LABELLED, _REVIEW, _FILMS):
        if found := _FILMS.fullmatch(name):
            addresses[found[1], found[2]] = content.split(b"\n")
        else:
            reviews[name] = content
    for name in sorted(reviews):
        part, sign, number = _REVIEW.fullmatch(name).groups()  # type: ignore[union-attr]
        where = f"{source}: {name}"
        film = _FILM.search(b"".join(addresses.get((part, sign), [])[int(number) : int(number) + 1]))
        if film is None:
            raise InputError(f"{where}: aclImdb/{part}/urls_{sign}.txt does not list its film.", "Download it again.")
        yield Document(guarded(where, reviews[name].decode), CLASSES[sign], part, where, film[1].decode())


def unlabelled(source: Path) -> Iterator[str]:
    """Yield the 50,000 reviews without a label."""
    reviews = dict(_members(source, UNLABELLED, _OTHER))
    for name in sorted(reviews):
        yield guarded(f"{source}: {name}", reviews[name].decode)


def digests(archive: Path) -> set[str]:
    """Return one digest of the labelled and one of the unlabelled reviews of an archive, where it has any."""
    hashes: dict[re.Pattern[str], dict[str, str]] = {_REVIEW: {}, _OTHER: {}}
    with archive.open("rb") as stream:
        for name, content in tar_members(stream, str(archive)):
            for pattern, held in hashes.items():
                if pattern.fullmatch(name):
                    held[name] = hashlib.sha256(content()).hexdigest()
    return {digest(held) for held in hashes.values() if held}


def _members(source: Path, packing: str, *wanted: re.Pattern[str]) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the wanted members of the official archive or, where that is not, of `packing`."""
    with open_zip(source, str(source)) as outer:
        name = OFFICIAL if OFFICIAL in outer.namelist() else packing
        place = f"{source}: {name}"
        with guarded(place, outer.open, name) as stream:
            for member, content in tar_members(stream, place):
                if any(pattern.fullmatch(member) for pattern in wanted):
                    yield member, content()
