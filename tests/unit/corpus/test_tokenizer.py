"""The tokenizer: white space, the token boundaries of English corpora, and the options of params.yaml."""

import re
import tarfile
import unicodedata
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lemma import files
from lemma.corpus.tokenizer import (
    OPTIONS,
    Tokenizer,
    TokenizerConfig,
    has_separate_contractions,
    read_tokenizer,
    tokenize,
    tokenize_column,
    tokenize_text,
)
from lemma.errors import InputError
from lemma.params import Tokenize
from tests.unit.data.mirror import MIRROR

FAIR = settings(derandomize=True, max_examples=60)
PLAIN = TokenizerConfig(tokenized=True, lowercase=False, numbers=False, users=False, links=False, breaks=False)
RAW = PLAIN.for_raw_text()
WHOLE = replace(RAW, contractions=False)
ALL = replace(PLAIN, lowercase=True, numbers=True, users=True, links=True, breaks=True)
CHARACTERS = "aAnNtTsSdDé5.,:;'’\"-/@#<>&$[()]*` \u0301\u200d\u00a0\x85👩"
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.text(CHARACTERS)
configs = st.builds(TokenizerConfig, *[st.booleans()] * 7)


def normalise(text: str) -> str:
    """Return the text in NFC, with a space for each control character."""
    return unicodedata.normalize(
        "NFC", "".join(" " if unicodedata.category(character) == "Cc" else character for character in text)
    )


@FAIR
@given(texts)
@example("two \u00a0no-break\u2003and\u3000wide\x85spaces, don't (touch) the-rest .")
@example("con\x00trol\x1c\x96characters\u2028and lines")
def test_tokenized_text_is_split_like_str_split(text: str) -> None:
    assert tokenize_text(text, PLAIN) == normalise(text).split()


@pytest.mark.parametrize("config", [RAW, WHOLE], ids=["apart", "whole"])
@FAIR
@given(text=texts)
@example(text="Don’t—stop...  \u200b\u0301 5/5 👩‍👩‍👧 http://a.b/c). née.")
def test_tokens_contain_every_character_of_the_text_except_white_space(config: TokenizerConfig, text: str) -> None:
    tokens = tokenize_text(text, config)
    assert "".join(tokens) == "".join(normalise(text).split())
    assert all(tokens)


@FAIR
@given(texts, configs)
@example("H\u0331 İI \u0345", ALL)
def test_tokens_joined_by_spaces_give_the_same_tokens(text: str, config: TokenizerConfig) -> None:
    tokens = tokenize_text(text, config)
    assert tokenize_text(" ".join(tokens), replace(config, tokenized=True)) == tokens
    assert tokenize_text(" ".join(tokens), config) == tokens


@FAIR
@given(st.lists(texts, max_size=5), configs)
def test_a_text_has_the_same_tokens_alone_and_in_a_column(column: list[str], config: TokenizerConfig) -> None:
    assert tokenize(column, config).to_pylist() == [tokenize_text(text, config) for text in column]
    assert tokenize(pa.array(["a b", *column, ""])[1:-1], config).to_pylist() == [
        tokenize_text(text, config) for text in column
    ]


def test_the_dictionary_of_a_column_contains_each_token_once() -> None:
    tokens = tokenize_column(pa.array(["A film, a film.", "", "film"]), replace(RAW, lowercase=True))
    assert tokens.values.dictionary.to_pylist() == ["a", "film", ",", "."]
    assert tokens.values.indices.to_pylist() == [0, 1, 2, 0, 1, 3, 1]
    assert tokens.offsets.to_pylist() == [0, 6, 6, 7]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("I don't know", "I do n't know"),
        ("I don’t know", "I do n’t know"),
        ("You can't, won't and couldn't've", "You ca n't , wo n't and could n't 've"),
        ("I DON'T. IT'S Mine'S", "I DO N'T . IT 'S Mine 'S"),
        ("It's the film's, the films'", "It 's the film 's , the films '"),
        ("They're here; we've seen; I'd go", "They 're here ; we 've seen ; I 'd go"),
        ("she'll stay; I'm off", "she 'll stay ; I 'm off"),
        ("'quoted' words", "' quoted ' words"),
        ("rock 'n' roll of the '70s: get 'em", "rock 'n' roll of the '70s : get 'em"),
        ("o'clock, O’Neill, c'mon", "o'clock , O’Neill , c'mon"),
        ("an over-the-top, 1,280.50-dollar film.", "an over-the-top , 1,280.50-dollar film ."),
        ("a writer/director of R&B at 7:30", "a writer/director of R&B at 7:30"),
        ("one--two - three", "one -- two - three"),
        ("Well... no!? (Yes.)", "Well ... no ! ? ( Yes . )"),
        ("the U.S. and J. R. with Mr. X., i.e. them", "the U.S. and J. R. with Mr. X. , i.e. them"),
        ("am I. a grade of A.", "am I . a grade of A ."),
        ("the end.The start,then", "the end . The start , then"),
        ("a b\tc\nd\u00a0e", "a b c d e"),
        ("5/5 €20 & 100%", "5/5 € 20 & 100 %"),
        ("naïve café, née. Ça", "naïve café , née . Ça"),
        ("good :) bad:-( worse :(( love <3", "good :) bad :-( worse :(( love <3"),
        ("#tag! @user: x@y.com foo.com.", "#tag ! @user : x@y.com foo.com ."),
        ("(http://a.b/c?d=1). www.x.org/y,", "( http://a.b/c?d=1 ) . www.x.org/y ,"),
        ("<link>, <number>-year-old", "<link> , <number>-year-old"),
        ("👍🏽👍 👩‍👩‍👧!", "👍🏽 👍 👩‍👩‍👧 !"),
        ("``so'' ** it", "`` so '' ** it"),
        ("", ""),
    ],
)
def test_english_is_tokenized_like_the_penn_treebank(text: str, tokens: str) -> None:
    assert tokenize_text(text, RAW) == tokens.split()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("It's the films' end, isn't it?", "It's the films' end , isn't it ?"),
        ("'quoted' [a] $9 film's (yes)", "'quoted' [a] $9 film's ( yes )"),
    ],
)
def test_raw_text_keeps_contractions_whole_if_the_data_set_does(text: str, tokens: str) -> None:
    assert tokenize_text(text, WHOLE) == tokens.split()


@pytest.mark.parametrize("tokenized", [True, False])
@pytest.mark.parametrize(
    ("option", "text", "on", "off"),
    [
        ("lowercase", "It WAS Éclair İ", "it was éclair i", "It WAS Éclair İ"),
        ("numbers", "3 of 1,000.5 in 1/2 .5 mp3 3rd no.5", "<number> of <number> in <number> <number> mp3 3rd", None),
        ("users", "@joe and @user @Zoë x@y.com @ home", "@user and @user @user x@y.com @ home", None),
        ("links", "see http://a.b/c?d or HTTPS://x or www.y.z", "see <link> or <link> or <link>", None),
        ("breaks", "one<br />two<BR>three<br/><br  />four", "one two three four", None),
    ],
)
def test_an_option_applies_to_tokenized_and_to_raw_text(
    option: str, text: str, on: str, off: str | None, tokenized: bool
) -> None:
    config = replace(PLAIN, tokenized=tokenized)
    assert tokenize_text(text, replace(config, **{option: True}))[: len(on.split())] == on.split()
    if tokenized:
        assert tokenize_text(text, config) == (off or text).split()


def test_composed_and_decomposed_characters_give_the_same_token() -> None:
    assert tokenize_text("cafe\u0301", PLAIN) == tokenize_text("caf\u00e9", PLAIN) == ["caf\u00e9"]
    lower = replace(PLAIN, lowercase=True)
    assert tokenize_text("H\u0331", lower) == tokenize_text("h\u0331", lower) == tokenize_text("\u1e96", lower)


def test_the_configuration_follows_the_parameters() -> None:
    section = Tokenize(lowercase=True, numbers=False, users=True, links=False, breaks=True, shards=[0], subwords=None)
    config = TokenizerConfig.from_params(section, tokenized=True)
    assert [getattr(config, option) for option in OPTIONS] == [True, False, True, False, True]
    assert config.tokenized
    assert config.for_raw_text() == replace(config, tokenized=False)


def test_contractions_are_separate_if_more_occurrences_are_separate_than_whole() -> None:
    tokens = pa.array(["n't", "don't", "'s", "it’s", "the", "s"])
    assert has_separate_contractions(tokens, np.array([5, 1, 5, 9, 100, 100]))
    assert not has_separate_contractions(tokens, np.array([5, 2, 5, 9, 100, 100]))
    assert has_separate_contractions(tokens[4:], np.array([1, 1]))


def test_a_tokenizer_is_read_as_it_was_written(tmp_path: Path) -> None:
    tokenizer = Tokenizer(replace(ALL, contractions=False), ["the", "naïve", '"', "\\", "\u200b"])
    files.write_json(tmp_path / "tokenizer.json", tokenizer.to_json())
    assert read_tokenizer(tmp_path / "tokenizer.json") == tokenizer


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"config": {}, "tokens": []},
        {"config": asdict(PLAIN) | {"more": True}, "tokens": []},
        {"config": asdict(PLAIN) | {"tokenized": "yes"}, "tokens": []},
        {"config": asdict(PLAIN), "tokens": [1]},
        {"config": asdict(PLAIN), "tokens": "word"},
        {"config": asdict(PLAIN)},
    ],
)
def test_json_without_a_tokenizer_is_an_error_that_names_the_file(value: object, tmp_path: Path) -> None:
    files.write_json(tmp_path / "tokenizer.json", value)
    with pytest.raises(InputError, match=r"tokenizer\.json is damaged: it is no tokenizer"):
        read_tokenizer(tmp_path / "tokenizer.json")


BRACKETS = {"-LRB-": "(", "-RRB-": ")"}


def treebank() -> list[str]:
    """Return the sentences of the Stanford Sentiment Treebank as tokens separated by spaces, without escapes."""
    with zipfile.ZipFile(MIRROR / "sst" / "trainDevTestTrees_PTB.zip") as archive:
        trees = [line for name in archive.namelist() if name.endswith(".txt") for line in archive.open(name)]
    leaves = [re.findall(r" ([^ ()]+)\)", tree.decode()) for tree in trees]
    return [" ".join(BRACKETS.get(leaf, leaf.replace("\\", "")) for leaf in tree) for tree in leaves]


def reviews() -> list[str]:
    """Return the sentences of rt-polarity."""
    with tarfile.open(MIRROR / "rt-polarity" / "rt-polaritydata.tar.gz") as archive:
        members = [archive.extractfile(name) for name in archive.getnames() if name.endswith((".neg", ".pos"))]
        return [line.decode("cp1252") for file in members if file for line in file.read().split(b"\n")]


@pytest.mark.skipif(not (MIRROR / "sst").is_dir(), reason="LEMMA_MIRROR is no folder with the published files")
@pytest.mark.parametrize(
    ("sentences", "contractions"), [(treebank, True), (reviews, False)], ids=["sst", "rt-polarity"]
)
def test_raw_text_of_published_data_sets_gets_their_tokens(sentences: object, contractions: bool) -> None:
    texts = sentences()  # type: ignore[operator]
    config = replace(PLAIN, lowercase=True)
    tokens = tokenize(texts, config)
    counts = tokens.values.value_counts()
    assert has_separate_contractions(counts.field("values"), counts.field("counts").to_numpy()) is contractions
    retokenized = tokenize(texts, replace(config.for_raw_text(), contractions=contractions))
    kept = total = 0
    for pair in zip(tokens.to_pylist(), retokenized.to_pylist()):
        published, own = (set(zip(np.cumsum([0, *map(len, text)]), np.cumsum([*map(len, text)]))) for text in pair)
        kept += len(published & own)
        total += len(published)
    assert total > 200_000
    assert kept / total > 0.999
