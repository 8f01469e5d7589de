"""Where a run comes from, in MLflow's own tags: who made it, by which command, from which commit, on which host."""

import getpass
import platform
from pathlib import Path

from lemma.tracking.run_names import git

GIT = "mlflow.source.git."
GIT_COMMIT, GIT_DIRTY = f"{GIT}commit", f"{GIT}dirty"
SOURCE, NOTE = "mlflow.source.name", "mlflow.note.content"
HOST = "lemma.host"
CODE = (".", ":(exclude)reports", ":(exclude)dvc.lock")  # paths in which a change makes the checkout dirty


def checkout_tags(root: Path) -> dict[str, str]:
    """Return the tags that all runs tracked from the checkout at `root` share; those of git only if it is one.

    `mlflow.source.git.dirty` is "true" if code or values differ from the commit; outputs do not count.
    """
    tags = {"mlflow.source.type": "LOCAL", "mlflow.user": _user(), HOST: platform.node()}
    commit = git(root, "rev-parse", "--verify", "HEAD")
    if commit:
        tags[GIT_COMMIT] = commit
        status = git(root, "status", "--porcelain", "--untracked-files=no", "--", *CODE)
        tags[GIT_DIRTY] = "true" if status else "false"
        branch = git(root, "rev-parse", "--abbrev-ref", "HEAD")
        if branch and branch != "HEAD":
            tags["mlflow.source.git.branch"] = branch
    return tags


def unknown_origin_tags() -> dict[str, str]:
    """Return the tags of results of which only scores were kept: nobody knows who trained, and where."""
    return {"mlflow.source.type": "LOCAL"}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"
