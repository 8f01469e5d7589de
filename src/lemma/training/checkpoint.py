"""Save the state of a training after an epoch, so that an interrupted training resumes and ends with the same bytes.

A checkpoint is no result: it lies in `.lemma`, in a folder named by the hash of all that determines the training, and
is deleted when the training ends. `schedule` decides when to write one.

The folder contains the file `state`, and one file of weights for each of the best epochs, which is written once. Each
file starts with the SHA-256 of the rest, which is in safetensors format. In `state` the tensor `json` holds the bytes
of a JSON object, which names the SHA-256 of each file of weights.
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
DIGEST_SIZE = hashlib.sha256().digest_size
STATE = "state"


@dataclass
class TrainingState:
    """The course of a training so far, apart from what the trainer holds.

    Attributes:
        epoch: number of the last epoch that was finished.
        epochs_without_improvement: number of epochs since the best one.
        history: one line for each epoch.
        best_weights: the weights of the best epochs, by epoch.
    """

    epoch: int = 0
    epochs_without_improvement: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    best_weights: dict[int, Tensors] = field(default_factory=dict)

    def is_finished(self, train_params: Train) -> bool:
        """Return whether the training is over: by the number of epochs, or by early stopping."""
        return self.epoch >= train_params.epochs or self.epochs_without_improvement >= train_params.patience

    def best_epochs(self, train_params: Train) -> list[int]:
        """Return the best epochs, best first: at most `train.best_epochs`."""

        def compare(line: dict[str, Any], other: dict[str, Any]) -> int:
            return is_better(other, line, train_params.select) - is_better(line, other, train_params.select)

        return [line["epoch"] for line in sorted(self.history, key=cmp_to_key(compare))[: train_params.best_epochs]]

    def keep_best_weights(self, network: nn.Module, train_params: Train) -> None:
        """Copy the weights if the last epoch is one of the best, and drop those of epochs that no longer are."""
        best_epochs = self.best_epochs(train_params)
        if self.epoch in best_epochs:
            copies = {name: value.detach().clone() for name, value in network.state_dict().items()}
            self.best_weights[self.epoch] = copies
        self.best_weights = {epoch: self.best_weights[epoch] for epoch in best_epochs}

    def to_json(self) -> dict[str, Any]:
        """Return everything but the weights."""
        return {
            "epoch": self.epoch,
            "epochs_without_improvement": self.epochs_without_improvement,
            "history": self.history,
            "best_epochs": list(self.best_weights),
        }

    @classmethod
    def from_json(
        cls, value: dict[str, Any], weights: dict[str, Tensors], prefix: str, device: torch.device
    ) -> "TrainingState":
        """Return the state that `to_json` wrote.

        Args:
            value: what `to_json` returned.
            weights: by the name of their file, which is `prefix` and the epoch.
            prefix: of the names of this training's files.
            device: to put the weights on.
        """
        best_weights = {
            epoch: {name: tensor.to(device) for name, tensor in weights[f"{prefix}{epoch}"].items()}
            for epoch in value["best_epochs"]
        }
        return cls(value["epoch"], value["epochs_without_improvement"], value["history"], best_weights)


class CheckpointContent(NamedTuple):
    """The content of a checkpoint: tensors by part and name, the JSON object, and weights by the name of their file."""

    parts: dict[str, Tensors]
    values: dict[str, Any]
    weights: dict[str, Tensors]


class Checkpoint:
    """The checkpoint of a training in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._digests: dict[str, str] = {}  # of the files of weights that exist, by name

    def save(self, tensors: Tensors, values: dict[str, Any], weights: dict[str, Tensors]) -> None:
        """Replace the checkpoint; files of weights that exist already are not written again.

        Args:
            tensors: by name PART.NAME.
            values: a JSON object.
            weights: of the best epochs, by the name of their file; equal names mean equal weights.
        """
        for name, tensors_of_epoch in weights.items():
            if name not in self._digests:
                self._digests[name] = _write_file(self.folder / name, tensors_of_epoch)
        self._digests = {name: self._digests[name] for name in weights}
        text = json.dumps({"values": values, "weights": self._digests}).encode()
        _write_file(self.folder / STATE, tensors | {"json": torch.frombuffer(bytearray(text), dtype=torch.uint8)})
        for path in self.folder.iterdir():  # weights of epochs that are no longer among the best
            if path.name != STATE and path.name not in weights:
                path.unlink(missing_ok=True)

    def load(self) -> CheckpointContent | None:
        """Return the content of the checkpoint; None if it is missing or incomplete."""
        state = _read_file(self.folder / STATE)
        if state is None:
            return None
        content = json.loads(state.tensors.pop("json").numpy().tobytes())
        weights: dict[str, Tensors] = {}
        for name, digest in content["weights"].items():
            file = _read_file(self.folder / name)
            if file is None or file.digest != digest:
                return None
            weights[name] = file.tensors
        self._digests = content["weights"]
        parts: dict[str, Tensors] = {}
        for name, value in state.tensors.items():
            part, _, rest = name.partition(".")
            parts.setdefault(part, {})[rest] = value
        return CheckpointContent(parts, content["values"], weights)


class _File(NamedTuple):
    digest: str
    tensors: Tensors


def _write_file(path: Path, tensors: Tensors) -> str:
    """Write tensors to a file; return the SHA-256 of its content after the SHA-256 at its start."""
    content = save({name: value.detach().cpu().contiguous() for name, value in tensors.items()})
    sha256 = hashlib.sha256(content)
    with files.atomic(path, marked=False) as stream:  # the file holds its own SHA-256
        stream.write(sha256.digest())
        stream.write(content)
    return sha256.hexdigest()


def _read_file(path: Path) -> _File | None:
    """Return what `_write_file` wrote; None if the file is missing or damaged."""
    try:
        content = memoryview(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    digest = hashlib.sha256(content[DIGEST_SIZE:]).digest()
    if digest != content[:DIGEST_SIZE]:
        return None
    return _File(digest.hex(), load(bytes(content[DIGEST_SIZE:])))


def random_state(device: torch.device) -> Tensors:
    """Return the states of torch's random generators."""
    states = {"random.cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["random.cuda"] = torch.cuda.get_rng_state(device)
    return states


def restore_random_state(states: Tensors, device: torch.device) -> None:
    """Set the states of torch's random generators to those from `random_state`."""
    torch.set_rng_state(states["cpu"])
    if "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)
