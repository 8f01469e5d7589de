"""Tests of layers that several networks use."""

from types import ModuleType

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

Checked = dict[str, ModuleType]


def test_initial_word_vectors_are_uniform_and_padding_is_zero(checked: Checked) -> None:
    torch.manual_seed(0)
    layers = checked["layers"]
    table = layers.build_embedding(2000, 10).weight
    assert not table[layers.PAD].any()
    assert table.abs().max() <= layers.RANGE
    assert table.std().item() == pytest.approx(layers.RANGE / 3**0.5, rel=0.02)  # of a uniform distribution


def test_the_token_mask_marks_the_tokens_of_each_document(checked: Checked) -> None:
    mask = checked["layers"].token_mask(torch.tensor([0, 2, 5]), 4)
    assert mask.tolist() == [[False] * 4, [True, True, False, False], [True] * 4]


@pytest.mark.parametrize("p", [0.0, 0.3, 0.5])
def test_word_dropout_drops_a_fraction_p_of_the_tokens_but_never_all(checked: Checked, p: float) -> None:
    torch.manual_seed(0)
    layers = checked["layers"]
    lengths = torch.randint(0, 40, (3000,))
    mask = layers.token_mask(lengths, 40)
    kept_mask = layers.drop_tokens(mask, p)
    assert not (kept_mask & ~mask).any()
    assert torch.equal(kept_mask.any(1), mask.any(1))
    is_long = lengths > 30  # documents so long that no token is kept by force
    assert kept_mask[is_long].sum().item() / mask[is_long].sum().item() == pytest.approx(1 - p, abs=0.01)


@settings(max_examples=30)
@given(lengths=st.lists(st.integers(0, 5), min_size=1, max_size=5), seed=st.integers(0, 99))
def test_max_over_time_ignores_padding(lengths: list[int], seed: int) -> None:
    from lemma.models.shared.layers import max_over_time, token_mask

    features = -torch.rand(len(lengths), 5, 3, generator=torch.Generator().manual_seed(seed)) - 1
    maxima = max_over_time(features.transpose(0, 1)[None], token_mask(torch.tensor(lengths), 5))
    for index, length in enumerate(lengths):
        expected = features[index, :length].amax(0) if length else torch.zeros(3)
        assert torch.equal(maxima[index], expected)


@pytest.mark.parametrize("p", [0.0, 0.3, 0.5, 0.97])
def test_dropout_drops_a_fraction_p_and_keeps_the_mean(checked: Checked, p: float) -> None:
    dropout = checked["layers"].Dropout(p)
    features = torch.rand(501, 301) + 1  # no multiple of eight
    dropped = dropout(features)
    assert (dropped == 0).double().mean().item() == pytest.approx(p, abs=0.006)  # a byte's 1/512, and chance
    assert dropped.mean().item() == pytest.approx(features.mean().item(), rel=0.06)
    assert len((dropped / features).round(decimals=4).unique()) <= 2
    assert (dropped == 0).double().mean(0).std().item() < 0.03, "no column, and no eighth byte, is dropped more often"
    assert torch.equal(dropout.eval()(features), features)


def test_the_gradient_of_dropout_uses_the_same_mask(checked: Checked) -> None:
    features = (torch.rand(50, 7) + 1).requires_grad_()
    dropped = checked["layers"].Dropout(0.5)(features)
    dropped.sum().backward()
    torch.testing.assert_close(features.grad, (dropped / features).detach())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_gradient_of_reduce_max_equals_that_of_amax_with_ties(dtype: torch.dtype) -> None:
    from lemma.models.shared.layers import reduce_max

    values = torch.randint(0, 4, (5, 7, 3), generator=torch.Generator().manual_seed(0)).to(dtype)
    values[0] = -torch.inf
    weights = torch.arange(15.0).view(5, 3).to(dtype)
    expected, own = (values.clone().requires_grad_() for _ in range(2))
    (expected.amax(1) * weights).nan_to_num(neginf=0).sum().backward()  # type: ignore[no-untyped-call]
    (reduce_max(own, 1, stacked=False) * weights).nan_to_num(neginf=0).sum().backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(own.grad, expected.grad)
