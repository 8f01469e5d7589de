"""What the networks share."""

from types import ModuleType

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

Checked = dict[str, ModuleType]


def test_word_vectors_lie_in_the_range_and_padding_is_zero(checked: Checked) -> None:
    torch.manual_seed(0)
    layers = checked["layers"]
    table = layers.build_embedding(2000, 10).weight
    assert not table[layers.PAD].any()
    assert table.abs().max() <= layers.RANGE
    assert table.std().item() == pytest.approx(layers.RANGE / 3**0.5, rel=0.02)  # of a uniform distribution


def test_present_marks_as_many_places_as_a_document_has_words(checked: Checked) -> None:
    mask = checked["layers"].token_mask(torch.tensor([0, 2, 5]), 4)
    assert mask.tolist() == [[False] * 4, [True, True, False, False], [True] * 4]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5])
def test_word_dropout_leaves_out_its_share_never_all_and_adds_nothing(checked: Checked, share: float) -> None:
    torch.manual_seed(0)
    layers = checked["layers"]
    lengths = torch.randint(0, 40, (3000,))
    mask = layers.token_mask(lengths, 40)
    kept = layers.drop_tokens(mask, share)
    assert not (kept & ~mask).any()
    assert torch.equal(kept.any(1), mask.any(1))
    long = lengths > 30  # where losing all is as good as impossible
    assert kept[long].sum().item() / mask[long].sum().item() == pytest.approx(1 - share, abs=0.01)


@settings(max_examples=30)
@given(lengths=st.lists(st.integers(0, 5), min_size=1, max_size=5), seed=st.integers(0, 99))
def test_the_maximum_is_over_the_words_alone_even_where_all_are_negative(lengths: list[int], seed: int) -> None:
    from lemma.models.shared.layers import max_over_time, token_mask

    features = -torch.rand(len(lengths), 5, 3, generator=torch.Generator().manual_seed(seed)) - 1
    found = max_over_time(features.transpose(0, 1)[None], token_mask(torch.tensor(lengths), 5))
    for row, length in enumerate(lengths):
        expected = features[row, :length].amax(0) if length else torch.zeros(3)
        assert torch.equal(found[row], expected)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.97])
def test_dropout_leaves_out_its_share_and_the_mean_as_it_was(checked: Checked, share: float) -> None:
    dropout = checked["layers"].Dropout(share)
    features = torch.rand(501, 301) + 1  # no multiple of eight
    found = dropout(features)
    assert (found == 0).double().mean().item() == pytest.approx(share, abs=0.006)  # a byte's 1/512, and chance
    assert found.mean().item() == pytest.approx(features.mean().item(), rel=0.06)
    assert len((found / features).round(decimals=4).unique()) <= 2
    assert (found == 0).double().mean(0).std().item() < 0.03, "no column, and no eighth byte, is dropped more often"
    assert torch.equal(dropout.eval()(features), features)


def test_the_gradient_of_dropout_passes_where_features_did(checked: Checked) -> None:
    features = (torch.rand(50, 7) + 1).requires_grad_()
    found = checked["layers"].Dropout(0.5)(features)
    found.sum().backward()
    torch.testing.assert_close(features.grad, (found / features).detach())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_gradient_of_the_maximum_is_shared_among_ties_as_the_librarys_is(dtype: torch.dtype) -> None:
    from lemma.models.shared.layers import reduce_max

    values = torch.randint(0, 4, (5, 7, 3), generator=torch.Generator().manual_seed(0)).to(dtype)
    values[0] = -torch.inf
    weights = torch.arange(15.0).view(5, 3).to(dtype)
    expected, own = (values.clone().requires_grad_() for _ in range(2))
    (expected.amax(1) * weights).nan_to_num(neginf=0).sum().backward()  # type: ignore[no-untyped-call]
    (reduce_max(own, 1, stacked=False) * weights).nan_to_num(neginf=0).sum().backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(own.grad, expected.grad)
