"""The files that a command checks before it starts: a damaged one is refused before it spoils a result."""

from pathlib import Path

from lemma.layout import Layout
from lemma.params import Params
from lemma.stages.jobs import job_of, producer_of


def inputs(layout: Layout, params: Params, stage: str, *wildcards: object) -> list[Path]:
    """Return the files that one job reads of what other stages write.

    Args:
        layout: where files are.
        params: the content of params.yaml.
        stage: name of the stage.
        wildcards: values of its wildcards, in the order of its command.
    """
    job = job_of(params, stage, *wildcards)
    return [layout.root / path for path in job.reads if producer_of(params, path) is not None]
