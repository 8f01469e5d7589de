"""Steps and examples are real texts, and the description of a step agrees with the tokenizer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma.corpus.tokenizer import OPTIONS, TokenizerConfig, tokenize_text
from lemma.report.dataset_facts import SHOWN, cut_excerpts
from lemma.report.preprocessing_examples import (
    ALWAYS,
    BAR,
    KEPT,
    MORE,
    PENN_TREEBANK,
    STEPS,
    select_examples,
    show_steps,
)

ALL = TokenizerConfig(False, **dict.fromkeys(OPTIONS, True))
NONE = TokenizerConfig(True, **dict.fromkeys(OPTIONS, False))
ODD = "Wait,<br />there is  MORE at http://example.org, says @one in 1999; a caf\u00e9 or cafe\u0301 \x85"


def test_each_option_is_shown_on_a_text_that_it_changes() -> None:
    steps = show_steps([("nothing to see", 0), (ODD, 0)], ALL)
    assert [step["step"] for step in steps] == [ALWAYS, *STEPS.values(), PENN_TREEBANK]
    assert all(step["before"] != step["after"] for step in steps)
    by_step = {step["step"]: step["after"] for step in steps}
    for name, wanted in (
        ("breaks", "Wait, there"),
        ("links", "<link>"),
        ("users", "@user"),
        ("numbers", "<number>"),
        ("lowercase", "more"),
    ):
        assert wanted in by_step[STEPS[name]]


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_that_is_off_or_changes_nothing_is_not_shown(name: str) -> None:
    off = TokenizerConfig(False, **{other: other != name for other in OPTIONS})
    assert STEPS[name] not in [step["step"] for step in show_steps([(ODD, 0)], off)]
    assert STEPS[name] not in [step["step"] for step in show_steps([("a plain text", 0)], ALL)]


@pytest.mark.parametrize("how", [ALL, NONE])
@given(texts=st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=4))
def test_the_last_step_gives_the_tokens_of_the_text(how: TokenizerConfig, texts: list[str]) -> None:
    last = show_steps([(text, 0) for text in texts], how)[-1]
    assert last["after"] in [BAR.join(tokenize_text(text, how)) for text in texts]


def test_a_text_without_spaces_is_cut() -> None:
    last = show_steps([("字" * 5000, 0)], ALL)[-1]
    assert len(last["after"]) < 500


classes_of = st.lists(st.tuples(st.text(min_size=1, max_size=400), st.integers(0, 49)), min_size=1, max_size=30)


@given(classes_of)
def test_examples_are_texts_of_their_class_and_at_most_six(texts: list[tuple[str, int]]) -> None:
    names = [f"class {number}" for number in range(50)]
    selected = select_examples(texts, names)
    assert 1 <= len(selected) <= 6
    assert len({example["label"] for example in selected}) == len(selected)
    for example in selected:
        assert any(
            names[label] == example["label"] and (text == example["text"] or text[:KEPT] + MORE == example["text"])
            for text, label in texts
        )


@pytest.mark.parametrize(("classes", "each"), [(2, 2), (3, 2), (6, 1), (7, 1)])
def test_few_classes_have_two_examples_each(classes: int, each: int) -> None:
    texts: Any = [(f"a text of some forty characters, number {n}", n % classes) for n in range(40)]
    selected = select_examples(texts, [str(n) for n in range(classes)])
    assert len(selected) == min(6, each * classes)
    assert [example["label"] for example in selected] == sorted(example["label"] for example in selected)


def test_a_text_that_is_easy_to_read_comes_before_a_short_and_a_long_one() -> None:
    easy = "a sentence of about fifty characters, to be read"
    assert select_examples([("short", 0), ("long " * 100, 0), (easy, 0)], ["a", "b"])[0]["text"] == easy


def test_an_excerpt_shows_the_first_change_of_a_step() -> None:
    before, after = cut_excerpts("so " * 40 + "8\\u00a01/2 hours", "so " * 40 + "8 1/2 hours")
    assert (before[-16:], after[-11:]) == ("8\\u00a01/2 hours", "8 1/2 hours")
    assert max(map(len, (before, after))) <= SHOWN + 2
    assert cut_excerpts("A Film", "a film") == ("A Film", "a film")
