"""One job of each stage of the finished project, and its outputs."""

from lemma.stages.table import STAGES
from tests.project import Project
from tests.workflow.graphs import Job

WILDCARDS = {"exercise": "7", "dataset": "sample", "shard": "0", "model": "mlp", "run": "0", "fraction": "0.5"}
OTHERS = {"train": {"model": "cnn"}}  # wildcards by stage, where they differ
COMMANDS = tuple(stage.command.format(**WILDCARDS | OTHERS.get(name, {})) for name, stage in STAGES.items())


def contents(project: Project, job: Job) -> dict[str, bytes]:
    """Return the contents of a job's outputs, by path."""
    paths = {name: project.folder / name for name in job.outputs}
    return {name: path.read_bytes() for name, path in paths.items() if path.exists()}
