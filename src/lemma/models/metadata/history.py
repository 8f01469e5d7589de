"""The history of a training, `history.jsonl`: one line of JSON for each epoch."""

import json
import math
from pathlib import Path
from typing import Any

from lemma.errors import InputError


def read_history(path: Path, fix: str) -> list[dict[str, Any]]:
    """Return the checked epochs of a training in the order of the file.

    Args:
        path: a `history.jsonl`.
        fix: what to do about a bad file, for the error message.

    Returns:
        One dictionary for each epoch: `epoch`, a whole number; `train_loss` and `dev_loss`, finite, in nats; and what
        else the training wrote, unchecked.

    Raises:
        InputError: the file is missing or empty, or a line is cut short, repeats an epoch, or lacks a finite loss.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", fix) from None
    history: dict[int, dict[str, Any]] = {}
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            epoch, losses = entry["epoch"], (float(entry["train_loss"]), float(entry["dev_loss"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}, line {number}: not an epoch with its losses ({error!r}).", fix) from None
        if not isinstance(epoch, int) or epoch in history:
            raise InputError(f"{path}, line {number}: epoch {epoch!r} is not a new whole number.", fix)
        if not all(map(math.isfinite, losses)):
            raise InputError(f"{path}, line {number}: losses {losses} are not finite.", fix)
        history[epoch] = entry
    if not history:
        raise InputError(f"{path} is empty.", fix)
    return list(history.values())
