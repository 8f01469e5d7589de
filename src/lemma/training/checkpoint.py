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

    def ended(self, shared: Train) -> bool:
        """Return whether the training is over: all epochs made, or too many without a better one."""
        return self.epoch >= shared.epochs or self.stale >= shared.patience

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
    tensors |= kept_tensors(state.kept)
    for index, held in trainer.dense.state_dict()["state"].items():
        tensors |= {f"dense.{index}.{name}": value for name, value in held.items()}
    tensors |= {f"sparse.{name}": value for name, value in trainer.sparse.state().items()}
    tensors |= random_state(trainer.device)
    rest = {"epoch": state.epoch, "stale": state.stale, "history": state.history}
    pack(path, tensors, rest | {"order": trainer.order.bit_generator.state, "kept": list(state.kept)})


def read(path: Path, trainer: "Trainer") -> State | None:
    """Bring trainer and random generators to where the checkpoint left them; None when there is none.

    A damaged checkpoint counts as none: the training starts anew.
    """
    held = unpack(path)
    if held is None:
        return None
    parts, rest = held
    trainer.network.load_state_dict(parts["network"])
    trainer.dense.load_state_dict({**trainer.dense.state_dict(), "state": numbered(parts["dense"])})
    trainer.sparse.restore(parts["sparse"])
    trainer.order.bit_generator.state = rest["order"]
    restore_random(parts["random"], trainer.device)
    best = kept_weights(parts.get("kept", {}), rest["kept"], trainer.device)
    return State(rest["epoch"], rest["stale"], rest["history"], best)


def pack(path: Path, tensors: Tensors, rest: dict[str, Any]) -> None:
    """Write tensors, named PART.NAME, and what JSON can hold."""
    every = tensors | {"rest": torch.frombuffer(bytearray(json.dumps(rest).encode()), dtype=torch.uint8)}
    content = save({name: value.detach().cpu().contiguous() for name, value in every.items()})
    with files.atomic(path) as stream:
        stream.write(hashlib.sha256(content).digest())
        stream.write(content)


def unpack(path: Path) -> tuple[dict[str, Tensors], dict[str, Any]] | None:
    """Return the tensors by part and name, and the rest; None where there is no whole file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    if hashlib.sha256(content[DIGEST:]).digest() != content[:DIGEST]:
        return None
    tensors = load(content[DIGEST:])
    rest: dict[str, Any] = json.loads(tensors.pop("rest").numpy().tobytes())
    parts: dict[str, Tensors] = {}
    for name, value in tensors.items():
        head, _, tail = name.partition(".")
        parts.setdefault(head, {})[tail] = value
    return parts, rest


def random_state(device: torch.device) -> Tensors:
    """Return where torch's generators stand."""
    held = {"random.cpu": torch.get_rng_state()}
    if device.type == "cuda":
        held["random.cuda"] = torch.cuda.get_rng_state(device)
    return held


def restore_random(held: Tensors, device: torch.device) -> None:
    """Bring torch's generators to where `random_state` found them."""
    torch.set_rng_state(held["cpu"])
    if "cuda" in held:
        torch.cuda.set_rng_state(held["cuda"], device)


def kept_tensors(kept: dict[int, Tensors], part: str = "kept") -> Tensors:
    """Return weights by epoch as tensors of one part."""
    return {f"{part}.{epoch}.{name}": value for epoch, held in kept.items() for name, value in held.items()}


def kept_weights(tensors: Tensors, epochs: list[int], device: torch.device) -> dict[int, Tensors]:
    """Return weights by epoch, in the order of `epochs`."""
    kept = numbered(tensors)
    return {epoch: {name: value.to(device) for name, value in kept[epoch].items()} for epoch in epochs}


def numbered(tensors: Tensors) -> dict[int, Tensors]:
    """Return tensors named NUMBER.NAME by number."""
    found: dict[int, Tensors] = {}
    for name, value in tensors.items():
        number, _, key = name.partition(".")
        found.setdefault(int(number), {})[key] = value
    return found
