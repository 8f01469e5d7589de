"""The page limit of the report: the largest type size at which it has at most five pages without layout faults.

The length of a report depends on the data set: its texts, classes, models and searches. The template takes the type
size as `closeness`, 0 for the largest type; this module typesets it and inspects the pages.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

from pypdf import PageObject, PdfReader
from pypdf.generic import DecodedStreamObject, NameObject

from lemma.report import typeset

PAGES = 5  # at most
SIZES = 5  # type sizes; the smallest is nine tenths of the largest
FOOT = 30  # points from the lower edge of the page: the footer is below
MARGIN = 46  # points from the lower edge of the page: the text is above
PATHS = re.compile(rb"(?:-?[\d.]+\s+){2,6}[mlcvy]\s")  # moves, lines and curves in the content of a page
LEAST = 0.4  # fraction of the last page that must be used
UNEVEN = 60  # points by which the columns of the last page may differ
Faults = tuple[int, int, bool]


class Line(NamedTuple):
    """The position of the baseline of a piece of text."""

    x: float
    y: float


def typeset_within_limit(template: Path, data: dict[str, Any], assets: dict[str, Path], out: Path) -> None:
    """Typeset `template` to the PDF `out` in the largest type without `find_faults`, or in that with the fewest.

    Raises:
        InputError: see `typeset.compile`.
    """
    faults: list[Faults] = []

    def typeset_at(closeness: int, spare: float = 0) -> Faults:
        typeset.compile(template, {**data, "closeness": closeness, "spare": spare}, assets, out)
        return find_faults(out)

    for closeness in range(SIZES):
        faults.append(typeset_at(closeness))
        if not any(faults[-1]):
            break
    best = faults.index(min(faults))
    if best != closeness:
        typeset_at(best)
    if (spare := measure_spare(out)) and typeset_at(best, spare)[:2] > faults[best][:2]:
        typeset_at(best)


def measure_spare(pdf: Path) -> float:
    """Return by how many points both columns of the last page are to be shortened to be about equally long."""
    page = PdfReader(pdf).pages[-1]
    middle = float(page.mediabox.width) / 2
    lines = _read_lines(page)
    left, right = (
        min((line.y for line in lines if (line.x >= middle) == side), default=float(page.mediabox.height) - MARGIN)
        for side in (False, True)
    )
    return round((right - left) / 2) if right - left > UNEVEN else 0


def find_faults(pdf: Path) -> Faults:
    """Return the pages beyond the limit, the number of pages with text in the footer, and if the last is nearly empty.

    Text runs into the footer where a float has taken the space of a block that must not be broken.
    """
    pages = [([line.y for line in _read_lines(page)], float(page.mediabox.height)) for page in PdfReader(pdf).pages]
    (last, height), single = pages[-1], len(pages) == 1
    overfull = sum(any(line < MARGIN for line in lines) for lines, _ in pages)
    return max(0, len(pages) - PAGES), overfull, not single and min(last, default=height) > (1 - LEAST) * height


def _read_lines(page: PageObject) -> list[Line]:
    """Return the positions of the lines of text on a page, in points from its lower left corner, without the footer."""
    lines: list[Line] = []
    text = DecodedStreamObject()  # without the paths of the figures, which take most of the time to parse
    text.set_data(PATHS.sub(b"", content.get_data() if (content := page.get_contents()) is not None else b""))
    page[NameObject("/Contents")] = text

    def collect(text: str, outer: list[float], inner: list[float], *_: Any) -> None:
        if text.strip():
            lines.append(Line(inner[4] * outer[0] + outer[4], inner[5] * outer[3] + outer[5]))

    page.extract_text(visitor_text=collect)
    footer = min((line.y for line in lines), default=0.0)
    return [line for line in lines if not (line.y < FOOT and abs(line.y - footer) < 0.5)]
