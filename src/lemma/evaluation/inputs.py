"""What trainings hand to evaluation, read with distrust: class probabilities and the history of losses."""

import json
import math
import tokenize
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.errors import InputError

# What numpy raises on a damaged file: it reads the header as Python text, and lets that parser's errors through.
DAMAGE = (OSError, OverflowError, SyntaxError, TypeError, ValueError, tokenize.TokenError)
TOLERANCE = 1e-3  # of a row's sum: float32, and softmax on any device


def read_probabilities(path: Path, documents: int, classes: int, fix: str) -> NDArray[np.float32]:
    """Return the checked class probabilities in `path`, memory-mapped and read-only: (documents, classes).

    Args:
        path: a .npy file of float32; pickled content is never loaded.
        documents: rows it must have.
        classes: columns it must have.
        fix: what to do about a bad file.

    Raises:
        InputError: the file is missing, cut short, of another shape or type, or a row is not a distribution.
    """
    try:
        held: NDArray[Any] = np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", fix) from None
    except DAMAGE as error:
        raise InputError(f"{path} is damaged or not a .npy file: {error}.", fix) from None
    if held.dtype != np.float32:
        raise InputError(f"{path} holds {held.dtype}, not float32.", fix)
    if held.shape != (documents, classes):
        raise InputError(
            f"{path} has shape {held.shape}, not {(documents, classes)}, the corpus's documents and classes.", fix
        )
    # `not (>= 0)` and `not (<= tolerance)` catch NaN too, which compares false with everything.
    if not (fair := (held >= 0).all(axis=1)).all():
        row = int(fair.argmin())
        raise InputError(f"{path}, document {row}: {held[row].tolist()} holds NaN or a negative number.", fix)
    sums = held.sum(axis=1, dtype=np.float64)
    if not (fair := abs(sums - 1) <= TOLERANCE).all():
        row = int(fair.argmin())
        raise InputError(f"{path}, document {row}: the probabilities sum to {sums[row]:.6g}, not 1.", fix)
    return held


def read_history(path: Path, fix: str) -> dict[int, tuple[float, float]]:
    """Return train and dev loss in nats by epoch.

    Args:
        path: a `history.jsonl`, one line an epoch.
        fix: what to do about a bad file.

    Raises:
        InputError: the file is missing or empty, or a line is cut short, repeats an epoch, or lacks a finite loss.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", fix) from None
    losses: dict[int, tuple[float, float]] = {}
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            epoch, pair = entry["epoch"], (float(entry["train_loss"]), float(entry["dev_loss"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}, line {number}: not an epoch with its losses ({error!r}).", fix) from None
        if not isinstance(epoch, int) or epoch in losses:
            raise InputError(f"{path}, line {number}: epoch {epoch!r} is not a new whole number.", fix)
        if not all(map(math.isfinite, pair)):
            raise InputError(f"{path}, line {number}: losses {pair} are not finite.", fix)
        losses[epoch] = pair
    if not losses:
        raise InputError(f"{path} is empty.", fix)
    return losses
