"""The sentence polarity data set v1.0 (Pang & Lee 2005)."""

from collections.abc import Iterator
from pathlib import Path

from lemma.data.archives import guarded, open_zip, tar_members
from lemma.data.document import Document
from lemma.errors import InputError
from lemma.params import Dataset, Prepare

ARCHIVE = "rt-polaritydata.tar.gz"
CLASSES = {"rt-polaritydata/rt-polarity.neg": "negative", "rt-polaritydata/rt-polarity.pos": "positive"}


def rt_polarity(source: Path, _: Dataset, __: Prepare) -> Iterator[Document]:
    """Yield the sentences, negative ones first."""
    place = f"{source}: {ARCHIVE}"
    with open_zip(source, str(source)) as outer, guarded(place, outer.open, ARCHIVE) as stream:
        held = {name: content() for name, content in tar_members(stream, place) if name in CLASSES}
    for name, label in CLASSES.items():
        if name not in held:
            raise InputError(f"{place} holds no {name}.", "This is not the published file: download it again.")
        # Bytes are split before decoding: 0x85 becomes a character that str.splitlines takes for a line end.
        for number, line in enumerate(held[name].split(b"\n"), start=1):
            where = f"{place}: {name}, line {number}"
            if text := guarded(where, line.decode, "cp1252").strip():
                yield Document(text, label, None, where)
