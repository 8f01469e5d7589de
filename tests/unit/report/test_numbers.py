import pytest

from lemma.report.numbers import number, percent, plain, probability, reading, signed


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (81.349, "%", "81.3"),
        (1234567, "documents", "1,234,567"),
        (0.0312, "s", "0.03"),
        (12.34, "s", "12.3"),
        (1234.5, "s", "1,234"),
        (95.0, "% of intervals", "95"),
        (-2.04, "points", "−2.0"),
        (None, "%", "–"),
        (float("nan"), "%", "–"),
    ],
)
def test_a_number_is_printed_by_its_unit(value: float | None, unit: str, text: str) -> None:
    assert number(value, unit, 5, "metrics.json")["text"] == text


def test_a_difference_that_rounds_to_nothing_has_no_sign() -> None:
    assert [signed(value) for value in (0.04, -0.04, 0.06, -0.06)] == ["0.0", "0.0", "+0.1", "−0.1"]


def test_a_p_value_is_never_printed_as_zero() -> None:
    printed = [probability(p) for p in (1e-9, 1 / 10001, 0.00123, 0.042, 0.5, 1.0)]
    assert printed == ["< 0.0001", "0.0001", "0.0012", "0.042", "0.50", "1.00"]


def test_the_spread_of_one_run_is_not_printed() -> None:
    leaf = {"mean": 0.8, "std": None, "low": None, "high": None}
    assert reading(percent(leaf, 1, "metrics.json")) == "80.0\u00a0%"
    assert reading(percent({**leaf, "std": 0.01}, 5, "metrics.json")) == "80.0\u00a0±\u00a01.0\u00a0%"


def test_a_text_of_the_data_becomes_one_printable_line() -> None:
    assert plain("a\tb\n\nc\x07\u202e\x00") == r"a b c\u0007\u202e\u0000"


def test_a_long_text_is_cut_between_words_and_one_without_spaces_anywhere() -> None:
    assert plain("lemma " * 100, 40) == "lemma lemma lemma lemma lemma lemma …"
    assert plain("x" * 100, 40) == "x" * 40 + " …"


def test_a_duration_and_its_spread_have_the_same_decimals() -> None:
    assert reading(number(117.2, "s", 5, "model.zip", std=28.7)) == "117\u00a0±\u00a029\u00a0s"
    assert reading(number(0.9, "s", 5, "model.zip", std=1.5)) == "0.90\u00a0±\u00a01.50\u00a0s"
