"""Search for the hyperparameters of a model: `tune.trials` trials, each the same training as that of `lemma train`.

The first trial uses the values of params.yaml. The proposal of a later trial depends only on the trials before it and
on a seed of its own. Therefore a search that was killed continues with the same proposals, and the interrupted
training resumes from its checkpoint.
"""

import shutil
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b, sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lemma import files
from lemma.errors import CheckError, InputError
from lemma.layout import Layout
from lemma.params import Neural, Params, Section, override
from lemma.progress import say
from lemma.training.key import KEY_LENGTH
from lemma.tuning.journal import open_study
from lemma.tuning.search_space import first_trial, get_search_space, suggest

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import Trial

    from lemma.training.task import Task

RANDOM = 10  # trials drawn at random before the sampler uses scores: Optuna's default
MIN_TRIALS, MIN_EPOCHS = 5, 3  # before a trial can be pruned: complete trials for the median, and its own epochs
COMPLETE, PRUNED, DIVERGED = "complete", "pruned", "diverged"


@dataclass(frozen=True)
class TrialResult:
    """The result of a trial that has ended.

    Attributes:
        number: of the trial, from 0.
        settings: values of the hyperparameters that are searched.
        score: primary metric on dev of the best epoch; 0 if the training diverged in its first epoch.
        state: COMPLETE, PRUNED or DIVERGED.
        epochs: that were trained.
        seconds: of training.
        lines: {epoch, dev_score, dev_loss, seconds, time} of each epoch.
    """

    number: int
    settings: dict[str, Any]
    score: float
    state: str
    epochs: int
    seconds: float
    lines: list[dict[str, Any]]


def search_hyperparameters(layout: Layout, dataset: str, model: str, params: Params) -> list[TrialResult]:
    """Return `tune.trials` trials; those in the journal are not trained again.

    Raises:
        InputError: the search space is empty, another process uses the journal, or a model cannot be trained.
    """
    import numpy as np

    from lemma.training.inputs import build_task, open_inputs

    space = get_search_space(params.tune, model)
    folder, name = layout.state / "tune", f"{dataset}-{model}"
    journal = folder / f"{name}-{_hash_inputs(layout, dataset, model, params)}.journal"
    with open_study(journal) as study:
        _fail_running_trials(study)
        study.pruner = _make_pruner()
        inputs = None
        while len(results := _list_results(study)) < params.tune.trials:
            number = len(results)
            study.sampler = _make_sampler(f"{params.tune.seed}/{name}/{number}")
            if not number and not _has_waiting_trial(study):
                study.enqueue_trial(first_trial(getattr(params.models, model), space))
            trial = study.ask()
            values = suggest(trial, space)
            # The hash of the values is in the name of the checkpoint, so that no other values resume from it.
            values_hash = sha256(files.canonical(values).encode()).hexdigest()[:KEY_LENGTH]
            resume = journal.with_suffix(f".{number}-{values_hash}")
            settings = override(getattr(params.models, model), values)
            inputs = inputs or open_inputs(layout, dataset, model, params)
            task = build_task(inputs, params.tune.run, params, settings)
            task = replace(task, predicted_documents=np.empty(0, np.int64), checkpoint_dir=resume)
            result = _run_trial(task, trial, number, values)
            trial.set_user_attr("result", asdict(result))
            _tell(study, trial, result)
            shutil.rmtree(resume, ignore_errors=True)
            say(f"tune {dataset}/{model}: trial {number + 1} of {params.tune.trials}: {_describe(result)}")
        _remove_checkpoints(folder, name)
    return results[: params.tune.trials]


def _run_trial(task: "Task[Section]", trial: "Trial", number: int, values: dict[str, Any]) -> TrialResult:
    """Train with the hyperparameters of a trial until the end, or until the pruner stops it.

    Raises:
        InputError: the model cannot be trained with the values of params.yaml or of the search space.
    """
    from optuna import TrialPruned

    from lemma.training.train import fit

    lines: list[dict[str, Any]] = []
    score = 0.0
    is_neural = isinstance(task.hyperparameters, Neural)  # an estimator has a single epoch

    def report_epoch(line: dict[str, Any]) -> None:
        nonlocal score
        lines.append({key: line[key] for key in ("epoch", "dev_score", "dev_loss", "seconds", "time")})
        score = line["dev_score"] if line["best"] else score
        trial.report(line["dev_score"], line["epoch"])
        if is_neural and line["epoch"] < task.train_params.epochs and trial.should_prune():
            raise TrialPruned

    try:
        fit(replace(task, on_epoch_end=report_epoch))
        state = COMPLETE
    except TrialPruned:
        state = PRUNED
    except CheckError:  # the learning rate was too high, which is a result of the search
        state = DIVERGED
    except InputError as error:
        if not number:  # the values of params.yaml, to which the fix of the error applies
            raise
        shown_values = ", ".join(f"{name}: {value}" for name, value in values.items())
        raise InputError(
            f"{task.title}: trial {number + 1} of the search cannot be trained, with {shown_values}.\n{error.what}",
            f"Remove such values from tune.space.{task.metadata['model']} in params.yaml.",
        ) from None
    seconds = round(sum(line["seconds"] for line in lines), 3)
    return TrialResult(number, values, float(score), state, len(lines), seconds, lines)


def _tell(study: "Study", trial: "Trial", result: TrialResult) -> None:
    """Give the study the score of a complete trial; tell it of any other as pruned."""
    from optuna.trial import TrialState

    if result.state == COMPLETE:
        study.tell(trial, result.score)
    else:  # with the state FAIL the sampler would ignore a diverged trial and try similar values again
        study.tell(trial, state=TrialState.PRUNED)


def _fail_running_trials(study: "Study") -> None:
    """Mark the trials that a killed process left running as failed; sampler and count ignore them.

    A trial that was enqueued but not started is returned by the next `ask`.
    """
    from optuna.trial import TrialState

    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)


def _has_waiting_trial(study: "Study") -> bool:
    from optuna.trial import TrialState

    return bool(study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))


def _list_results(study: "Study") -> list[TrialResult]:
    """Return the results of complete and pruned trials, in the order in which they were started."""
    from optuna.trial import TrialState

    states = (TrialState.COMPLETE, TrialState.PRUNED)
    return [TrialResult(**trial.user_attrs["result"]) for trial in study.get_trials(deepcopy=False, states=states)]


def _make_sampler(name: str) -> Any:
    """Return a TPE sampler whose seed is a hash of `name`."""
    from optuna.samplers import TPESampler

    seed = int.from_bytes(blake2b(name.encode(), digest_size=4).digest())
    # constant_liar is for parallel trials; here it would make a killed trial change the proposals
    return TPESampler(seed=seed, n_startup_trials=RANDOM, constant_liar=False)


def _make_pruner() -> Any:
    """Return a pruner that stops a trial if its best score so far is below the median of the others at that epoch."""
    from optuna.pruners import MedianPruner

    return MedianPruner(n_startup_trials=MIN_TRIALS, n_warmup_steps=MIN_EPOCHS)


def _describe(result: TrialResult) -> str:
    state = "" if result.state == COMPLETE else f", {result.state} after {result.epochs} epochs"
    return f"dev score {result.score:.4f}{state}, {result.seconds:.1f} s"


def _remove_checkpoints(folder: Path, name: str) -> None:
    """Delete the checkpoints of all trials of this model, also of other searches; journals stay."""
    for path in folder.glob(f"{name}-{'[0-9a-f]' * KEY_LENGTH}.[0-9]*-{'[0-9a-f]' * KEY_LENGTH}"):
        shutil.rmtree(path, ignore_errors=True)


def _hash_inputs(layout: Layout, dataset: str, model: str, params: Params) -> str:
    """Return a hash of everything that a trial depends on, without `tune.trials`: a search can be extended."""
    from lemma.training.key import input_fingerprint

    own_code = (Path(__file__), Path(__file__).with_name("search_space.py"))
    inputs = [*input_fingerprint(layout, dataset, model), *map(files.sha256, own_code), version("optuna")]
    subwords = params.tokenize.subwords.model_dump() if params.tokenize.subwords is not None else None
    values = [getattr(params.models, model).model_dump(), params.train.model_dump()]
    values += [subwords, getattr(params.tune.space, model).model_dump(), params.tune.run, params.tune.seed]
    return sha256(files.canonical([dataset, model, inputs, values]).encode()).hexdigest()[:KEY_LENGTH]
