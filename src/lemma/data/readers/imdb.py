"""Reader of the Large Movie Review Dataset (Maas et al., 2011): the official archive, or its members in two archives.

Reviews are sorted by name, whatever their order in the archive. The film of a review, by which the dev split is drawn,
is read from the list of addresses beside its folder, at the line with the number of the review.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from lemma.data.readers.document import Document
from lemma.data.sources.archives import guard, hash_members, open_zip, read_tar_members
from lemma.errors import InputError
from lemma.params import Dataset, Prepare

OFFICIAL = "aclImdb_v1.tar.gz"
LABELLED, UNLABELLED = "aclImdb_v1.labelled.tar.gz", "aclImdb_v1.unsup.tar.gz"
CLASSES = {"neg": "negative", "pos": "positive"}
_LABELLED = re.compile(r"aclImdb/(train|test)/(neg|pos)/(\d+)_\d+\.txt")
_UNLABELLED = re.compile(r"aclImdb/train/unsup/\d+_\d+\.txt")
_ADDRESSES = re.compile(r"aclImdb/(train|test)/urls_(neg|pos)\.txt")
_FILM = re.compile(rb"/title/(tt\d+)")


def read_imdb(source: Path, _: Dataset, __: Prepare) -> Iterator[Document]:
    """Yield the 50,000 labelled reviews."""
    reviews: dict[str, bytes] = {}
    addresses: dict[tuple[str, str], list[bytes]] = {}
    for name, content in _read_members(source, LABELLED, _LABELLED, _ADDRESSES):
        if match := _ADDRESSES.fullmatch(name):
            addresses[match[1], match[2]] = content.split(b"\n")
        else:
            reviews[name] = content
    for name in sorted(reviews):
        split, sign, number = _LABELLED.fullmatch(name).groups()  # type: ignore[union-attr]
        location = f"{source}: {name}"
        film = _FILM.search(b"".join(addresses.get((split, sign), [])[int(number) : int(number) + 1]))
        if film is None:
            raise InputError(f"{location}: aclImdb/{split}/urls_{sign}.txt lacks its film.", "Download it again.")
        yield Document(guard(location, reviews[name].decode), CLASSES[sign], split, location, film[1].decode())


def read_unlabelled(source: Path) -> Iterator[str]:
    """Yield the 50,000 reviews without a label."""
    reviews = dict(_read_members(source, UNLABELLED, _UNLABELLED))
    for name in sorted(reviews):
        yield guard(f"{source}: {name}", reviews[name].decode)


def hash_reviews(archive: Path) -> set[str]:
    """Return the digest of the labelled reviews and that of the unlabelled reviews of an archive, if it has any."""
    hashes: dict[re.Pattern[str], dict[str, str]] = {_LABELLED: {}, _UNLABELLED: {}}
    with archive.open("rb") as stream:
        for name, read in read_tar_members(stream, str(archive)):
            for pattern, hash_of in hashes.items():
                if pattern.fullmatch(name):
                    hash_of[name] = hashlib.sha256(read()).hexdigest()
    return {hash_members(hash_of) for hash_of in hashes.values() if hash_of}


def _read_members(source: Path, alternative: str, *patterns: re.Pattern[str]) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of matching members of the official archive or, without that, of `alternative`."""
    with open_zip(source, str(source)) as outer:
        name = OFFICIAL if OFFICIAL in outer.namelist() else alternative
        location = f"{source}: {name}"
        with guard(location, outer.open, name) as stream:
            for member, read in read_tar_members(stream, location):
                if any(pattern.fullmatch(member) for pattern in patterns):
                    yield member, read()
