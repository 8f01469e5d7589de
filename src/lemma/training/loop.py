"""The training loop: AdamW, clipped gradients, early stopping on the dev loss, a checkpoint after every epoch."""

import time

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import cross_entropy

from lemma.display import progress
from lemma.errors import CheckError
from lemma.params import Neural
from lemma.training import checkpoint
from lemma.training.batches import Documents, by_length, shuffled
from lemma.training.task import Indices, Task

EVALUATED = 256  # documents a step when nothing is learnt


def probabilities(
    network: nn.Module, documents: Documents, members: Indices, device: torch.device
) -> NDArray[np.float32]:
    """Return class probabilities: float32, (members, classes), in the order of `members`."""
    position = np.empty(len(documents.labels), np.int64)
    position[members] = np.arange(len(members))
    rows: list[tuple[Indices, torch.Tensor]] = []
    network.eval()
    with torch.inference_mode():
        for batch in by_length(documents.lengths, members, EVALUATED):
            tokens, sizes, _ = documents.padded(batch)
            logits = network(tokens.to(device), sizes.to(device))
            rows.append((position[batch], torch.softmax(logits.float(), 1).cpu()))
    result = np.empty((len(members), rows[0][1].shape[1]), np.float32)
    for at, values in rows:
        result[at] = values.numpy()
    return result


def train(network: nn.Module, task: Task, documents: Documents, device: torch.device) -> checkpoint.State:
    """Train `network` in place until the dev loss stops falling, and leave it with the weights of the best epoch.

    The lines of history from before an interruption are watched first.

    Args:
        network: takes (B, T) words and (B,) lengths, gives (B, C) logits; on `device`.
        task: which documents train and which decide when to stop, and the settings.
        documents: all documents, encoded.
        device: where to compute.

    Raises:
        CheckError: the loss is no longer a number.
    """
    settings, shared = task.settings, task.shared
    assert isinstance(settings, Neural)
    optimizer = torch.optim.AdamW(
        network.parameters(),
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        fused=True,  # one pass over parameters and moments, which on a CPU are most of what a step moves
    )
    order = np.random.default_rng(task.about["seed"])
    state = checkpoint.State()
    if found := checkpoint.read(task.resume, network, optimizer):
        state, order.bit_generator.state = found
        for line in state.history:
            task.watch(line)
    with progress(task.title, shared.epochs, "epochs") as step:
        step(state.epoch, f"going on after epoch {state.epoch}" if state.epoch else "")
        while state.epoch < shared.epochs and state.stale < shared.patience:
            start = time.monotonic()
            state.epoch += 1
            train_loss = _epoch(network, task, documents, optimizer, device, order)
            predicted = probabilities(network, documents, task.dev, device)
            truth = documents.labels[task.dev]
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
            checkpoint.write(task.resume, state, network, optimizer, dict(order.bit_generator.state))
            task.watch(line)
            step(1, f"epoch {state.epoch}, train loss {train_loss:.3f}, dev loss {dev_loss:.3f}{' *' if best else ''}")
    network.load_state_dict(state.best)
    return state


def _epoch(
    network: nn.Module,
    task: Task,
    documents: Documents,
    optimizer: torch.optim.Optimizer,
    device: torch.device,
    order: np.random.Generator,
) -> float:
    """Make one pass over the training documents; return the mean loss, in nats, as met on the way."""
    network.train()
    members = task.train
    total = torch.zeros((), dtype=torch.float64, device=device)
    for batch in shuffled(documents.lengths, members, task.shared.batch, order):
        tokens, sizes, labels = (tensor.to(device, non_blocking=True) for tensor in documents.padded(batch))
        loss = cross_entropy(network(tokens, sizes), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), task.shared.clip)
        optimizer.step()
        total += loss.detach().double() * len(batch)  # stays on the device: no wait in the loop
    return float(total.item() / len(members))
