"""The data sets lemma knows: their files, checksums, addresses, terms and quirks.

Adding a set is one entry here, and a reader in `readers` when its form is new.
"""

from dataclasses import dataclass, field

from lemma.errors import choose


@dataclass(frozen=True)
class File:
    """A published file.

    `name` is its path below a mirror; `addresses` are tried in order after the mirror.
    """

    name: str
    bytes: int
    sha256: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A catalogued data set.

    `tokenized`: words are already set apart by spaces. `official`: the files fix train, dev and test.
    """

    title: str
    files: tuple[File, ...]
    reader: str
    source: str
    licence: str
    citation: str
    tokenized: bool = True
    official: bool = True
    demonstration: bool = False
    encoding: str = "utf-8"
    steps: tuple[tuple[str, str, str], ...] = field(default=())


CATALOG = {
    "sample": Entry(
        title="Short reviews of films, hotels, restaurants and gadgets, positive or negative",
        files=(
            File(
                "sample/sample.jsonl",
                bytes=240092,
                sha256="2b4a755d5ad7ed0d8602c0b0e507a35509926f7bf93c2e58b41f48ec4be4820a",
            ),
        ),
        reader="table",
        source="written for this project; see resources/sample/README.md",
        licence="CC0 1.0",
        citation="none needed",
        tokenized=False,
        official=False,
        demonstration=True,
    ),
    "sst2": Entry(
        title="Sentences of film reviews, positive or negative (Stanford Sentiment Treebank, two classes)",
        files=(
            File(
                "sst/trainDevTestTrees_PTB.zip",
                bytes=789539,
                sha256="5c613a4f673fc74097d523a2c83f38e0cc462984d847b82c7aaf36b01cbbbfcc",
                addresses=("https://nlp.stanford.edu/sentiment/trainDevTestTrees_PTB.zip",),
            ),
        ),
        reader="sst2",
        source="https://nlp.stanford.edu/sentiment/",
        licence="none stated; the project page asks for citation",
        citation="Socher et al. (2013). Recursive Deep Models for Semantic Compositionality Over a Sentiment "
        "Treebank. EMNLP.",
        steps=(
            ("join the leaves of a tree", "(3 (2 Worth) (3 watching))", "Worth watching"),
            ("bring back escaped brackets and slashes", "-LRB- 1\\/2 -RRB-", "( 1/2 )"),
            ("labels 0, 1 negative; 3, 4 positive; 2 left out", "4", "positive"),
        ),
    ),
    "rt-polarity": Entry(
        title="Sentences of film reviews, positive or negative (sentence polarity data set v1.0)",
        files=(
            File(
                "rt-polarity/rt-polaritydata.tar.gz",
                bytes=487770,
                sha256="a05befe52aafda71d458d188a1c54506a998b1308613ba76bbda2e5029409ce9",
                addresses=("http://www.cs.cornell.edu/people/pabo/movie-review-data/rt-polaritydata.tar.gz",),
            ),
        ),
        reader="rt_polarity",
        source="http://www.cs.cornell.edu/people/pabo/movie-review-data/",
        licence="none stated; the archive asks for citation",
        citation="Pang and Lee (2005). Seeing stars: Exploiting class relationships for sentiment categorization with "
        "respect to rating scales. ACL.",
        official=False,
        encoding="cp1252",
        steps=(("decode cp1252", "caf\\xe9 \\x97 a comedy", "café — a comedy"),),
    ),
}


def find(dataset: str, own: list[str]) -> Entry:
    """Return the entry of a catalogued set.

    Raises:
        InputError: the name is neither catalogued nor among the user's `own` sets; the valid names are listed.
    """
    if dataset not in CATALOG:
        raise choose("dataset", dataset, list(dict.fromkeys([*CATALOG, *own])))
    return CATALOG[dataset]
