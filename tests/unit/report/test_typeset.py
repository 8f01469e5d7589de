import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lemma.errors import LemmaError
from lemma.report import typeset

TEMPLATE = """
#let data = json(bytes(sys.inputs.data))
#let assets = json(bytes(sys.inputs.assets))
#data.text
#for path in assets.values() { image(path) }
"""
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'


def lay(folder: Path, template: str = TEMPLATE) -> tuple[Path, dict[str, Path], Path]:
    """Write a template and a figure into folders that share nothing below `folder`."""
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "c d").mkdir()
    (folder / "a" / "b" / "page.typ").write_text(template, encoding="utf-8")
    (folder / "c d" / "square.svg").write_text(SQUARE, encoding="utf-8")
    return folder / "a" / "b" / "page.typ", {"square": folder / "c d" / "square.svg"}, folder / "out" / "page.pdf"


def test_the_same_inputs_give_the_same_bytes_in_any_folder(tmp_path: Path) -> None:
    contents = []
    for place in ("here", "there"):
        template, assets, out = lay(tmp_path / place)
        typeset.compile(template, {"text": "lemma"}, assets, out)
        contents.append(out.read_bytes())
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    "text",
    ["= no heading", "#panic() $x$ *a* _b_ `c` @d [e] <f> // g", "<br /><b>&amp;</b>", r"\u{41} \n ~ ~~", '"quo\'ted"'],
)
def test_data_is_never_interpreted_as_markup(tmp_path: Path, read: Callable[[Path], str], text: str) -> None:
    template, assets, out = lay(tmp_path)
    typeset.compile(template, {"text": text}, assets, out)
    assert read(out) == re.sub(r"[\s-]", "", text)


def test_what_no_font_shows_is_printed_as_its_code_point(tmp_path: Path, read: Callable[[Path], str]) -> None:
    template, assets, out = lay(tmp_path)
    typeset.compile(template, {"text": "café \u0645\u0631\u062d Ж 中 \U0001f600 \\ end"}, assets, out)
    assert read(out).startswith("café")
    assert read(out).endswith(r"Ж\u4e2d\U0001f600\end")


def test_an_error_names_the_template_the_line_and_what_typst_says(tmp_path: Path) -> None:
    template, assets, out = lay(tmp_path, "#let a = 1\n#a.field\n")
    with pytest.raises(LemmaError, match=r"page\.typ: cannot access fields on type integer") as caught:
        typeset.compile(template, {}, assets, out)
    assert "page.typ:2:3" in str(caught.value)


def test_a_failed_compilation_leaves_the_old_pdf_alone(tmp_path: Path) -> None:
    template, assets, out = lay(tmp_path, "#panic()")
    out.parent.mkdir()
    out.write_bytes(b"old")
    with pytest.raises(LemmaError):
        typeset.compile(template, {}, assets, out)
    assert out.read_bytes() == b"old"
    assert [path.name for path in out.parent.iterdir()] == ["page.pdf"]


def test_a_missing_template_or_figure_is_named(tmp_path: Path) -> None:
    template, assets, out = lay(tmp_path)
    with pytest.raises(LemmaError, match=r"none\.typ does not exist"):
        typeset.compile(tmp_path / "none.typ", {}, assets, out)
    assets["square"].unlink()
    with pytest.raises(LemmaError, match=r"square\.svg does not exist"):
        typeset.compile(template, {}, assets, out)
