"""Explain why a file would be made again: one sentence from Snakemake, one from DVC."""

from difflib import get_close_matches
from pathlib import Path

from lemma.diagnostics import dvc_status, snakemake_graph
from lemma.errors import InputError

SUGGESTIONS = 5


def explain_file(root: Path, path: Path) -> list[str]:
    """Return for each engine a sentence: why it would make `path` again, or that the file is current.

    Raises:
        InputError: the file lies outside of the project, or it does not exist and no rule makes it.
    """
    try:
        name = path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        what = f"{path} lies outside of {root.resolve()}."
        raise InputError(what, "Name a file of this project, such as models/sample/cnn/0/model.zip.") from None
    reasons = {"Snakemake": snakemake_graph.explain_file(root, name)}
    uses_dvc = (root / ".dvc").is_dir()  # a folder that `snakemake --directory` runs in may do without
    if uses_dvc:
        reasons["DVC"] = dvc_status.explain_file(root, name)
    if not any(reasons.values()):
        if path.exists():
            return [f"{name} is a source file: neither Snakemake nor DVC makes it."]
        outputs = dvc_status.list_outputs(root) if uses_dvc else {}
        similar = get_close_matches(name, outputs, n=SUGGESTIONS, cutoff=0)
        fix = f"Did you mean one of: {', '.join(similar)}?" if similar else ""
        raise InputError(f"No rule makes {name}, and it does not exist.", fix)
    return [
        reason or f"{engine}: {name} is not part of the experiment in params.yaml."
        for engine, reason in reasons.items()
    ]
