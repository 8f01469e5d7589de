"""Tests that the optimizers equal those of torch."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.training.optimizer import AdamW, RowAdam

ROWS, EMBEDDING_DIM = 7, 3
ONES = torch.ones(2, EMBEDDING_DIM)
STEPS = st.lists(st.sets(st.integers(0, ROWS - 1), min_size=1), min_size=1, max_size=6)


def table() -> torch.Tensor:
    return torch.rand(ROWS, EMBEDDING_DIM, generator=torch.Generator().manual_seed(1))


def take_step(optimizer: RowAdam, rows: torch.Tensor, gradient: torch.Tensor) -> None:
    """Make a step as a training does: with the rows that the network has read."""
    vectors = optimizer.table[rows]
    optimizer.step(rows, vectors, gradient)
    assert torch.equal(vectors, optimizer.table[rows])  # the step updates both


@settings(max_examples=40)
@given(steps=STEPS)
def test_row_adam_equals_torch_sparse_adam(steps: list[set[int]]) -> None:
    random = torch.Generator().manual_seed(2)
    own, parameter = RowAdam(table(), 0.1), torch.nn.Parameter(table())
    library = torch.optim.SparseAdam([parameter], lr=0.1)
    for step in steps:
        rows = torch.tensor(sorted(step))
        # A gradient much larger than epsilon, which SparseAdam adds in another place.
        gradient = torch.rand(len(rows), EMBEDDING_DIM, generator=random) + 0.5
        take_step(own, rows, gradient.clone())
        parameter.grad = torch.sparse_coo_tensor(rows[None], gradient, parameter.shape, check_invariants=True)
        library.step()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(own.table, parameter.detach())


def test_adamw_equals_torch_adamw_bit_for_bit() -> None:
    own, library = ([torch.nn.Parameter(table()), torch.nn.Parameter(table()[0].clone())] for _ in range(2))
    ours = AdamW(list(own), 0.1, 0.02)
    theirs = torch.optim.AdamW(library, lr=0.1, weight_decay=0.02, fused=True)
    for step in range(5):
        for parameters in (own, library):
            random = torch.Generator().manual_seed(step)
            for parameter in parameters:
                parameter.grad = torch.rand(parameter.shape, generator=random) - 0.5
            parameters[1].grad = None if step == 3 else parameters[1].grad
        ours.step()
        theirs.step()
        assert all(
            torch.equal(own_parameter, library_parameter) for own_parameter, library_parameter in zip(own, library)
        )


def test_rows_without_a_gradient_do_not_change() -> None:
    own = RowAdam(table(), 0.1)
    take_step(own, torch.tensor([2]), ONES[:1])
    same = (own.table == table()).all(1)
    assert same.tolist() == [row != 2 for row in range(ROWS)]


def test_a_restored_optimizer_continues_identically() -> None:
    whole = RowAdam(table(), 0.1)
    for _ in range(2):
        take_step(whole, torch.tensor([0, 3]), ONES)
    first = RowAdam(table(), 0.1)
    take_step(first, torch.tensor([0, 3]), ONES)
    second = RowAdam(first.table.clone(), 0.1)
    second.restore(first.state())
    take_step(second, torch.tensor([0, 3]), ONES)
    assert torch.equal(second.table, whole.table)
