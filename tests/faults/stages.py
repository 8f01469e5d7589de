"""One job of each rule, as the finished project would run it, and what it writes."""

from lemma.stages.table import STAGES
from tests.project import Project
from tests.workflow.graphs import Job

WILDCARDS = {"exercise": "7", "dataset": "sample", "shard": "0", "model": "mlp", "run": "0", "fraction": "0.5"}
OTHERS = {"train": {"model": "cnn"}}  # by stage, where another job is to be looked at
COMMANDS = tuple(stage.command.format(**WILDCARDS | OTHERS.get(name, {})) for name, stage in STAGES.items())


def contents(project: Project, job: Job) -> dict[str, bytes]:
    """Return what a job has written, by path."""
    paths = {name: project.folder / name for name in job.outputs}
    return {name: path.read_bytes() for name, path in paths.items() if path.exists()}
