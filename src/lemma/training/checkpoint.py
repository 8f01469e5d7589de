"""Where a training stands after an epoch, so that a killed one goes on and ends with the same bytes.

A checkpoint is not a result: it lies outside of what the workflow engines declare, under a name that is the hash of
all the training depends on, and goes when the training ends.

The file is the SHA-256 of what follows it, and safetensors with one more tensor, the bytes of some JSON.
"""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cmp_to_key
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from lemma import files
from lemma.params import Train
from lemma.training.score import better

if TYPE_CHECKING:
    from lemma.training.loop import Trainer

Tensors = dict[str, Tensor]
DIGEST = hashlib.sha256().digest_size


@dataclass
class State:
    """All that the next epoch depends on beside the trainer, and what the epochs so far have given.

    `kept` holds the weights of the best epochs, by epoch.
    """

    epoch: int = 0
    stale: int = 0  # epochs since the best
    history: list[dict[str, Any]] = field(default_factory=list)
    kept: dict[int, Tensors] = field(default_factory=dict)

    def best(self, shared: Train) -> list[int]:
        """Return the best epochs, best first: at most `train.keep`."""

        def order(one: dict[str, Any], other: dict[str, Any]) -> int:
            return better(other, one, shared.select) - better(one, other, shared.select)

        return [line["epoch"] for line in sorted(self.history, key=cmp_to_key(order))[: shared.keep]]

    def keep(self, network: nn.Module, shared: Train) -> None:
        """Keep the weights of the epoch just ended if it is one of the best, and forget those that no longer are."""
        best = self.best(shared)
        if self.epoch in best:
            self.kept[self.epoch] = {name: value.detach().clone() for name, value in network.state_dict().items()}
        self.kept = {epoch: self.kept[epoch] for epoch in best}


def write(path: Path, state: State, trainer: "Trainer") -> None:
    """Write a checkpoint."""
    tensors = {f"network.{name}": value for name, value in trainer.network.state_dict().items()}
    for epoch, kept in state.kept.items():
        tensors |= {f"kept.{epoch}.{name}": value for name, value in kept.items()}
    for index, held in trainer.dense.state_dict()["state"].items():
        tensors |= {f"dense.{index}.{name}": value for name, value in held.items()}
    tensors |= {f"sparse.{name}": value for name, value in trainer.sparse.state().items()}
    tensors["random.cpu"] = torch.get_rng_state()
    if trainer.device.type == "cuda":
        tensors["random.cuda"] = torch.cuda.get_rng_state(trainer.device)
    rest = {"epoch": state.epoch, "stale": state.stale, "history": state.history}
    rest |= {"order": trainer.order.bit_generator.state, "kept": list(state.kept)}
    tensors["rest"] = torch.frombuffer(bytearray(json.dumps(rest).encode()), dtype=torch.uint8)
    content = save({name: value.detach().cpu().contiguous() for name, value in tensors.items()})
    with files.atomic(path) as stream:
        stream.write(hashlib.sha256(content).digest())
        stream.write(content)


def read(path: Path, trainer: "Trainer") -> State | None:
    """Bring trainer and random generators to where the checkpoint left them; None when there is none.

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
    parts: dict[str, Tensors] = {name: {} for name in ("network", "kept", "dense", "sparse", "random")}
    for name, value in tensors.items():
        head, _, tail = name.partition(".")
        parts[head][tail] = value
    trainer.network.load_state_dict(parts["network"])
    trainer.dense.load_state_dict({**trainer.dense.state_dict(), "state": _numbered(parts["dense"])})
    trainer.sparse.restore(parts["sparse"])
    trainer.order.bit_generator.state = rest["order"]
    torch.set_rng_state(parts["random"]["cpu"])
    if "cuda" in parts["random"]:
        torch.cuda.set_rng_state(parts["random"]["cuda"], trainer.device)
    kept = _numbered(parts["kept"])
    device = trainer.device
    best = {epoch: {name: value.to(device) for name, value in kept[epoch].items()} for epoch in rest["kept"]}
    return State(rest["epoch"], rest["stale"], rest["history"], best)


def _numbered(tensors: Tensors) -> dict[int, Tensors]:
    """Return tensors named NUMBER.NAME by number."""
    found: dict[int, Tensors] = {}
    for name, value in tensors.items():
        number, _, key = name.partition(".")
        found.setdefault(int(number), {})[key] = value
    return found
