"""MLflow's tags on the origin of a run: user, command, git commit and host."""

import getpass
import platform
from pathlib import Path

from lemma.tracking.run_names import run_git

GIT = "mlflow.source.git."
GIT_COMMIT, GIT_DIRTY = f"{GIT}commit", f"{GIT}dirty"
SOURCE, NOTE = "mlflow.source.name", "mlflow.note.content"
HOST = "lemma.host"
CODE = (".", ":(exclude)reports", ":(exclude)dvc.lock")  # paths in which an uncommitted change counts


def checkout_tags(root: Path) -> dict[str, str]:
    """Return the tags of all runs that are tracked from the checkout at `root`.

    `mlflow.source.git.dirty` is "true" if code or values differ from the commit; outputs do not count. Outside of a
    git repository the tags of git are missing.
    """
    tags = {"mlflow.source.type": "LOCAL", "mlflow.user": _get_user(), HOST: platform.node()}
    commit = run_git(root, "rev-parse", "--verify", "HEAD")
    if commit:
        tags[GIT_COMMIT] = commit
        status = run_git(root, "status", "--porcelain", "--untracked-files=no", "--", *CODE)
        tags[GIT_DIRTY] = "true" if status else "false"
        branch = run_git(root, "rev-parse", "--abbrev-ref", "HEAD")
        if branch and branch != "HEAD":
            tags["mlflow.source.git.branch"] = branch
    return tags


def unknown_origin_tags() -> dict[str, str]:
    """Return the tags of results of which only scores exist: user and host of the training are unknown."""
    return {"mlflow.source.type": "LOCAL"}


def _get_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # the user of a container may have no name
        return "unknown"
