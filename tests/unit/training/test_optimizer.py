"""The optimizers make the library's steps."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.training.optimizer import AdamW, RowAdam

ROWS, DIMENSIONS = 7, 3
ONES = torch.ones(2, DIMENSIONS)
STEPS = st.lists(st.sets(st.integers(0, ROWS - 1), min_size=1), min_size=1, max_size=6)


def table() -> torch.Tensor:
    return torch.rand(ROWS, DIMENSIONS, generator=torch.Generator().manual_seed(1))


def learn(optimizer: RowAdam, rows: torch.Tensor, gradient: torch.Tensor) -> None:
    """Make a step as a training does: with the vectors that a network has just read."""
    vectors = optimizer.table[rows]
    optimizer.step(rows, vectors, gradient)
    assert torch.equal(vectors, optimizer.table[rows])  # they are what now stands there


@settings(max_examples=40)
@given(steps=STEPS)
def test_a_step_is_that_of_the_librarys_sparse_adam(steps: list[set[int]]) -> None:
    random = torch.Generator().manual_seed(2)
    own, known = RowAdam(table(), 0.1), torch.nn.Parameter(table())
    library = torch.optim.SparseAdam([known], lr=0.1)
    for step in steps:
        rows = torch.tensor(sorted(step))
        gradient = (
            torch.rand(len(rows), DIMENSIONS, generator=random) + 0.5
        )  # far from the epsilon, which stands elsewhere
        learn(own, rows, gradient.clone())
        known.grad = torch.sparse_coo_tensor(rows[None], gradient, known.shape, check_invariants=True)
        library.step()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(own.table, known.detach())


def test_a_step_of_the_weights_is_that_of_the_librarys_adamw_to_the_last_bit() -> None:
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
        assert all(torch.equal(mine, other) for mine, other in zip(own, library))


def test_a_row_that_is_not_met_is_left_alone() -> None:
    own = RowAdam(table(), 0.1)
    learn(own, torch.tensor([2]), ONES[:1])
    same = (own.table == table()).all(1)
    assert same.tolist() == [row != 2 for row in range(ROWS)]


def test_restored_it_goes_on_as_if_it_had_not_stopped() -> None:
    whole = RowAdam(table(), 0.1)
    for _ in range(2):
        learn(whole, torch.tensor([0, 3]), ONES)
    first = RowAdam(table(), 0.1)
    learn(first, torch.tensor([0, 3]), ONES)
    second = RowAdam(first.table.clone(), 0.1)
    second.restore(first.state())
    learn(second, torch.tensor([0, 3]), ONES)
    assert torch.equal(second.table, whole.table)
