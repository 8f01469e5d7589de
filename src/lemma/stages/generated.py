"""The files that are written from the table of stages: dvc.yaml, and the table in the documentation."""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from lemma import files
from lemma.errors import InputError
from lemma.params import Params
from lemma.stages.dvc_yaml import dvc_yaml
from lemma.stages.table import STAGES

COMMAND = "lemma stages --write"
DOCUMENT = Path("docs/running.md")
BEGIN, END = "<!-- stages -->", "<!-- /stages -->"  # what is written stands between them


def generated(root: Path, params: Params) -> Iterator[tuple[Path, str]]:
    """Yield the path of each generated file, relative to `root`, and the content that it should have."""
    yield Path("dvc.yaml"), dvc_yaml(params)
    document = root / DOCUMENT
    if document.exists():
        text = document.read_text()
        pattern = re.compile(f"(?<={re.escape(BEGIN)}\n).*?(?={re.escape(END)})", re.DOTALL)
        yield DOCUMENT, pattern.sub(lambda _: stage_table(), text)


def differences(root: Path, params: Params) -> str:
    """Return a unified diff from the generated files as they are to what they should be; empty: they are up to date."""
    lines: list[str] = []
    for path, content in generated(root, params):
        present = (root / path).read_text() if (root / path).exists() else ""
        lines += difflib.unified_diff(
            present.splitlines(), content.splitlines(), str(path), f"{path}, as `{COMMAND}` writes it", lineterm=""
        )
    return "\n".join(lines)


def write_generated(root: Path, params: Params) -> list[Path]:
    """Write the generated files that are not up to date, and return their paths."""
    written = []
    for path, content in generated(root, params):
        if not (root / path).exists() or (root / path).read_text() != content:
            with files.atomic(root / path, marked=False) as stream:
                stream.write(content.encode())
            written.append(path)
    return written


def require_dvc_yaml(root: Path, params: Params) -> None:
    """Check that dvc.yaml declares the stages of this experiment; further stages are the user's own.

    Raises:
        InputError: it was generated for other values of params.yaml, so DVC would run other jobs than the experiment
            has, or in another order.
    """
    path = root / "dvc.yaml"
    present = _load(path.read_text()) if path.exists() else {}
    wrong = [name for name, entry in _load(dvc_yaml(params)).items() if present.get(name) != entry]
    if wrong:
        raise InputError(
            f"dvc.yaml was generated for another experiment than that of params.yaml: {', '.join(wrong)} would differ.",
            f"Run `{COMMAND}`, then dvc again. Where `dvc exp run --set-param` changes data sets, models, runs, "
            "exercises, fractions, shards or the source of word vectors, write that value to params.yaml first.",
        )


def _load(text: str) -> dict[str, object]:
    loaded = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    stages = loaded.get("stages") if isinstance(loaded, dict) else None
    return stages if isinstance(stages, dict) else {}


def stage_table() -> str:
    """Return the table of stages for the documentation, in Markdown."""
    rows = ["| stage | command | what it does | writes |", "| --- | --- | --- | --- |"]
    for stage in STAGES.values():
        command = " ".join(word for word in stage.command.split() if word not in stage.options.split())
        outputs = ", ".join(f"`{path}`" for path in stage.writes[:3]) + (", ..." if len(stage.writes) > 3 else "")
        row = f"| {stage.name} | `{command}` | {stage.help} | {outputs} |"
        rows.append(re.sub(r"\{(\w+)\}", lambda match: match[1].upper(), row))
    return "\n".join([*rows, ""])
