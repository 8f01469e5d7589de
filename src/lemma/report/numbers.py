"""A printed number: its value, unit, count and source, and the one place where numbers become text.

Tables, captions and sentences all print `text`, so a number reads the same wherever it stands.
"""

import math
import unicodedata
from collections.abc import Callable
from typing import Any

Number = dict[str, Any]
MISSING = "–"


def number(value: float | None, unit: str, n: int, source: str, **spread: float | None) -> Number:
    """Return the record of one printed number.

    Args:
        value: in `unit`; None where the quantity is not defined, printed as a dash.
        unit: one of the keys of `FORMATS`, or any word, then printed as a count.
        n: how many observations (runs, documents) it summarises.
        source: the file it came from, relative to the project's root.
        spread: std, low, high in the same unit; `std` is printed, as `spread`.
    """
    form = FORMATS.get(unit, count)
    record = {"value": value, "unit": unit, "n": n, "source": source, "text": form(value), **spread}
    std = spread.get("std")
    # One run has no spread: saying 0 would claim a precision that nobody measured.
    record["spread"] = form(std) if std is not None and n > 1 else None
    return record


def percent(leaf: dict[str, float | None], n: int, source: str) -> Number:
    """Return a score's summary over runs, shares in [0, 1] turned into per cent.

    Args:
        leaf: {mean, std, low, high}, each None where it is not defined.
    """
    scaled = {key: None if leaf.get(key) is None else 100 * leaf[key] for key in ("mean", "std", "low", "high")}  # type: ignore[operator]
    return number(scaled.pop("mean"), "%", n, source, **scaled)


def reading(entry: Number) -> str:
    """Return the number as a sentence has it: with spread and unit."""
    spread = f" ± {entry['spread']}" if entry["spread"] else ""
    unit = "" if entry["unit"] == "p" else f" {entry['unit']}"
    return f"{entry['text']}{spread}{unit}"


def _defined(form: Callable[[float], str]) -> Callable[[float | None], str]:
    def wrapped(value: float | None) -> str:
        return MISSING if value is None or not math.isfinite(value) else form(value).replace("-", "−")

    return wrapped


@_defined
def count(value: float) -> str:
    """Return a whole number with its thousands apart."""
    return f"{value:,.0f}"


@_defined
def tenth(value: float) -> str:
    """Return a number with one decimal."""
    return f"{value:.1f}"


@_defined
def hundredth(value: float) -> str:
    """Return a number with two decimals."""
    return f"{value:.2f}"


@_defined
def signed(value: float) -> str:
    """Return a difference with its sign and one decimal; what rounds to nothing has no sign."""
    return f"{value:+.1f}" if round(value, 1) else "0.0"


@_defined
def seconds(value: float) -> str:
    """Return a duration to the precision a reader needs: hundredths below one second, then tenths, then none."""
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


@_defined
def probability(value: float) -> str:
    """Return a p-value with two significant digits, never 0."""
    return "< 0.0001" if value < 0.00005 else f"{value:.4f}" if value < 0.001 else f"{value:.2g}"


FORMATS = {
    "%": tenth,
    "epochs": tenth,
    "nats": hundredth,
    "p": probability,
    "points": signed,
    "s": seconds,
    "tokens": tenth,
}


def plain(text: str, limit: int = 280) -> str:
    """Return a text of the data as one printable line, cut to `limit` characters.

    White space becomes a space; other control, direction and surrogate characters, which no page can show, become
    their code points: `\\u0007`.
    """
    line = " ".join(text.split())
    line = "".join(c if c == "\u200d" or unicodedata.category(c) not in _UNSEEN else f"\\u{ord(c):04x}" for c in line)
    return line if len(line) <= limit else line[:limit].rstrip() + " …"


_UNSEEN = {"Cc", "Cf", "Cs"}
