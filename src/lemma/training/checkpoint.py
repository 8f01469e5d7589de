"""Where a training stands after an epoch, so that a killed one goes on and ends with the same bytes.

A checkpoint is not a result: it lies outside of what the workflow engines declare, in a folder whose name is the hash
of all the training depends on, and goes when the training ends. `schedule` decides when one is written.

The folder holds the file `state`, and one file of weights for each of the best epochs, which is written once. Each file
is the SHA-256 of what follows it, and safetensors; `state` has one more tensor, the bytes of some JSON, and names the
SHA-256 of the files of weights.
"""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cmp_to_key
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from lemma import files
from lemma.params import Train
from lemma.training.early_stopping import is_better

Tensors = dict[str, Tensor]
DIGEST = hashlib.sha256().digest_size
STATE = "state"


@dataclass
class State:
    """What the epochs so far have given; the trainer holds the rest.

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
        """Return the best epochs, best first: at most `train.best_epochs`."""

        def order(one: dict[str, Any], other: dict[str, Any]) -> int:
            return is_better(other, one, shared.select) - is_better(one, other, shared.select)

        return [line["epoch"] for line in sorted(self.history, key=cmp_to_key(order))[: shared.best_epochs]]

    def keep(self, network: nn.Module, shared: Train) -> None:
        """Keep the weights of the epoch just ended if it is one of the best, and forget those that no longer are."""
        best = self.best(shared)
        if self.epoch in best:
            self.kept[self.epoch] = {name: value.detach().clone() for name, value in network.state_dict().items()}
        self.kept = {epoch: self.kept[epoch] for epoch in best}

    def json(self) -> dict[str, Any]:
        """Return all but the weights."""
        return {"epoch": self.epoch, "stale": self.stale, "history": self.history, "kept": list(self.kept)}

    @classmethod
    def of(cls, value: dict[str, Any], weights: dict[str, Tensors], prefix: str, device: torch.device) -> "State":
        """Return the state that `json` and the files of weights hold."""
        kept = {epoch: weights[f"{prefix}{epoch}"] for epoch in value["kept"]}
        moved = {epoch: {name: t.to(device) for name, t in tensors.items()} for epoch, tensors in kept.items()}
        return cls(value["epoch"], value["stale"], value["history"], moved)


class Content(NamedTuple):
    """A checkpoint as read: tensors by part and name, what JSON held, and weights by the name of their file."""

    parts: dict[str, Tensors]
    rest: dict[str, Any]
    weights: dict[str, Tensors]


class Checkpoint:
    """The checkpoint of a training in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._digests: dict[str, str] = {}  # of the files of weights that are there, by name

    def write(self, tensors: Tensors, rest: dict[str, Any], weights: dict[str, Tensors]) -> None:
        """Write a checkpoint in place of the one before; of the weights, only those that are not there yet.

        Args:
            tensors: named PART.NAME.
            rest: what JSON can hold.
            weights: of the best epochs, by the name of their file; equal names mean equal weights.
        """
        for name, values in weights.items():
            if name not in self._digests:
                self._digests[name] = _pack(self.folder / name, values)
        self._digests = {name: self._digests[name] for name in weights}
        told = json.dumps({"rest": rest, "weights": self._digests}).encode()
        _pack(self.folder / STATE, tensors | {"json": torch.frombuffer(bytearray(told), dtype=torch.uint8)})
        for path in self.folder.iterdir():  # weights of epochs that are no longer among the best
            if path.name != STATE and path.name not in weights:
                path.unlink(missing_ok=True)

    def read(self) -> Content | None:
        """Return what the checkpoint holds; None where there is no whole one."""
        state = _unpack(self.folder / STATE)
        if state is None:
            return None
        told = json.loads(state.tensors.pop("json").numpy().tobytes())
        weights: dict[str, Tensors] = {}
        for name, digest in told["weights"].items():
            file = _unpack(self.folder / name)
            if file is None or file.digest != digest:
                return None
            weights[name] = file.tensors
        self._digests = told["weights"]
        parts: dict[str, Tensors] = {}
        for name, value in state.tensors.items():
            head, _, tail = name.partition(".")
            parts.setdefault(head, {})[tail] = value
        return Content(parts, told["rest"], weights)


class _File(NamedTuple):
    digest: str
    tensors: Tensors


def _pack(path: Path, tensors: Tensors) -> str:
    """Write tensors to a file; return the SHA-256 of what it holds after its own SHA-256."""
    content = save({name: value.detach().cpu().contiguous() for name, value in tensors.items()})
    inner = hashlib.sha256(content)
    with files.atomic(path, marked=False) as stream:  # its own SHA-256 comes first
        stream.write(inner.digest())
        stream.write(content)
    return inner.hexdigest()


def _unpack(path: Path) -> _File | None:
    """Return what `_pack` wrote; None where there is no whole file."""
    try:
        content = memoryview(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    digest = hashlib.sha256(content[DIGEST:]).digest()
    if digest != content[:DIGEST]:
        return None
    return _File(digest.hex(), load(bytes(content[DIGEST:])))


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
