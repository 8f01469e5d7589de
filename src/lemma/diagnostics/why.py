"""Both answers."""

from difflib import get_close_matches
from pathlib import Path

from lemma.diagnostics import ask_dvc, ask_snakemake
from lemma.errors import InputError

SHOWN = 5


def explain_file(root: Path, path: Path) -> list[str]:
    """Return in a sentence for each engine why `path` would be made again, or that it is current.

    Raises:
        InputError: the file lies outside of the project, or no rule makes it and it is not there.
    """
    try:
        name = path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        what = f"{path} lies outside of {root.resolve()}."
        raise InputError(what, "Name a file of this project, models/sample/cnn/0/model.zip say.") from None
    ours, theirs = ask_snakemake.explain_file(root, name), ask_dvc.explain_file(root, name)
    if ours is None and theirs is None:
        if path.exists():
            return [f"{name} is written by hand: neither engine makes it."]
        near = get_close_matches(name, ask_dvc.list_outputs(root), n=SHOWN, cutoff=0)
        raise InputError(f"No rule makes {name}, and it is not there.", f"Did you mean one of: {', '.join(near)}?")
    nobody = f"{{}}: {name} is no part of what params.yaml asks for."
    return [ours or nobody.format("Snakemake"), theirs or nobody.format("DVC")]
