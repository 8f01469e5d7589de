"""Parsing and formatting of exact numbers: `0.1` is one tenth, not the nearest float."""

import re
from fractions import Fraction

_WRITTEN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,2})?(/\d+)?", re.IGNORECASE)


def parse_number(text: str) -> Fraction:
    """Parse a number such as `-2`, `0.1`, `1e-1` or `1 / 10` exactly.

    Raises:
        ValueError: If the text is not such a number, or if the denominator is 0.
    """
    written = re.sub(r"\s*/\s*", "/", text.strip()).replace("\N{MINUS SIGN}", "-")
    if not _WRITTEN.fullmatch(written):
        raise ValueError(f"'{text}' is not a number: write it as -2, 0.1 or 1/10")
    numerator, _, denominator = written.partition("/")
    if denominator and int(denominator) == 0:
        raise ValueError(f"'{text}' divides by 0")
    return Fraction(numerator) / int(denominator or 1)


def show(value: Fraction | int, places: int = 6) -> str:
    """Format a number as a decimal if it is exact with at most `places` decimals, and as a fraction otherwise."""
    scaled = Fraction(value) * 10**places
    if scaled.denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    sign = "-" if scaled < 0 else ""
    whole, rest = divmod(abs(scaled.numerator), 10**places)
    return f"{sign}{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")
