"""The solution sheet of a network: its formulas, in LaTeX and in the PDF."""

from fractions import Fraction
from pathlib import Path

import pytest
from pypdf import PdfReader

from lemma.errors import InputError
from lemma.exercises.tracing.network_file import read_network
from lemma.exercises.tracing.trace import compute_trace
from lemma.report.latex_to_typst import typst
from lemma.report.trace_sheet import Latex, write_trace_sheet, write_weight
from tests.project import ROOT

EXERCISE, XOR = (ROOT / "resources" / "networks" / name for name in ("exercise4.yaml", "xor.yaml"))


def formulas(path: Path, **options: str) -> list[str]:
    """Return all formulas of the steps and the effect."""
    trace = compute_trace(read_network(path, options), Latex)
    sections = [*(section for _, sections in trace.steps for section in sections), trace.effect]
    return [cell for section in sections for _, *cells in section.rows for cell in cells if cell]


def test_the_formulas_are_those_of_the_sheet() -> None:
    for expected in (
        r"s_{6} = (-1) \cdot (-1) + 1 \cdot (-1) + 2 \cdot 1 = 2",
        r"o_{6} = \operatorname{sign}(2) = 1",
        r"\delta_{6} = (-1 - 1) = -2",
        r"w_{1,4} \leftarrow -2 + 0.1 \cdot 1 \cdot (-2) = -2.2",
        r"o_{6}: 1 \to 1",
    ):
        assert expected in formulas(EXERCISE)


def test_derivatives_biases_and_momentum_are_written() -> None:
    written = formulas(XOR, digits="2")
    assert r"o_{h_{1}} = \sigma(-2) = 0.12" in written
    assert r"\varphi'_{h_{1}} = 0.12 \cdot (1 - 0.12) = 0.1" in written
    assert r"b_{y} \leftarrow -2 + 0.5 \cdot (-0.18) + 0.9 \cdot 0 = -2.09" in written


def test_fractions_small_numbers_and_names_are_written_in_latex() -> None:
    assert Latex(None).number(Fraction(-1, 3)) == r"-\frac{1}{3}"
    assert Latex(2).number(Fraction(1, 8000)) == r"1.25 \cdot 10^{-4}"
    assert write_weight(("x1", "h-1")) == r"w_{x_{1},\text{h-1}}"
    assert typst(write_weight(("έξοδος", "d'_ 1")))


def test_the_sheet_is_typeset_and_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("first.pdf", "second.pdf"):
        write_trace_sheet(read_network(XOR), "xor.yaml", ROOT / "reports", tmp_path / name)
    assert (tmp_path / "first.pdf").read_bytes() == (tmp_path / "second.pdf").read_bytes()
    text = " ".join(page.extract_text() for page in PdfReader(tmp_path / "first.pdf").pages)
    for words in ("xor.yaml", "Given", "Step 4 of 4: instance 4, x1 = 1, x2 = 1", "Result", "printed to 6"):
        assert words in text


def test_without_the_templates_the_error_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs the templates of the project"):
        write_trace_sheet(read_network(XOR), "xor.yaml", tmp_path, tmp_path / "sheet.pdf")


def test_a_sheet_of_too_many_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="more than 5000"):
        write_trace_sheet(read_network(XOR, {"steps": "400"}), "xor", ROOT / "reports", tmp_path / "sheet.pdf")
