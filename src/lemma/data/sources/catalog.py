"""The catalogue of data sets: their files, checksums, addresses, licences and special processing.

To add a data set, add an entry here, and a reader in `readers` if its file format is new.
"""

from dataclasses import dataclass, replace

from lemma.corpus.primary_metric import ACCURACY, DEFAULT, MACRO_RECALL
from lemma.corpus.splits import SPLITS
from lemma.errors import choose


@dataclass(frozen=True)
class File:
    """A published file.

    Attributes:
        name: path below a mirror.
        bytes: size.
        sha256: checksum.
        addresses: official addresses, tried in order after the mirrors.
    """

    name: str
    bytes: int
    sha256: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A catalogued data set.

    Attributes:
        title, source, licence, citation: for the report.
        files: published files.
        reader: key of `readers.READERS`.
        tokenized: tokens are already separated by spaces.
        splits: that the files have: train, dev and test; train and test; or none.
        classes: in their natural order; empty to sort them by name.
        metric: primary metric, that of the published results.
        demonstration: the data set shows the pipeline, and its scores mean nothing.
        encoding: of the texts.
        steps: processing by the reader: description, example before, example after.
        packing: names, below a mirror, of other archives with the same members, which have no fixed checksum.
        digests: hashes of the members, whichever archives they come in; see `archives.hash_members`.
    """

    title: str
    files: tuple[File, ...]
    reader: str
    source: str
    licence: str
    citation: str
    tokenized: bool = True
    splits: tuple[str, ...] = SPLITS
    classes: tuple[str, ...] = ()
    metric: str = ACCURACY
    demonstration: bool = False
    encoding: str = "utf-8"
    steps: tuple[tuple[str, str, str], ...] = ()
    packing: tuple[str, ...] = ()
    digests: frozenset[str] = frozenset()


_SST = Entry(
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
    citation="Socher et al. (2013). Recursive Deep Models for Semantic Compositionality Over a Sentiment Treebank. "
    "EMNLP.",
    steps=(
        ("join the leaves of a tree", "(3 (2 Worth) (3 watching))", "Worth watching"),
        ("unescape brackets and slashes", "-LRB- 1\\/2 -RRB-", "( 1/2 )"),
        ("map labels 0, 1 to negative and 3, 4 to positive; leave out 2", "4", "positive"),
    ),
)
_TWEETS = "https://raw.githubusercontent.com/cardiffnlp/tweeteval/main/datasets/sentiment"

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
        reader="own",
        source="written for this project; see resources/sample/README.md",
        licence="CC0 1.0",
        citation="none needed",
        tokenized=False,
        splits=(),
        demonstration=True,
    ),
    "sst2": _SST,
    "sst5": replace(
        _SST,
        title="Sentences of film reviews, very negative to very positive (Stanford Sentiment Treebank, five classes)",
        reader="sst5",
        classes=("very negative", "negative", "neutral", "positive", "very positive"),
        steps=(*_SST.steps[:2], ("name labels 0 to 4", "4", "very positive")),
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
        splits=(),
        encoding="cp1252",
        steps=(("decode cp1252", "caf\\xe9 \\x97 a comedy", "café — a comedy"),),
    ),
    "tweeteval": Entry(
        title="Tweets, negative, neutral or positive (TweetEval sentiment, SemEval-2017 task 4A)",
        files=tuple(
            File(f"tweeteval-sentiment/{name}", size, sha256, (f"{_TWEETS}/{name}",))
            for name, size, sha256 in (
                ("train_text.txt", 4970029, "368f01052ea6fd8ffc408a2a2e6ac9669e31542581a0396ef16591ea26eb98a6"),
                ("train_labels.txt", 91230, "122bfb1732fb6995b0e5c5f726c0ba457c469c3b6e60513007ce5037f23e65d4"),
                ("val_text.txt", 219137, "e5b021e6fc45064c260b09814b803d8f56cada519c4d952d72f43d48a350a964"),
                ("val_labels.txt", 4000, "b4566926c72e2e4e2916c864def94e76c4cdde52446af2c7ba4fc2006e057e51"),
                ("test_text.txt", 1156877, "09a93a55c63fd93f97485ef7302889d7edb4091cd49733aa37da094f0bfa0675"),
                ("test_labels.txt", 24568, "6afb4afe9374d1f983bcf9a7c79b108d0f37fdf020a83f30488309bed215db9d"),
            )
        ),
        reader="tweeteval",
        source="https://github.com/cardiffnlp/tweeteval",
        licence="released without restrictions of its own; the terms of the platform and of SemEval apply",
        citation="Barbieri et al. (2020). TweetEval: Unified Benchmark and Comparative Evaluation for Tweet "
        "Classification. Findings of EMNLP. Rosenthal et al. (2017). SemEval-2017 Task 4: Sentiment Analysis in "
        "Twitter. SemEval.",
        tokenized=False,
        classes=("negative", "neutral", "positive"),
        metric=MACRO_RECALL,
        steps=(("decode two escape sequences", "Can\\u2019t wait\\u002c Friday", "Can\u2019t wait, Friday"),),
    ),
    "imdb": Entry(
        title="Whole film reviews, positive or negative (Large Movie Review Dataset v1.0)",
        files=(
            File(
                "imdb/aclImdb_v1.tar.gz",
                bytes=84125825,
                sha256="c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
                addresses=("http://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",),
            ),
        ),
        reader="imdb",
        source="http://ai.stanford.edu/~amaas/data/sentiment/",
        licence="none stated; the README in the archive asks for citation",
        citation="Maas et al. (2011). Learning Word Vectors for Sentiment Analysis. ACL.",
        tokenized=False,
        splits=("train", "test"),
        steps=(("take the class from the folder: ratings 1-4 neg, 7-10 pos", "train/neg/0_3.txt", "negative"),),
        packing=("imdb/aclImdb_v1.labelled.tar.gz", "imdb/aclImdb_v1.unsup.tar.gz"),
        digests=frozenset(
            {
                "b155ae18c4016500d64b7ea091f3f04c4ea9e702ab3bdb2b4aa0effbd4da11c6",  # 50,000 labelled reviews
                "ead865c8590b3e71d09b461523ac8b17f96a19344e8334c84ee3103f32cf4276",  # 50,000 unlabelled ones
            }
        ),
    ),
    "trec": Entry(
        title="Questions by what they ask for: abbreviation, description, entity, human, location, number (TREC)",
        files=(
            File(
                "trec/train_5500.label",
                bytes=335858,
                sha256="9e4c8bdcaffb96ed61041bd64b564183d52793a8e91d84fc3a8646885f466ec3",
                addresses=("https://cogcomp.seas.upenn.edu/Data/QA/QC/train_5500.label",),
            ),
            File(
                "trec/TREC_10.label",
                bytes=23354,
                sha256="033f22c028c2bbba9ca682f68ffe204dc1aa6e1cf35dd6207f2d4ca67f0d0e8e",
                addresses=("https://cogcomp.seas.upenn.edu/Data/QA/QC/TREC_10.label",),
            ),
        ),
        reader="trec",
        source="https://cogcomp.seas.upenn.edu/Data/QA/QC/",
        licence="none stated",
        citation="Li and Roth (2002). Learning Question Classifiers. COLING.",
        splits=("train", "test"),
        classes=("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"),
        encoding="latin-1",
        steps=(("take the coarse class before the question", "NUM:dist How tall is it ?", "NUM"),),
    ),
}


def find_entry(dataset: str, own: list[str]) -> Entry:
    """Return the entry of a catalogued data set.

    Raises:
        InputError: the name is neither catalogued nor one of the user's `own` data sets; the valid names are listed.
    """
    if dataset not in CATALOG:
        raise choose("dataset", dataset, list(dict.fromkeys([*CATALOG, *own])))
    return CATALOG[dataset]


def get_primary_metric(dataset: str) -> str:
    """Return the primary metric of a data set: that of its published results, or the default for a user's own."""
    entry = CATALOG.get(dataset)
    return entry.metric if entry is not None else DEFAULT
