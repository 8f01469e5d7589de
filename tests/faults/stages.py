"""One job of each rule, as the finished project would run it, and what it writes."""

from tests.project import Project
from tests.workflow.graphs import Job

COMMANDS = (
    "lemma verify 7",
    "lemma solutions",
    "lemma download sample",
    "lemma prepare sample",
    "lemma tokenize sample 0",
    "lemma index sample",
    "lemma audit sample",
    "lemma overlap sample",
    "lemma card sample",
    "lemma vectors",
    "lemma tune --listed sample mlp",
    "lemma train sample cnn 0",
    "lemma learn sample mlp 50",
    "lemma evaluate sample",
    "lemma report sample",
    "lemma track sample",
)


def contents(project: Project, job: Job) -> dict[str, bytes]:
    """Return what a job has written, by path."""
    paths = {name: project.folder / name for name in job.outputs}
    return {name: path.read_bytes() for name, path in paths.items() if path.exists()}
