"""A printed number: its value, unit, count and source, and the one place where numbers become text.

Tables, captions and sentences all print `text`, so a number reads the same wherever it stands.
"""

import math
import statistics
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

Number = dict[str, Any]
MISSING = "–"


def number(value: float | None, unit: str, n: int, source: str, **around: float | None) -> Number:
    """Return the record of one printed number.

    Args:
        value: in `unit`; None where the quantity is not defined, printed as a dash.
        unit: one of the keys of `FORMATS`, or any word, then printed as a count.
        n: how many observations (runs, documents) it summarises.
        source: the file it came from, relative to the project's root.
        around: std, low, high in the same unit; `std` is printed, as `spread`.
    """
    form = seconds(value) if unit == "s" else FORMATS.get(unit, count)
    record = {"value": value, "unit": unit, "n": n, "source": source, "text": form(value), **around}
    std = around.get("std")
    # One run has no spread: saying 0 would claim a precision that nobody measured. Counts that never vary need none.
    record["spread"] = form(std) if std is not None and n > 1 and (std or form is not count) else None
    if around.get("low") is not None and around.get("high") is not None:
        record["interval"] = f"{tenth(around['low'])} to {tenth(around['high'])}"
    return record


def over_runs(values: Sequence[float], unit: str, source: str) -> Number:
    """Return the mean of values, one a run, with their standard deviation where there are several."""
    std = statistics.stdev(values) if len(values) > 1 else None
    return number(statistics.fmean(values), unit, len(values), source, std=std)


def percent(leaf: dict[str, float | None], n: int, source: str) -> Number:
    """Return a score's summary over runs, shares in [0, 1] turned into per cent.

    Args:
        leaf: {mean, std, low, high}, each None where it is not defined.
    """
    keys = ("mean", "std", "low", "high")
    scaled = {key: None if (share := leaf.get(key)) is None else 100 * share for key in keys}
    return number(scaled.pop("mean"), "%", n, source, **scaled)


def spread(entry: Number) -> str:
    """Return the number with its spread over runs, where it has one, never parted at a line's end."""
    return f"{entry['text']}\u00a0±\u00a0{entry['spread']}" if entry["spread"] else str(entry["text"])


def reading(entry: Number) -> str:
    """Return the number as a sentence has it: with spread and unit."""
    return f"{spread(entry)}\u00a0{entry['unit']}"


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


def seconds(value: float | None) -> Callable[[float | None], str]:
    """Return the form of durations about as long as `value`: hundredths below one second, then tenths, then none."""
    size = abs(value or 0)
    return hundredth if size < 1 else tenth if size < 100 else count


@_defined
def probability(value: float) -> str:
    """Return a p-value with two significant digits, at most four decimals, never 0."""
    if value < 0.00005:
        return "< 0.0001"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}" if value >= 0.001 else f"{value:.4f}"


FORMATS = {
    "%": tenth,
    "% of intervals": "{:g}".format,
    "epochs": tenth,
    "epsilon": hundredth,
    "nats": hundredth,
    "p": probability,
    "points": signed,
    "share": "{:g}".format,
    "tokens": tenth,
}


def plain(text: str, limit: int = 280) -> str:
    """Return a text of the data as one printable line, cut to `limit` characters.

    White space becomes a space; other control, direction and surrogate characters, which no page can show, become
    their code points: `\\u0007`.
    """
    line = " ".join(text.split())
    line = "".join(c if c == "\u200d" or unicodedata.category(c) not in _UNSEEN else f"\\u{ord(c):04x}" for c in line)
    if len(line) <= limit:
        return line
    # Between words where that costs little; a text without spaces is cut anywhere.
    at = line.rfind(" ", limit - 20, limit + 1)
    return line[: at if at > 0 else limit].rstrip() + " …"


def visible(text: str) -> str:
    """Return a text with code points for white space that would look like a common space."""
    return "".join(f"\\u{ord(sign):04x}" if sign.isspace() and sign != " " else sign for sign in text)


_UNSEEN = {"Cc", "Cf", "Cs"}
