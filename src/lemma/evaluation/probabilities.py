"""Read the class probabilities that a training wrote, and refuse a file that is damaged or of another corpus."""

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
