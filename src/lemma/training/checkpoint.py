"""Where a training stands after an epoch, so that a killed one goes on and ends with the same bytes.

A checkpoint is not a result: it lies outside of what the workflow engines declare, under a name that is the hash of
all the training depends on, and goes when the training ends.

The file is the SHA-256 of what follows it, and safetensors with one more tensor, the bytes of some JSON.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from lemma import files

Tensors = dict[str, Tensor]
DIGEST = hashlib.sha256().digest_size


@dataclass
class State:
    """All that the next epoch depends on, and what the epochs so far have given."""

    epoch: int = 0
    stale: int = 0  # epochs since the lowest dev loss
    lowest: float = float("inf")
    history: list[dict[str, Any]] = field(default_factory=list)
    best: Tensors = field(default_factory=dict)


def _flatten(optimizer: torch.optim.Optimizer) -> Tensors:
    state = optimizer.state_dict()["state"]
    return {f"optimizer.{index}.{name}": value for index, held in state.items() for name, value in held.items()}


def write(
    path: Path, state: State, network: torch.nn.Module, optimizer: torch.optim.Optimizer, order: dict[str, Any]
) -> None:
    """Write a checkpoint; `order` is the state of the NumPy generator that shuffles."""
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    tensors |= {f"best.{name}": value for name, value in state.best.items()}
    tensors |= _flatten(optimizer) | {"random.cpu": torch.get_rng_state()}
    if (device := next(network.parameters()).device).type == "cuda":
        tensors["random.cuda"] = torch.cuda.get_rng_state(device)
    rest = {
        "epoch": state.epoch,
        "stale": state.stale,
        "lowest": state.lowest,
        "history": state.history,
        "order": order,
    }
    tensors["rest"] = torch.frombuffer(bytearray(json.dumps(rest).encode()), dtype=torch.uint8)
    content = save({name: value.detach().cpu().contiguous() for name, value in tensors.items()})
    files.write_bytes(path, hashlib.sha256(content).digest() + content)


def read(path: Path, network: torch.nn.Module, optimizer: torch.optim.Optimizer) -> tuple[State, dict[str, Any]] | None:
    """Bring network, optimizer and random generators to where the checkpoint left them; None when there is none.

    A damaged checkpoint counts as none: the training starts anew.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    if hashlib.sha256(content[DIGEST:]).digest() != content[:DIGEST]:
        return None
    tensors = load(content[DIGEST:])
    rest = json.loads(tensors.pop("rest").numpy().tobytes())
    parts: dict[str, Tensors] = {"network": {}, "best": {}, "optimizer": {}, "random": {}}
    for name, value in tensors.items():
        head, _, tail = name.partition(".")
        parts[head][tail] = value
    network.load_state_dict(parts["network"])
    held_state: dict[int, Tensors] = {}
    for name, value in parts["optimizer"].items():
        index, _, key = name.partition(".")
        held_state.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": held_state})
    torch.set_rng_state(parts["random"]["cpu"])
    if "cuda" in parts["random"]:
        torch.cuda.set_rng_state(parts["random"]["cuda"], next(network.parameters()).device)
    state = State(rest["epoch"], rest["stale"], rest["lowest"], rest["history"], parts["best"])
    return state, rest["order"]
