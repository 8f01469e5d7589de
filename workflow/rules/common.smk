# What the chapters share: the checked values of params.yaml, and words to name values, code and files as dependencies.
import hashlib
import os
import shutil
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from lemma import params
from lemma.errors import LemmaError
from lemma.params import Models, Neural
from lemma.stages.code import sources
from lemma.stages.jobs import Job
from lemma.stages.table import STAGES, compared_datasets

if config:
    raise WorkflowError(f"--config {', '.join(config)}: values come from params.yaml alone, so that DVC sees them too.")
try:
    PARAMS = params.load(Path("params.yaml"))
except LemmaError as error:
    raise WorkflowError(str(error))
# The terminal shows which jobs start, how many are done, and errors; the log file has the steps of the scheduler too.
for handler in logger.handlers:
    if handler.name == "DefaultStreamHandler":
        handler.addFilter(
            lambda record: getattr(record, "event", None) not in ("job_started", "job_finished")
            and record.msg != "Select jobs to execute..."
        )
# Rules call `lemma` by name: it lies beside this Python, be the environment activated or not, here and in a pod.
os.environ.update(PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]))


wildcard_constraints:
    dataset="[A-Za-z0-9][A-Za-z0-9_-]*",
    model="|".join(Models.model_fields),
    run=r"\d+",
    share=r"\d+",
    exercise=r"\d+",
    shard=r"\d+",


# The longest chain of jobs starts first, so that no core is idle at the end: corpus, search and trainings of a network.
# Then come the solutions and the data card with what they need. Jobs of other models (0) are short and fill the gaps.
PRIORITY = {"corpus": 4, "search": 3, "training": 2, "pages": 1}


def values(stage):
    """Return a function that gives the values of params.yaml that a job of this stage depends on, by dotted key."""
    return lambda wildcards: Job(STAGES[stage], dict(wildcards.items()), PARAMS).values


def code(stage):
    """Return a function that gives the source files that a job of this stage depends on."""
    return lambda wildcards: sources(Job(STAGES[stage], dict(wildcards.items()), PARAMS).code)


def models_of(pattern):
    """Return `pattern` for every model of the experiment, for the data set of the wildcards."""
    return expand(pattern, model=PARAMS.experiment.models, allow_missing=True)


def runs_of(pattern):
    """Return `pattern` for every model and run of the experiment, for the data set of the wildcards."""
    return expand(
        pattern,
        model=PARAMS.experiment.models,
        run=PARAMS.experiment.runs,
        allow_missing=True,
    )


def shares_of(pattern):
    """Return `pattern` for every model and point of a learning curve, for the data set of the wildcards."""
    return expand(
        pattern,
        model=PARAMS.experiment.models,
        share=PARAMS.learn.shares,
        allow_missing=True,
    )


def own_file(wildcards):
    """Return the user's own file or folder of a data set, where it has one."""
    settings = PARAMS.datasets.get(wildcards.dataset)
    return [settings.path] if settings is not None and settings.path is not None else []


def own_values(wildcards):
    """Return the values of a data set and, of the user's own folder, a digest of its files' names, sizes and times.

    As inputs the files could bear no braces, and thousands of them would slow down every rule.
    """
    stamped = values("download")(wildcards)
    for path in filter(os.path.isdir, own_file(wildcards)):
        stamped[f"files of {path}"] = hashlib.sha256(repr(sorted(stamps(path))).encode()).hexdigest()
    return stamped


def stamps(root):
    """Yield name, size and time of each file below a folder; hidden ones are none."""
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if not name.startswith(".")]
        for path in (os.path.join(folder, name) for name in names if not name.startswith(".")):
            found = os.lstat(path)
            yield os.path.relpath(path, root), found.st_size, found.st_mtime_ns


def is_network(wildcards):
    """Return whether the model of the wildcards is a neural network."""
    return isinstance(getattr(PARAMS.models, wildcards.model), Neural)


def priority_of(stage):
    """Return a function that gives the priority of a job of `PRIORITY`'s stage: 0 unless its model is a network."""
    return lambda wildcards: PRIORITY[stage] if is_network(wildcards) else 0


def gpus(wildcards):
    """Return the GPUs a training asks for: one for a network where the device is CUDA."""
    device = PARAMS.train.device
    cuda = device == "cuda" or (device == "auto" and shutil.which("nvidia-smi") is not None)
    return int(cuda and is_network(wildcards))


def searching(wildcards):
    """Return the GPUs a search asks for: none where nothing is to be searched."""
    return gpus(wildcards) if wildcards.model in PARAMS.tune.models else 0


def texts(wildcards):
    """Return what word vectors are made of: texts to learn from and such as must not be, a user's own file, nothing."""
    source = PARAMS.vectors.source
    if source != "learnt":
        return [] if source is None else [source]
    return [
        *expand(rules.prepare.output.documents, dataset=PARAMS.vectors.texts),
        *expand(rules.prepare.output.unlabelled, dataset=PARAMS.vectors.texts),
        *expand(rules.audit.output.fingerprints, dataset=PARAMS.experiment.datasets),
    ]


def show_overview(workflow):
    """Print the overview of a finished run of `all` or `demo`; nothing after `--touch` or a run of parts."""
    from lemma.layout import Layout
    from lemma.report.overview import overview

    dag = workflow.dag_settings
    datasets = {
        frozenset(): PARAMS.experiment.datasets,
        frozenset({"all"}): PARAMS.experiment.datasets,
        frozenset({"demo"}): ["sample"],
    }.get(frozenset(dag.targets))
    if datasets and not (workflow.touch or dag.until or dag.omit_from):
        logger.info(f"\n{overview(Layout(), datasets)}\n")
