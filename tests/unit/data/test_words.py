"""Words: white space parts them exactly, English is parted as its corpora are, and no sign is lost."""

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
SIGNS = "aAnNtTsSdDé5.,:;'’\"-/@#<>&$[()]*` \u0301\u200d\u00a0\x85👩"
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.text(SIGNS)
hows = st.builds(TokenizerConfig, *[st.booleans()] * 7)


def normal(text: str) -> str:
    """Return the text in NFC, with a space for each control character."""
    return unicodedata.normalize("NFC", "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text))


@FAIR
@given(texts)
@example("two \u00a0no-break\u2003and\u3000wide\x85spaces, don't (touch) the-rest .")
@example("con\x00trol\x1c\x96characters\u2028and lines")
def test_words_set_apart_by_spaces_are_those_of_str_split(text: str) -> None:
    assert tokenize_text(text, PLAIN) == normal(text).split()


@pytest.mark.parametrize("how", [RAW, WHOLE], ids=["apart", "whole"])
@FAIR
@given(text=texts)
@example(text="Don’t—stop...  \u200b\u0301 5/5 👩‍👩‍👧 http://a.b/c). née.")
def test_english_words_hold_every_sign_of_the_text_but_white_space(how: TokenizerConfig, text: str) -> None:
    found = tokenize_text(text, how)
    assert "".join(found) == "".join(normal(text).split())
    assert all(found)


@FAIR
@given(texts, hows)
@example("H\u0331 İI \u0345", ALL)
def test_words_joined_by_spaces_are_the_same_words_again(text: str, how: TokenizerConfig) -> None:
    found = tokenize_text(text, how)
    assert tokenize_text(" ".join(found), replace(how, tokenized=True)) == found
    assert tokenize_text(" ".join(found), how) == found


@FAIR
@given(st.lists(texts, max_size=5), hows)
def test_a_text_has_the_same_words_alone_and_among_others(held: list[str], how: TokenizerConfig) -> None:
    assert tokenize(held, how).to_pylist() == [tokenize_text(text, how) for text in held]
    assert tokenize(pa.array(["a b", *held, ""])[1:-1], how).to_pylist() == [tokenize_text(text, how) for text in held]


def test_the_dictionary_of_a_block_holds_each_of_its_words_once() -> None:
    found = tokenize_column(pa.array(["A film, a film.", "", "film"]), replace(RAW, lowercase=True))
    assert found.values.dictionary.to_pylist() == ["a", "film", ",", "."]
    assert found.values.indices.to_pylist() == [0, 1, 2, 0, 1, 3, 1]
    assert found.offsets.to_pylist() == [0, 6, 6, 7]


@pytest.mark.parametrize(
    ("text", "found"),
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
def test_english_is_parted_as_in_the_penn_treebank(text: str, found: str) -> None:
    assert tokenize_text(text, RAW) == found.split()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It's the films' end, isn't it?", "It's the films' end , isn't it ?"),
        ("'quoted' [a] $9 film's (yes)", "'quoted' [a] $9 film's ( yes )"),
    ],
)
def test_where_a_set_has_contractions_whole_its_raw_texts_have_them_whole(text: str, found: str) -> None:
    assert tokenize_text(text, WHOLE) == found.split()


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
def test_an_option_does_the_same_to_text_that_comes_tokenized_and_that_does_not(
    option: str, text: str, on: str, off: str | None, tokenized: bool
) -> None:
    how = replace(PLAIN, tokenized=tokenized)
    assert tokenize_text(text, replace(how, **{option: True}))[: len(on.split())] == on.split()
    if tokenized:
        assert tokenize_text(text, how) == (off or text).split()


def test_composed_and_decomposed_letters_are_one_word() -> None:
    assert tokenize_text("cafe\u0301", PLAIN) == tokenize_text("caf\u00e9", PLAIN) == ["caf\u00e9"]
    lower = replace(PLAIN, lowercase=True)
    assert tokenize_text("H\u0331", lower) == tokenize_text("h\u0331", lower) == tokenize_text("\u1e96", lower)


def test_the_splitting_is_what_the_parameters_say() -> None:
    asked = Tokenize(lowercase=True, numbers=False, users=True, links=False, breaks=True, shards=[0], subwords=None)
    how = TokenizerConfig.from_params(asked, tokenized=True)
    assert [getattr(how, option) for option in OPTIONS] == [True, False, True, False, True]
    assert how.tokenized
    assert how.for_raw_text() == replace(how, tokenized=False)


def test_contractions_are_whole_where_more_of_the_words_met_have_them_whole() -> None:
    held = pa.array(["n't", "don't", "'s", "it’s", "the", "s"])
    assert has_separate_contractions(held, np.array([5, 1, 5, 9, 100, 100]))
    assert not has_separate_contractions(held, np.array([5, 2, 5, 9, 100, 100]))
    assert has_separate_contractions(held[4:], np.array([1, 1]))


def test_a_tokenizer_comes_back_from_its_file(tmp_path: Path) -> None:
    own = Tokenizer(replace(ALL, contractions=False), ["the", "naïve", '"', "\\", "\u200b"])
    files.write_json(tmp_path / "tokenizer.json", own.to_json())
    assert read_tokenizer(tmp_path / "tokenizer.json") == own


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
def test_json_that_holds_no_tokenizer_is_refused_by_name(value: object, tmp_path: Path) -> None:
    files.write_json(tmp_path / "tokenizer.json", value)
    with pytest.raises(InputError, match=r"tokenizer\.json is damaged: it is no tokenizer"):
        read_tokenizer(tmp_path / "tokenizer.json")


BRACKETS = {"-LRB-": "(", "-RRB-": ")"}


def treebank() -> list[str]:
    """Return the sentences of the Stanford Sentiment Treebank as their tokens, escapes undone."""
    with zipfile.ZipFile(MIRROR / "sst" / "trainDevTestTrees_PTB.zip") as archive:
        trees = [line for name in archive.namelist() if name.endswith(".txt") for line in archive.open(name)]
    leaves = [re.findall(r" ([^ ()]+)\)", tree.decode()) for tree in trees]
    return [" ".join(BRACKETS.get(leaf, leaf.replace("\\", "")) for leaf in tree) for tree in leaves]


def reviews() -> list[str]:
    """Return the sentences of rt-polarity."""
    with tarfile.open(MIRROR / "rt-polarity" / "rt-polaritydata.tar.gz") as archive:
        held = [archive.extractfile(name) for name in archive.getnames() if name.endswith((".neg", ".pos"))]
        return [line.decode("cp1252") for file in held if file for line in file.read().split(b"\n")]


@pytest.mark.skipif(not (MIRROR / "sst").is_dir(), reason="LEMMA_MIRROR names no folder with the real files")
@pytest.mark.parametrize(
    ("sentences", "contractions"), [(treebank, True), (reviews, False)], ids=["sst", "rt-polarity"]
)
def test_the_boundaries_give_the_tokens_of_real_sets_back(sentences: object, contractions: bool) -> None:
    held = sentences()  # type: ignore[operator]
    own = replace(PLAIN, lowercase=True)
    tokens = tokenize(held, own)
    flat = tokens.values.value_counts()
    assert has_separate_contractions(flat.field("values"), flat.field("counts").to_numpy()) is contractions
    again = tokenize(held, replace(own.for_raw_text(), contractions=contractions))
    kept = total = 0
    for one, other in zip(tokens.to_pylist(), again.to_pylist()):
        ends = [set(zip(np.cumsum([0, *map(len, found)]), np.cumsum([*map(len, found)]))) for found in (one, other)]
        kept += len(ends[0] & ends[1])
        total += len(ends[0])
    assert total > 200_000
    assert kept / total > 0.999
