"""Properties that all networks have: independence of padding and batch, complete gradients, dropout by seed."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jaxtyping import TypeCheckError
from torch import nn
from torch.nn.functional import cross_entropy

from tests.unit.models.conftest import CLASSES, SETTINGS, WORDS, Build, pad_documents

NETWORKS = pytest.mark.parametrize("model", list(SETTINGS))
DOCUMENT = st.lists(st.integers(1, WORDS - 1), max_size=9)  # 0 is padding
BATCH = st.lists(DOCUMENT, min_size=1, max_size=6)
# The fixtures have no state that an example could change.
REPEATED = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
DOCUMENTS = [[1], [5, 2, 9, 9, 4], [], [7, 3], [8, 1, 6, 2, 4, 3, 5, 11]]


@NETWORKS
@REPEATED
@given(batch=BATCH, extra=st.integers(1, 8))
def test_padding_never_changes_a_logit(build: Build, model: str, batch: list[list[int]], extra: int) -> None:
    network = build(model)
    torch.testing.assert_close(
        network(*pad_documents(batch, extra)), network(*pad_documents(batch)), rtol=0, atol=1e-12
    )


@NETWORKS
@REPEATED
@given(batch=BATCH)
def test_a_documents_logits_do_not_depend_on_its_batch(build: Build, model: str, batch: list[list[int]]) -> None:
    network = build(model)
    separate_logits = torch.cat([network(*pad_documents([document])) for document in batch])
    torch.testing.assert_close(network(*pad_documents(batch)), separate_logits, rtol=0, atol=1e-12)
    torch.testing.assert_close(network(*pad_documents(batch[::-1])), separate_logits.flip(0), rtol=0, atol=1e-12)


@NETWORKS
def test_gradients_reach_every_parameter(build: Build, model: str) -> None:
    network = build(model, dropout=0.0)
    single_words = [[word] for word in range(1, WORDS)]  # in a long document, max pooling may ignore a word
    network(*pad_documents([*single_words, *DOCUMENTS])).pow(2).sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name
    vectors = network.get_parameter("embedding.weight").grad
    assert vectors is not None
    assert vectors[1:].any(1).all(), "a word vector has no gradient"


@NETWORKS
def test_the_padding_vector_remains_zero_in_training(build: Build, model: str) -> None:
    network = build(model).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        network(*pad_documents(DOCUMENTS)).pow(2).sum().backward()
        optimizer.step()
    weight = network.get_parameter("embedding.weight")
    assert not weight[0].any()
    assert weight[1:].any(1).all()


@NETWORKS
def test_empty_and_one_word_documents_have_finite_logits_and_gradients(build: Build, model: str) -> None:
    network = build(model).train()
    batches: list[list[list[int]]] = [[[4]], [[]], [[], []], [[], [4], [4, 5]]]
    for batch in batches:
        logits = network(*pad_documents(batch))
        assert logits.shape == (len(batch), CLASSES)
        assert logits.isfinite().all()
        network.zero_grad()
        cross_entropy(logits, torch.zeros(len(batch), dtype=torch.int64)).backward()  # type: ignore[no-untyped-call]
        assert all(p.grad is None or p.grad.isfinite().all() for p in network.parameters())


@NETWORKS
def test_eight_documents_can_be_overfitted(build: Build, model: str) -> None:
    network = build(model, dropout=0.0, embedding_dropout=0.0, word_dropout=0.0, filters=16).train()
    generator = torch.Generator().manual_seed(0)
    lengths = [1, 1, 2, 3, 5, 8, 8, 12]
    batch = [torch.randint(1, WORDS, (length,), generator=generator).tolist() for length in lengths]
    batch[0], batch[1] = [1], [2]  # so that no two documents are equal
    labels = torch.arange(8) % CLASSES
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.02)
    for _ in range(150):
        optimizer.zero_grad()
        loss = cross_entropy(network(*pad_documents(batch)), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert loss.item() < 0.01


@NETWORKS
def test_dropout_acts_only_in_training_and_depends_on_the_seed(build: Build, model: str) -> None:
    network, batch = build(model), pad_documents([[1, 2, 3, 4, 5, 6, 7]])
    assert torch.equal(network(*batch), network(*batch))
    network.train()

    def draw_logits(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        logits: torch.Tensor = network(*batch)
        return logits

    assert torch.equal(draw_logits(1), draw_logits(1))
    assert len({tuple(draw_logits(seed).flatten().tolist()) for seed in range(8)}) > 1


@pytest.mark.parametrize(("model", "is_ordered"), [("mlp", False), ("cnn", True), ("rnn", True)])
def test_word_order_changes_the_logits_of_cnn_and_rnn_only(build: Build, model: str, is_ordered: bool) -> None:
    network = build(model)
    forward_logits, backward_logits = network(*pad_documents([[1, 2, 3, 4]])), network(*pad_documents([[4, 3, 2, 1]]))
    assert torch.allclose(forward_logits, backward_logits, rtol=0, atol=1e-12) is not is_ordered


@NETWORKS
def test_invalid_shapes_and_types_are_refused(build: Build, model: str) -> None:
    network: nn.Module = build(model)
    tokens, lengths = pad_documents(DOCUMENTS)
    for arguments in (
        (tokens, lengths[:-1]),
        (tokens[0], lengths),
        (tokens.double(), lengths),
        (tokens, lengths[:, None]),
    ):
        with pytest.raises(TypeCheckError):
            network(*arguments)
