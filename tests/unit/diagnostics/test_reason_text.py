"""Contracts of the sentences of `lemma why`."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma.diagnostics.reason_text import format_reason, list_changes
from lemma.diagnostics.snakemake_graph import _list_causes

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(value=VALUES)
def test_equal_values_have_no_changes(value: Any) -> None:
    assert list_changes(value, value) == []


@given(old=VALUES, new=VALUES)
def test_a_change_and_its_reversal_name_the_same_keys(old: Any, new: Any) -> None:
    def keys(lines: list[str]) -> list[str]:
        return sorted(line.split(" is now ")[0] for line in lines)

    assert keys(list_changes(old, new)) == keys(list_changes(new, old))
    assert bool(list_changes(old, new)) == (old != new)


def test_a_change_is_given_by_key_with_both_values() -> None:
    old = {"models.cnn": {"dropout": 0.5, "filters": 4}, "train": {"device": None}}
    new = {"models.cnn": {"dropout": 0.25, "filters": 4}, "train": {"device": None, "new": True}}
    assert list_changes(old, new) == ["models.cnn.dropout is now 0.25, was 0.5", "train.new is now true, was absent"]


@pytest.mark.parametrize(
    ("causes", "jobs", "expected"),
    [
        ([], 0, "DVC: x is current."),
        (["a is missing"], 0, "DVC would make x again: a is missing."),
        (["a", "b", "a", "c", "d"], 1, "DVC would make x again: a; b; c; and 1 more cause. 1 job would run before it."),
        (
            ["a", "b", "c", "d", "e"],
            2,
            "DVC would make x again: a; b; c; and 2 more causes. 2 jobs would run before it.",
        ),
    ],
)
def test_a_sentence_names_three_causes_and_counts_the_rest(causes: list[str], jobs: int, expected: str) -> None:
    assert format_reason("DVC", "x", causes, jobs) == expected


@pytest.mark.parametrize(
    ("missing", "expected"), [(["out"], ["out is missing"]), ([], ["in changed since out was made"])]
)
def test_a_missing_output_has_no_other_cause(missing: list[str], expected: list[str]) -> None:
    nothing = dict.fromkeys(["incomplete_output", "params_changed", "code_changed", "input_changed", "forced"], ())
    reason = SimpleNamespace(missing_output=missing, updated_input=["in"], **nothing)
    dag = SimpleNamespace(reason=lambda _: reason)
    assert [*_list_causes(dag, SimpleNamespace(output=["out"]))] == expected
