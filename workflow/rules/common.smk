# What the chapters share: the checked values of params.yaml, and functions that name values, code and files as inputs.
import hashlib
import os
import shlex
import shutil
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from lemma import params
from lemma.data.catalog import CATALOG
from lemma.errors import InputError, LemmaError, choose
from lemma.exercises import EXERCISES
from lemma.layout import Layout
from lemma.params import Folds, Models, Neural
from lemma.stages.code import sources
from lemma.stages.jobs import Job
from lemma.stages.table import STAGES, compared_datasets

IS_MODULE = not workflow.modifier.is_main_snakefile()
# The folder with code, templates and resources: the one above this file. In a workflow that is read from a remote
# repository only the Snakefiles are files of their own; the rest comes from the clone that lemma is installed from.
WORKFLOW = (
    Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
    if workflow.current_basedir.is_local
    else Layout().workflow
)

if config and IS_MODULE:
    raise WorkflowError(
        "The module lemma has values in params.yaml alone: leave `config:` out of the module statement."
    )
if config:
    raise WorkflowError(f"--config {', '.join(config)}: values come from params.yaml alone, so that DVC sees them too.")
if any(
    workflow.modifier.path_modifier.replace_prefix(path) != path for stage in STAGES.values() for path in stage.writes
):
    raise WorkflowError(
        "The module lemma takes no `prefix` or `replace_prefix`: its commands write to the working directory.\n"
        "Leave it out, and run the workflow in a folder of its own: snakemake --directory FOLDER."
    )
if not Path("params.yaml").exists():
    raise WorkflowError(
        f"{Path.cwd()} holds no params.yaml: values and results are those of the working directory.\n"
        f"Begin with a copy: cp {shlex.quote(str(WORKFLOW / 'params.yaml'))} {shlex.quote(str(Path.cwd()))}"
    )
try:
    PARAMS = params.load(Path("params.yaml"))
except LemmaError as error:
    raise WorkflowError(str(error))

# Rules call `lemma` by name: it is installed beside this Python, whether the environment is activated or not, here and
# in a job of a cluster, where Snakemake reads this file again. Templates are those of this workflow.
shell.prefix(
    "set -euo pipefail; export "
    f'PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH" LEMMA_WORKFLOW={shlex.quote(str(WORKFLOW))}; '.replace(
        "{", "{{"
    ).replace(
        "}", "}}"
    )
)
# The terminal shows which jobs start, how many are done, and errors; the log file has the steps of the scheduler too.
for handler in [] if IS_MODULE else logger.handlers:
    if handler.name == "DefaultStreamHandler":
        handler.addFilter(
            lambda record: getattr(record, "event", None) not in ("job_started", "job_finished")
            and record.msg != "Select jobs to execute..."
        )


# What a wildcard may be depends on params.yaml; `job` checks it, with an error that lists the valid values.
wildcard_constraints:
    dataset="[^/]+",
    model="[^/]+",
    run="[^/]+",
    fraction="[^/]+",
    exercise="[^/]+",
    shard="[^/]+",


# The longest chain of jobs starts first, so that no core is idle at the end: corpus, search and trainings of a network.
# Then come the solutions and the data card with what they need. Jobs of other models (0) are short and fill the gaps.
PRIORITY = {"corpus": 4, "search": 3, "training": 2, "pages": 1}


def check_wildcards(wildcards):
    """Check the values of wildcards.

    Raises:
        InputError: a data set, model, run, fraction, exercise or shard does not exist; the valid ones are listed.
    """
    choices = {
        "dataset": ("data set", dict.fromkeys([*CATALOG, *PARAMS.datasets])),
        "model": ("model", Models.model_fields),
        "exercise": ("exercise", EXERCISES),
        "shard": ("shard", PARAMS.tokenize.shards),
        "fraction": ("training fraction", PARAMS.learning_curve.train_fractions),
    }
    settings = PARAMS.datasets.get(wildcards.get("dataset"))
    if settings is not None and isinstance(settings.split, Folds):
        choices["run"] = ("fold", range(settings.split.folds))
    for name, value in wildcards.items():
        kind, valid = choices.get(name, ("run", [0, 1, 2]))
        if name == "run" and kind == "run" and value.isdecimal() and value == str(int(value)):
            continue
        if value not in map(str, valid):
            raise choose(kind, value, [*map(str, valid), *(["..."] if kind == "run" else [])])


def job(stage, wildcards):
    """Return a job of a stage, after a check of its wildcards."""
    check_wildcards(wildcards)
    return Job(STAGES[stage], dict(wildcards.items()), PARAMS)


def values(stage):
    """Return a function that gives the values of params.yaml that a job of this stage depends on, by dotted key."""
    return lambda wildcards: job(stage, wildcards).values


def workflow_files(*patterns):
    """Return the files of the workflow that match patterns: relative if the workflow is the working directory."""
    folder = Path() if os.path.samefile(WORKFLOW, os.curdir) else WORKFLOW
    return sorted(str(path) for pattern in patterns for path in folder.glob(pattern))


def code(stage):
    """Return a function that gives the source files that a job of this stage depends on."""
    return lambda wildcards: workflow_files(*sources(job(stage, wildcards).code))


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


def fractions_of(pattern):
    """Return `pattern` for every model and point of a learning curve, for the data set of the wildcards."""
    return expand(
        pattern,
        model=PARAMS.experiment.models,
        fraction=PARAMS.learning_curve.train_fractions,
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
        *expand(rules.prepare.output.documents, dataset=PARAMS.vectors.corpora),
        *expand(rules.prepare.output.unlabelled, dataset=PARAMS.vectors.corpora),
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
