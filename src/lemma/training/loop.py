"""The training loop: AdamW, clipped gradients, early stopping on the dev loss, a checkpoint after every epoch."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import cross_entropy

from lemma.display import progress
from lemma.errors import CheckError
from lemma.params import Neural, Train
from lemma.training import checkpoint
from lemma.training.batches import Documents, by_length, shuffled

EVALUATED = 256  # documents a step when nothing is learnt
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Task:
    """What is learnt: all documents, and which of them train and which decide when to stop."""

    title: str
    documents: Documents
    train: Indices
    dev: Indices
    seed: int


def probabilities(
    network: nn.Module, documents: Documents, members: Indices, device: torch.device
) -> NDArray[np.float32]:
    """Return class probabilities: float32, (members, classes), in the order of `members`."""
    lengths = np.diff(documents.offsets)
    position = np.empty(len(documents.labels), np.int64)
    position[members] = np.arange(len(members))
    rows: list[tuple[Indices, torch.Tensor]] = []
    network.eval()
    with torch.inference_mode():
        for batch in by_length(lengths, members, EVALUATED):
            tokens, sizes, _ = documents.padded(batch)
            logits = network(tokens.to(device), sizes.to(device))
            rows.append((position[batch], torch.softmax(logits.float(), 1).cpu()))
    result = np.empty((len(members), rows[0][1].shape[1]), np.float32)
    for at, values in rows:
        result[at] = values.numpy()
    return result


def train(
    network: nn.Module,
    task: Task,
    settings: Neural,
    shared: Train,
    device: torch.device,
    resume: Path,
    watch: Callable[[dict[str, Any]], None],
) -> checkpoint.State:
    """Train `network` in place until the dev loss stops falling, and leave it with the weights of the best epoch.

    Args:
        network: takes (B, T) words and (B,) lengths, gives (B, C) logits; on `device`.
        task: documents, their parts and the seed.
        settings: learning rate and weight decay of this model.
        shared: epochs, patience, batch size, largest gradient norm.
        device: where to compute.
        resume: path of the checkpoint.
        watch: called with each epoch's line of history; those before an interruption come first.

    Raises:
        CheckError: the loss is no longer a number.
    """
    optimizer = torch.optim.AdamW(
        network.parameters(),
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        fused=True,  # one pass over parameters and moments, which on a CPU are most of what a step moves
    )
    order = np.random.default_rng(task.seed)
    state = checkpoint.State()
    if found := checkpoint.read(resume, network, optimizer):
        state, order.bit_generator.state = found
        for line in state.history:
            watch(line)
    with progress(task.title, shared.epochs, "epochs") as step:
        step(state.epoch, f"going on after epoch {state.epoch}" if state.epoch else "")
        while state.epoch < shared.epochs and state.stale < shared.patience:
            start = time.monotonic()
            state.epoch += 1
            train_loss = _epoch(network, task, optimizer, shared, device, order)
            predicted = probabilities(network, task.documents, task.dev, device)
            truth = task.documents.labels[task.dev]
            right = predicted[np.arange(len(truth)), truth].astype(np.float64)
            dev_loss = float(-np.log(np.maximum(right, 1e-12)).mean())
            if not np.isfinite(train_loss) or not np.isfinite(dev_loss):
                raise CheckError(
                    f"{task.title}: the loss is no longer a number in epoch {state.epoch} "
                    f"(learning rate {settings.learning_rate}).",
                    "Lower the model's learning_rate in params.yaml, to a third say.",
                )
            best = dev_loss < state.lowest
            state.stale = 0 if best else state.stale + 1
            if best:
                state.lowest = dev_loss
                state.best = {name: value.detach().clone() for name, value in network.state_dict().items()}
            line = {
                "epoch": state.epoch,
                "train_loss": train_loss,
                "dev_loss": dev_loss,
                "dev_accuracy": float((predicted.argmax(1) == truth).mean()),
                "seconds": round(time.monotonic() - start, 3),
                "time": round(time.time(), 3),
                "best": best,
            }
            state.history.append(line)
            checkpoint.write(resume, state, network, optimizer, dict(order.bit_generator.state))
            watch(line)
            step(1, f"epoch {state.epoch}, train loss {train_loss:.3f}, dev loss {dev_loss:.3f}{' *' if best else ''}")
    network.load_state_dict(state.best)
    return state


def _epoch(
    network: nn.Module,
    task: Task,
    optimizer: torch.optim.Optimizer,
    shared: Train,
    device: torch.device,
    order: np.random.Generator,
) -> float:
    """Make one pass over the training documents; return the mean loss, in nats, as met on the way."""
    network.train()
    lengths = np.diff(task.documents.offsets)
    total = torch.zeros((), dtype=torch.float64, device=device)
    for batch in shuffled(lengths, task.train, shared.batch, order):
        tokens, sizes, labels = (tensor.to(device, non_blocking=True) for tensor in task.documents.padded(batch))
        loss = cross_entropy(network(tokens, sizes), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), shared.clip)
        optimizer.step()
        total += loss.detach().double() * len(batch)  # stays on the device: no wait in the loop
    return float(total.item() / len(task.train))
