from collections.abc import Callable

import numpy as np
import pytest

from lemma.report.numbers import (
    count,
    hundredth,
    number,
    over_runs,
    percent,
    plain,
    probability,
    reading,
    signed,
    spread,
    tenth,
    visible,
)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (81.349, "%", "81.3"),
        (1234567, "documents", "1,234,567"),
        (0.0312, "s", "0.03"),
        (12.34, "s", "12.3"),
        (1234.5, "s", "1,234"),
        (0.0, "s", "0.00"),
        (1.0, "s", "1.0"),
        (1.04, "s", "1.0"),
        (-0.5, "s", "−0.50"),
        (99.94, "s", "99.9"),
        (100.0, "s", "100"),
        (100.4, "s", "100"),
        (None, "s", "–"),
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


@pytest.mark.parametrize("form", [count, tenth, hundredth, signed, probability])
def test_what_is_not_defined_is_a_dash(form: Callable[[float | None], str]) -> None:
    assert {form(None), form(float("nan"))} == {"–"}


def test_a_number_has_a_minus_sign_and_commas_between_thousands() -> None:
    assert [count(-1234.4), tenth(-1.04), hundredth(-0.126)] == ["−1,234", "−1.0", "−0.13"]


def test_a_p_value_has_two_significant_digits_and_at_most_four_decimals() -> None:
    values = (0.00004, 0.00005, 0.00012, 0.00099, 0.001, 0.0994, 0.1, 0.104, 1.0)
    printed = ["< 0.0001", "0.0001", "0.0001", "0.0010", "0.001", "0.099", "0.10", "0.10", "1.00"]
    assert [probability(p) for p in values] == printed


def test_a_p_value_is_never_printed_as_zero() -> None:
    printed = [probability(p) for p in (1e-9, 1 / 10001, 0.00123, 0.042, 0.5, 1.0)]
    assert printed == ["< 0.0001", "0.0001", "0.0012", "0.042", "0.50", "1.00"]


def test_the_spread_of_one_run_is_not_printed() -> None:
    leaf = {"mean": 0.8, "std": None, "low": None, "high": None}
    assert reading(percent(leaf, 1, "metrics.json")) == "80.0\u00a0%"
    assert reading(percent({**leaf, "std": 0.01}, 5, "metrics.json")) == "80.0\u00a0±\u00a01.0\u00a0%"


def test_a_mean_over_runs_has_the_standard_deviation_of_several_runs() -> None:
    values = [80.0, 81.0, 83.0]
    mean = over_runs(values, "%", "metrics.json")
    assert (mean["value"], mean["n"]) == (pytest.approx(sum(values) / 3), 3)
    assert mean["std"] == pytest.approx(np.std(values, ddof=1))
    assert spread(mean) == "81.3\u00a0±\u00a01.5"
    assert spread(over_runs([80.0, 81.0], "%", "metrics.json")) == "80.5\u00a0±\u00a00.7"
    assert over_runs([80.0], "%", "metrics.json")["std"] is None


def test_a_spread_needs_several_runs_and_a_count_that_varies() -> None:
    def printed(unit: str, n: int, std: float) -> str | None:
        text: str | None = number(10.0, unit, n, "metrics.json", std=std)["spread"]
        return text

    assert [printed("%", runs, 2.0) for runs in (1, 2, 3)] == [None, "2.0", "2.0"]
    assert (printed("documents", 3, 0.0), printed("documents", 3, 2.0), printed("%", 3, 0.0)) == (None, "2", "0.0")


def test_an_interval_is_printed_if_it_has_both_ends() -> None:
    leaf: dict[str, float | None] = {"mean": 0.8, "std": 0.01, "low": 0.7512, "high": 0.8449}
    assert percent(leaf, 5, "metrics.json")["interval"] == "75.1 to 84.5"
    for end in ("low", "high"):
        assert "interval" not in percent({**leaf, end: None}, 5, "metrics.json")


def test_a_text_of_the_data_becomes_one_printable_line() -> None:
    assert plain("a\tb\n\nc\x07\u202e\x00") == r"a b c\u0007\u202e\u0000"


def test_a_long_text_is_cut_between_words_and_one_without_spaces_anywhere() -> None:
    assert plain("lemma " * 100, 40) == "lemma lemma lemma lemma lemma lemma …"
    assert plain("x" * 100, 40) == "x" * 40 + " …"
    assert (plain("x" * 40, 40), plain("x" * 280)) == ("x" * 40, "x" * 280)
    assert plain("x" * 281) == "x" * 280 + " …"


def test_a_long_text_is_cut_at_the_last_space_within_twenty_characters_of_the_limit() -> None:
    assert plain("x" * 30 + " " + "y" * 9 + " " + "z" * 20, 40) == "x" * 30 + " " + "y" * 9 + " …"
    assert plain("x" * 20 + " " + "y" * 40, 40) == "x" * 20 + " …"
    assert plain("x" * 19 + " " + "y" * 40, 40) == "x" * 19 + " " + "y" * 20 + " …"
    assert plain("x" * 30 + " " + "y" * 10 + " z" * 20, 40) == "x" * 30 + " …"
    assert plain("a " + "x" * 30, 21) == "a …"


def test_white_space_other_than_the_space_is_made_visible() -> None:
    assert visible("a\u00a0b c\t") == r"a\u00a0b c\u0009"


def test_a_duration_and_its_spread_have_the_same_decimals() -> None:
    assert reading(number(117.2, "s", 5, "model.zip", std=28.7)) == "117\u00a0±\u00a029\u00a0s"
    assert reading(number(0.9, "s", 5, "model.zip", std=1.5)) == "0.90\u00a0±\u00a01.50\u00a0s"
