"""The reader of the class probabilities that a training wrote, with checks of their format and values."""

import tokenize
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.errors import InputError

# What NumPy raises on a damaged file: it parses the header as Python and passes the parser's errors on.
DAMAGE = (OSError, OverflowError, SyntaxError, TypeError, ValueError, tokenize.TokenError)
TOLERANCE = 1e-3  # of the sum of a row: float32, softmax on any device


def read_probabilities(path: Path, documents: int, classes: int, fix: str) -> NDArray[np.float32]:
    """Return the checked class probabilities in `path`, memory-mapped and read-only: (documents, classes).

    Args:
        path: a .npy file of float32; pickled content is never loaded.
        documents: expected number of rows.
        classes: expected number of columns.
        fix: what to do about a bad file, for the error message.

    Raises:
        InputError: the file is missing or damaged, has another shape or type, or a row is not a distribution.
    """
    try:
        probabilities: NDArray[Any] = np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", fix) from None
    except DAMAGE as error:
        raise InputError(f"{path} is damaged or not a .npy file: {error}.", fix) from None
    if probabilities.dtype != np.float32:
        raise InputError(f"{path} holds {probabilities.dtype}, not float32.", fix)
    if probabilities.shape != (documents, classes):
        raise InputError(
            f"{path} has shape {probabilities.shape}, not {(documents, classes)}, the number of documents and classes.",
            fix,
        )
    # `not (>= 0)` and `not (<= tolerance)` catch NaN too, which compares false with everything.
    if not (valid := (probabilities >= 0).all(axis=1)).all():
        row = int(valid.argmin())
        raise InputError(f"{path}, document {row}: {probabilities[row].tolist()} holds NaN or a negative number.", fix)
    sums = probabilities.sum(axis=1, dtype=np.float64)
    if not (valid := abs(sums - 1) <= TOLERANCE).all():
        row = int(valid.argmin())
        raise InputError(f"{path}, document {row}: the probabilities sum to {sums[row]:.6g}, not 1.", fix)
    return probabilities
