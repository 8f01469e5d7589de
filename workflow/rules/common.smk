# What all rules share: the values of params.yaml, checked, and the functions that give inputs, values and resources.
import hashlib
import os
import re
import shlex
import shutil
import sys
from functools import cache
from pathlib import Path

from snakemake.exceptions import WorkflowError

from lemma import params
from lemma.data.sources.catalog import CATALOG
from lemma.errors import LemmaError, choose
from lemma.exercises import EXERCISES
from lemma.layout import Layout
from lemma.params import LEARNT, Folds, Models, Neural
from lemma.stages.code import sources
from lemma.stages.jobs import Job
from lemma.stages.reads import compared_datasets
from lemma.stages.table import STAGES, TARGETS

IS_MODULE = not workflow.modifier.is_main_snakefile()
# The folder with code, templates and resources is the one above this folder. If the Snakefiles come from a remote
# repository, it is the clone that lemma is installed from.
WORKFLOW = Layout().workflow
if workflow.current_basedir.is_local:
    WORKFLOW = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
BIN = Path(sys.executable).parent

if config and IS_MODULE:
    raise WorkflowError(
        "The module lemma reads its values from params.yaml: remove `config:` from the module statement."
    )
if config:
    raise WorkflowError(f"--config {', '.join(config)}: change params.yaml instead, which DVC reads too.")
if any(
    workflow.modifier.path_modifier.replace_prefix(path) != path for stage in STAGES.values() for path in stage.writes
):
    raise WorkflowError(
        "The module lemma accepts no `prefix` or `replace_prefix`: its commands write to the working directory.\n"
        "Remove it, and run the workflow in a folder of its own: snakemake --directory FOLDER."
    )
if not Path("params.yaml").exists():
    raise WorkflowError(
        f"{Path.cwd()} contains no params.yaml: values and results belong to the working directory.\n"
        f"Copy the file and edit it: cp {shlex.quote(str(WORKFLOW / 'params.yaml'))} {shlex.quote(str(Path.cwd()))}"
    )
try:
    PARAMS = params.load(Path("params.yaml"))
except LemmaError as error:
    raise WorkflowError(str(error))

# `lemma` is installed beside the Python that runs Snakemake, whether the environment is activated or not. A job of a
# cluster reads this file again, so it finds the command there too.
shell.prefix('set -euo pipefail; export PATH={BIN:q}:"$PATH" LEMMA_WORKFLOW={WORKFLOW:q}; ')
# The terminal shows the jobs that start, the progress and errors. The steps of the scheduler are in the log file.
for handler in [] if IS_MODULE else logger.handlers:
    if handler.name == "DefaultStreamHandler":
        handler.addFilter(
            lambda record: getattr(record, "event", None) not in ("job_started", "job_finished")
            and record.msg != "Select jobs to execute..."
        )


# The valid values depend on params.yaml: `job` checks them.
wildcard_constraints:
    dataset="[^/]+",
    model="[^/]+",
    run="[^/]+",
    fraction="[^/]+",
    exercise="[^/]+",
    shard="[^/]+",


# The longest chain of jobs starts first, so that no core is idle at the end: data, searches and trainings of networks.
# Solutions and data cards come next. Jobs of other models (0) are short and fill the gaps.
PRIORITY = {"corpus": 4, "search": 3, "training": 2, "pages": 1}


def check_wildcards(wildcards):
    """Check that data set, model, run, fraction, exercise and shard exist.

    Raises:
        InputError: one of them does not exist; the message lists the valid values.
    """
    valid = {
        "dataset": ("data set", [*dict.fromkeys([*CATALOG, *PARAMS.datasets])]),
        "model": ("model", [*Models.model_fields]),
        "exercise": ("exercise", [*EXERCISES]),
        "shard": ("shard", PARAMS.tokenize.shards),
        "fraction": ("training fraction", PARAMS.learning_curve.train_fractions),
    }
    dataset = PARAMS.datasets.get(wildcards.get("dataset"))
    if dataset is not None and isinstance(dataset.split, Folds):
        valid["run"] = ("fold", range(dataset.split.folds))
    elif not re.fullmatch("0|[1-9][0-9]*", wildcards.get("run", "0")):
        valid["run"] = ("run", [0, 1, "2 and so on"])
    for name in wildcards.keys() & valid.keys():
        kind, choices = valid[name]
        if wildcards[name] not in map(str, choices):
            raise choose(kind, wildcards[name], [*map(str, choices)])


def job(stage, wildcards):
    """Return a job of a stage, after a check of its wildcards."""
    wildcards = dict(wildcards.items())
    check_wildcards(wildcards)
    return Job(STAGES[stage], wildcards, PARAMS)


def values(stage):
    """Return a function that gives the values of params.yaml that a job of this stage depends on, by dotted key."""
    return lambda wildcards: job(stage, wildcards).values


def code(stage):
    """Return a function that gives the source files that a job of this stage depends on."""
    return lambda wildcards: list(map(workflow_path, sources(job(stage, wildcards).code)))


def workflow_files(*patterns):
    """Return the files of the workflow that match patterns, such as its templates."""
    paths = (path for pattern in patterns for path in sorted(WORKFLOW.glob(pattern)))
    return [workflow_path(path.relative_to(WORKFLOW)) for path in paths]


@cache
def workflow_path(path):
    """Return the path of a file of the workflow: as it is if the workflow is the working directory, else absolute."""
    return str(path if os.path.samefile(WORKFLOW, os.curdir) else WORKFLOW / path)


def results_of(datasets):
    """Return the results of an experiment on these data sets: the outputs of the table's targets."""
    return list(dict.fromkeys(path for name in TARGETS for path in expand(STAGES[name].writes, dataset=datasets)))


def models_of(pattern):
    """Return `pattern` for every model of the experiment."""
    return expand(pattern, model=PARAMS.experiment.models, allow_missing=True)


def runs_of(pattern):
    """Return `pattern` for every model and run of the experiment."""
    return expand(
        pattern,
        model=PARAMS.experiment.models,
        run=PARAMS.experiment.runs,
        allow_missing=True,
    )


def fractions_of(pattern):
    """Return `pattern` for every model and fraction of the training documents of the experiment."""
    return expand(
        pattern,
        model=PARAMS.experiment.models,
        fraction=PARAMS.learning_curve.train_fractions,
        allow_missing=True,
    )


def own_data(wildcards):
    """Return the user's own file or folder of a data set; nothing for a data set of the catalogue."""
    dataset = PARAMS.datasets.get(wildcards.dataset)
    return [dataset.path] if dataset is not None and dataset.path is not None else []


def download_values(wildcards):
    """Return the values of a data set and a digest of the names, sizes and times of the files in the user's own folder.

    Thousands of files as inputs would slow down every rule, and Snakemake allows no braces in their names.
    """
    digests = {
        f"files of {path}": hashlib.sha256(repr(sorted(file_stats(path))).encode()).hexdigest()
        for path in own_data(wildcards)
        if os.path.isdir(path)
    }
    return values("download")(wildcards) | digests


def file_stats(root):
    """Yield the name, size and modification time of each file below a folder, without hidden files."""
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        for path in (os.path.join(folder, name) for name in names if not name.startswith(".")):
            status = os.lstat(path)
            yield os.path.relpath(path, root), status.st_size, status.st_mtime_ns


def is_network(wildcards):
    """Return whether the model of the wildcards is a neural network."""
    return isinstance(getattr(PARAMS.models, wildcards.model), Neural)


def priority_of(kind):
    """Return a function that gives the priority of a job of a model: that of `PRIORITY` for a network, 0 for others."""
    return lambda wildcards: PRIORITY[kind] if is_network(wildcards) else 0


def training_gpus(wildcards):
    """Return the number of GPUs of a training: one for a network if the device is CUDA, else none."""
    device = PARAMS.train.device
    uses_cuda = device == "cuda" or (device == "auto" and shutil.which("nvidia-smi") is not None)
    return int(uses_cuda and is_network(wildcards))


def search_gpus(wildcards):
    """Return the number of GPUs of a search: that of a training; none if the model is not tuned."""
    return training_gpus(wildcards) if wildcards.model in PARAMS.tune.models else 0


def vector_sources(wildcards):
    """Return the files that word vectors are built from: a corpus with the documents to leave out, or the user's file."""
    source = PARAMS.vectors.source
    if source != LEARNT:
        return [] if source is None else [source]
    return [
        *expand(rules.prepare.output.documents, dataset=PARAMS.vectors.corpora),
        *expand(rules.prepare.output.unlabelled, dataset=PARAMS.vectors.corpora),
        *expand(rules.audit.output.fingerprints, dataset=PARAMS.experiment.datasets),
    ]


def show_overview(workflow):
    """Print the overview of the results if `all` or `demo` was run completely, and not by `--touch`."""
    from lemma.report.overview import overview

    dag = workflow.dag_settings
    datasets = {
        frozenset(): PARAMS.experiment.datasets,
        frozenset({"all"}): PARAMS.experiment.datasets,
        frozenset({"demo"}): ["sample"],
    }.get(frozenset(dag.targets))
    if datasets and not (workflow.touch or dag.until or dag.omit_from):
        logger.info(f"\n{overview(Layout(), datasets)}\n")
