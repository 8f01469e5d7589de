"""Errors have a message, a remedy and an exit code."""

import pytest

from lemma.errors import CheckError, ChecksumError, InputError, LemmaError, UnreachableError, choose


@pytest.mark.parametrize(
    ("kind", "code"), [(InputError, 2), (ChecksumError, 2), (UnreachableError, 2), (LemmaError, 2), (CheckError, 1)]
)
def test_bad_input_exits_with_2_and_a_failed_check_with_1(kind: type[LemmaError], code: int) -> None:
    assert kind("what").exit_code == code


@pytest.mark.parametrize("kind", [ChecksumError, UnreachableError])
def test_a_wrong_or_missing_file_is_bad_input(kind: type[LemmaError]) -> None:
    assert issubclass(kind, InputError)


def test_the_text_is_the_message_and_then_the_remedy() -> None:
    error = LemmaError("It broke.", "Fix it.")
    assert (error.what, error.fix, str(error)) == ("It broke.", "Fix it.", "It broke.\nFix it.")
    assert str(LemmaError("It broke.")) == "It broke."


def test_an_unknown_name_is_reported_with_the_valid_ones_and_the_most_similar() -> None:
    error = choose("model", "cn", ["majority", "cnn", "rnn"])
    assert (error.what, error.fix) == (
        "Unknown model 'cn'. Did you mean 'cnn'?",
        "Choose one of: majority, cnn, rnn.",
    )


def test_a_name_that_resembles_no_valid_one_gets_no_suggestion() -> None:
    assert choose("model", "transformer", ["cnn", "rnn"]).what == "Unknown model 'transformer'."
