"""The Markdown pages of the project: their code blocks, the commands in these, links and anchors."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from tests.project import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_RUN = "not run"  # after the language of a block: needs a network, a server or minutes; its commands are only parsed
_BLOCK = re.compile(r"^```(?P<language>\w+)(?: (?P<mark>[^\n]+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_SEPARATORS = {"&&", ";", "|"}
_REDIRECTIONS = {"<", ">"}


def blocks(page: Path, language: str) -> Iterator[tuple[str, bool]]:
    """Yield the text of each code block in a language, and whether a test runs it."""
    for block in _BLOCK.finditer(page.read_text()):
        if block["language"] == language:
            assert block["mark"] in (None, NOT_RUN), f"{page.name}: unknown mark '{block['mark']}'"
            yield block["text"], block["mark"] is None


def lines(text: str) -> list[str]:
    """Return the lines of a shell block, joined where one ends in a backslash, without empty lines and comments."""
    joined = text.replace("\\\n", " ").splitlines()
    return [line for line in joined if line.strip() and not line.lstrip().startswith("#")]


def commands(line: str) -> Iterator[list[str]]:
    """Yield the words of each simple command of a shell line, without assignments and redirections."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="&;|<>")
    lexer.whitespace_split = True
    command: list[str] = []
    skip = False
    for word in [*lexer, ";"]:
        if word in _SEPARATORS:
            if command:
                yield command
            command = []
        elif skip or word in _REDIRECTIONS:
            skip = not skip
        elif command or not re.match(r"\w+=", word):
            command.append(word)


def links(page: Path) -> set[str]:
    """Return the targets of all links and images of a page that are not addresses of the web."""
    targets = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL))
    return {target for target in targets if "://" not in target}


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def between(page: Path, mark: str) -> str:
    """Return the lines between `<!-- mark -->` and `<!-- /mark -->`."""
    return _split(page, mark)[1]


def replace_between(page: Path, mark: str, text: str) -> None:
    """Replace the lines between `<!-- mark -->` and `<!-- /mark -->`."""
    before, _, after = _split(page, mark)
    page.write_text(before + text + after)


def _split(page: Path, mark: str) -> tuple[str, str, str]:
    """Return a page up to the opening mark, up to the closing one, and from there."""
    before, opening, rest = page.read_text().partition(f"<!-- {mark} -->\n")
    inside, closing, after = rest.partition(f"<!-- /{mark} -->\n")
    assert opening, f"{page.name} lacks <!-- {mark} -->"
    assert closing, f"{page.name} lacks <!-- /{mark} -->"
    return before + opening, inside, closing + after
