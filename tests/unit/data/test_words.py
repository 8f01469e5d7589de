import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lemma.data.words import UNKNOWN, splitter, splitting, words

FAIR = settings(derandomize=True, deadline=None, max_examples=150)
# Python takes the four separators of ASCII for white space, Unicode does not.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1c\x1d\x1e\x1f"))


@FAIR
@given(texts)
@example("two \u00a0no-break\u2003and\u3000wide\x85spaces, don't (touch) the-rest .")
@example(f"cafe\u0301 {UNKNOWN}")
def test_words_set_apart_by_spaces_are_those_of_str_split(text: str) -> None:
    assert words(splitter(tokenized=True, lowercase=False), text) == unicodedata.normalize("NFC", text).split()


@FAIR
@given(texts)
@example("Don’t—stop...  \u200b\u0301 5/5 👩‍👩‍👧")
def test_english_words_hold_every_sign_of_the_text_but_white_space(text: str) -> None:
    found = words(splitter(tokenized=False, lowercase=False), text)
    assert "".join(found) == "".join(unicodedata.normalize("NFC", text).split())
    assert all(found)


@pytest.mark.parametrize("tokenized", [True, False])
@FAIR
@given(text=texts)
def test_words_joined_by_spaces_are_the_same_words_again(tokenized: bool, text: str) -> None:
    own = splitter(tokenized, lowercase=True)
    if tokenized or "'" not in text:
        found = words(own, text)
        assert words(splitter(True, lowercase=False), " ".join(found)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I don't know", "I do n't know"),
        ("I don’t know", "I do n’t know"),
        ("You can't, won't and couldn't've", "You ca n't , wo n't and could n't 've"),
        ("I DON'T. IT'S Mine'S", "I DO N'T . IT 'S Mine 'S"),
        ("It's the film's", "It 's the film 's"),
        ("They're here; we've seen; I'd go; she'll stay; I'm off", None),
        ("'quoted' words", "' quoted ' words"),
        ("rock 'n' roll", "rock ' n ' roll"),
        ("an over-the-top, 1,280.50-dollar film.", "an over-the-top , 1,280.50-dollar film ."),
        ("Well... no!? (Yes.)", "Well ... no ! ? ( Yes . )"),
        ("a b\tc\nd\u00a0e", "a b c d e"),
        ("5/5 €20 & 100%", "5 / 5 € 20 & 100 %"),
        ("naïve café", "naïve café"),
        ("", ""),
    ],
)
def test_english_is_parted_as_in_the_penn_treebank(text: str, found: str | None) -> None:
    found = "They 're here ; we 've seen ; I 'd go ; she 'll stay ; I 'm off" if found is None else found
    assert words(splitter(tokenized=False, lowercase=False), text) == found.split()


@pytest.mark.parametrize("tokenized", [True, False])
def test_lower_case_is_folded_only_where_asked_for(tokenized: bool) -> None:
    assert words(splitter(tokenized, lowercase=True), "It WAS Éclair") == ["it", "was", "éclair"]
    assert words(splitter(tokenized, lowercase=False), "It WAS Éclair") == ["It", "WAS", "Éclair"]


def test_composed_and_decomposed_letters_are_one_word() -> None:
    own = splitter(tokenized=True, lowercase=False)
    assert words(own, "cafe\u0301") == words(own, "caf\u00e9") == ["caf\u00e9"]


def test_splitting_keeps_how_words_are_parted_and_forgets_which_there_were() -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel

    own = splitter(tokenized=False, lowercase=True)
    own.model = WordLevel({UNKNOWN: 0, "secret": 1}, unk_token=UNKNOWN)
    kept = Tokenizer.from_str(splitting(own))
    assert words(kept, "I DON'T know") == ["i", "do", "n't", "know"]
    assert kept.get_vocab() == {UNKNOWN: 0}
    assert own.get_vocab_size() == 2
