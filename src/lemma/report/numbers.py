"""Records of printed numbers (value, unit, sample size, source, text), and all functions that format numbers.

Tables, captions and sentences print `text`, so that a number looks the same everywhere.
"""

import math
import statistics
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

Number = dict[str, Any]
MISSING = "–"


def number(value: float | None, unit: str, n: int, source: str, **around: float | None) -> Number:
    """Return the record of a printed number.

    Args:
        value: in `unit`; None if the quantity is not defined, which is printed as a dash.
        unit: a key of `FORMATS`, "s" for seconds, or any other word for counts.
        n: number of observations (runs, documents) that it summarizes.
        source: path of its file, relative to the root of the project.
        around: std, low and high in the same unit; `std` is printed as `spread`.
    """
    form = seconds(value) if unit == "s" else FORMATS.get(unit, count)
    record = {"value": value, "unit": unit, "n": n, "source": source, "text": form(value), **around}
    std = around.get("std")
    # A single run has no standard deviation; a count that does not vary is printed without one.
    record["spread"] = form(std) if std is not None and n > 1 and (std or form is not count) else None
    if around.get("low") is not None and around.get("high") is not None:
        record["interval"] = f"{tenth(around['low'])} to {tenth(around['high'])}"
    return record


def over_runs(values: Sequence[float], unit: str, source: str) -> Number:
    """Return the mean of one value for each run, with the standard deviation if there are several runs."""
    std = statistics.stdev(values) if len(values) > 1 else None
    return number(statistics.fmean(values), unit, len(values), source, std=std)


def percent(leaf: dict[str, float | None], n: int, source: str) -> Number:
    """Return the summary of a score over runs, in per cent.

    Args:
        leaf: {mean, std, low, high} as fractions, None if not defined.
        n: number of runs.
        source: path of the file of the summary.
    """
    keys = ("mean", "std", "low", "high")
    scaled = {key: None if (fraction := leaf.get(key)) is None else 100 * fraction for key in keys}
    if scaled["low"] is not None and scaled["high"] is not None:  # a score is between 0 and 100
        scaled |= {"low": max(0.0, scaled["low"]), "high": min(100.0, scaled["high"])}
    return number(scaled.pop("mean"), "%", n, source, **scaled)


def spread(entry: Number) -> str:
    """Return the number with its standard deviation, if it has one, without places for a line break."""
    return f"{entry['text']}\u00a0±\u00a0{entry['spread']}" if entry["spread"] else str(entry["text"])


def reading(entry: Number) -> str:
    """Return the number with its standard deviation and unit, as in a sentence."""
    return f"{spread(entry)}\u00a0{entry['unit']}"


def _format(value: float | None, template: str) -> str:
    """Return a number as text, with a minus sign; a dash if it is not defined."""
    return MISSING if value is None or not math.isfinite(value) else template.format(value).replace("-", "−")


def count(value: float | None) -> str:
    """Return a whole number with commas between thousands."""
    return _format(value, "{:,.0f}")


def tenth(value: float | None) -> str:
    """Return a number with one decimal."""
    return _format(value, "{:.1f}")


def hundredth(value: float | None) -> str:
    """Return a number with two decimals."""
    return _format(value, "{:.2f}")


def signed(value: float | None) -> str:
    """Return a difference with its sign and one decimal; 0.0 has no sign."""
    return _format(value, "{:+.1f}" if value is None or round(value, 1) else "0.0")


def seconds(value: float | None) -> Callable[[float | None], str]:
    """Return the format of a duration: two decimals below one second, one below 100 seconds, else none."""
    size = abs(value or 0)
    return hundredth if size < 1 else tenth if size < 100 else count


def probability(value: float | None) -> str:
    """Return a p-value with two significant digits, at most four decimals, never 0."""
    if value is None:
        return MISSING
    if value < 0.00005:
        return "< 0.0001"
    return _format(value, "{:.2f}" if value >= 0.1 else "{:.2g}" if value >= 0.001 else "{:.4f}")


FORMATS = {
    "%": tenth,
    "% of intervals": "{:g}".format,
    "epochs": tenth,
    "h": tenth,
    "min": tenth,
    "nats": hundredth,
    "p": probability,
    "points": signed,
    "share": "{:g}".format,
    "size": tenth,
    "tokens": tenth,
}


def plain(text: str, limit: int = 280) -> str:
    """Return a text of the data set as one printable line, cut to `limit` characters.

    White space is replaced by a space; other control, direction and surrogate characters are replaced by their code
    points: `\\u0007`.
    """
    line = " ".join(text.split())
    line = "".join(c if c == "\u200d" or unicodedata.category(c) not in _UNSEEN else f"\\u{ord(c):04x}" for c in line)
    if len(line) <= limit:
        return line
    # Cut at a space if there is one near the limit.
    at = line.rfind(" ", limit - 20, limit + 1)
    return line[: at if at > 0 else limit].rstrip() + " …"


def visible(text: str) -> str:
    """Return a text in which white space other than the space is replaced by code points."""
    return "".join(f"\\u{ord(sign):04x}" if sign.isspace() and sign != " " else sign for sign in text)


_UNSEEN = {"Cc", "Cf", "Cs"}
