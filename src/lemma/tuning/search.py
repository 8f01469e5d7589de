"""Search a model's settings: as many trials as asked for, each the training that `lemma train` makes.

The first trial is of the settings of params.yaml; a later one's proposal follows from the trials before it and a seed
of its own. So a search that was killed proposes what it would have proposed, and the training that was cut off goes on
from its checkpoint.
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
from lemma.params import Neural, Params, override
from lemma.progress import say
from lemma.tuning.journal import open_study
from lemma.tuning.space import first_trial, search_space, suggest

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import Trial

    from lemma.training.task import Task

KEY = 16  # hexadecimal digits in the name of a journal or a checkpoint
RANDOM = 10  # trials drawn at random before proposals follow from scores: Optuna's own number
COMPARED, WARMUP = 5, 3  # complete trials, and epochs, before a trial can be pruned: a median of less says little
COMPLETE, PRUNED, DIVERGED = "complete", "pruned", "diverged"


@dataclass(frozen=True)
class TrialResult:
    """A trial that ended.

    `number`: from 0, without gaps; `settings`: those searched alone; `score`: of the dev part, at the epoch kept so
    far, 0 where a training diverged in its first; `seconds`: of training; `lines`: {epoch, dev_score, dev_loss,
    seconds, time} of each epoch.
    """

    number: int
    settings: dict[str, Any]
    score: float
    state: str
    epochs: int
    seconds: float
    lines: list[dict[str, Any]]


def search_hyperparameters(layout: Layout, dataset: str, model: str, params: Params) -> list[TrialResult]:
    """Return the `tune.trials` trials of a search, those already in its journal included.

    Raises:
        InputError: there is nothing to search, another process searches, or a training refuses its input.
    """
    import numpy as np

    from lemma.training.train import build_task, open_inputs

    searched = search_space(params.tune, model)
    folder, name = layout.state / "tune", f"{dataset}-{model}"
    journal = folder / f"{name}-{_key(layout, dataset, model, params)}.journal"
    with open_study(journal) as study:
        _give_up(study)
        study.pruner = _pruner()
        inputs = None
        while len(found := _ended(study)) < params.tune.trials:
            number = len(found)
            study.sampler = _sampler(f"{params.tune.seed}/{name}/{number}")
            if not number and not _waits(study):
                study.enqueue_trial(first_trial(getattr(params.models, model), searched))
            trial = study.ask()
            chosen = suggest(trial, searched)
            # The settings are in its name: a trial goes on from a checkpoint of the very same ones, or from none.
            mark = sha256(files.canonical(chosen).encode()).hexdigest()[:KEY]
            resume = journal.with_suffix(f".{number}-{mark}")
            settings = override(getattr(params.models, model), chosen)
            inputs = inputs or open_inputs(layout, dataset, settings)
            task = build_task(layout, dataset, model, params.tune.run, params, settings, inputs)
            attempt = _attempt(replace(task, predict=np.empty(0, np.int64), resume=resume), trial, number, chosen)
            trial.set_user_attr("attempt", asdict(attempt))
            _tell(study, trial, attempt)
            shutil.rmtree(resume, ignore_errors=True)
            say(f"tune {dataset}/{model}: trial {number + 1} of {params.tune.trials}: {_described(attempt)}")
        _sweep(folder, name)
    return found[: params.tune.trials]


def _attempt(task: "Task", trial: "Trial", number: int, chosen: dict[str, Any]) -> TrialResult:
    """Train with the chosen settings until the end, or until the trial falls behind the median of the others.

    Raises:
        InputError: the training refuses its input, which for a trial after the first are values of the space.
    """
    from optuna import TrialPruned

    from lemma.training.train import fit

    lines: list[dict[str, Any]] = []
    score = 0.0
    neural = isinstance(task.settings, Neural)  # an estimator has one epoch: there is nothing to prune

    def watch(line: dict[str, Any]) -> None:
        nonlocal score
        lines.append({key: line[key] for key in ("epoch", "dev_score", "dev_loss", "seconds", "time")})
        score = line["dev_score"] if line["best"] else score
        trial.report(line["dev_score"], line["epoch"])
        if neural and line["epoch"] < task.shared.epochs and trial.should_prune():
            raise TrialPruned

    try:
        fit(replace(task, watch=watch))
        state = COMPLETE
    except TrialPruned:
        state = PRUNED
    except CheckError:  # the rate was too high: a result of the search like any other, and no reason to end it
        state = DIVERGED
    except InputError as error:
        if not number:  # the settings of params.yaml, to which the error's own mend applies
            raise
        values = ", ".join(f"{name}: {value}" for name, value in chosen.items())
        raise InputError(
            f"{task.title}: trial {number + 1} of the search cannot be trained, with {values}.\n{error.what}",
            f"Leave such values out of tune.space.{task.about['model']} in params.yaml.",
        ) from None
    seconds = round(sum(line["seconds"] for line in lines), 3)
    return TrialResult(number, chosen, float(score), state, len(lines), seconds, lines)


def _tell(study: "Study", trial: "Trial", attempt: TrialResult) -> None:
    from optuna.trial import TrialState

    if attempt.state == COMPLETE:
        study.tell(trial, attempt.score)
    else:  # Optuna's own word for what diverged, FAIL, would hide from its sampler how bad these settings are
        study.tell(trial, state=TrialState.PRUNED)


def _give_up(study: "Study") -> None:
    """Call trials that a killed process left running failed; the sampler and the count pass over these.

    One that waits, since the process was killed before it began, is begun by the next `ask`.
    """
    from optuna.trial import TrialState

    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)


def _waits(study: "Study") -> bool:
    from optuna.trial import TrialState

    return bool(study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))


def _ended(study: "Study") -> list[TrialResult]:
    """Return the trials that ended, in the order of their beginning."""
    from optuna.trial import TrialState

    states = (TrialState.COMPLETE, TrialState.PRUNED)
    return [TrialResult(**trial.user_attrs["attempt"]) for trial in study.get_trials(deepcopy=False, states=states)]


def _sampler(name: str) -> Any:
    from optuna.samplers import TPESampler

    seed = int.from_bytes(blake2b(name.encode(), digest_size=4).digest())
    # constant_liar is for trials side by side; here it would only make a killed trial count.
    return TPESampler(seed=seed, n_startup_trials=RANDOM, constant_liar=False)


def _pruner() -> Any:
    """Return what ends a trial whose best score so far is below the median of the others at the same epoch."""
    from optuna.pruners import MedianPruner

    return MedianPruner(n_startup_trials=COMPARED, n_warmup_steps=WARMUP)


def _described(attempt: TrialResult) -> str:
    end = "" if attempt.state == COMPLETE else f", {attempt.state} after {attempt.epochs} epochs"
    return f"dev score {attempt.score:.4f}{end}, {attempt.seconds:.1f} s"


def _sweep(folder: Path, name: str) -> None:
    """Remove checkpoints of killed trials, those of other searches of this model included; journals stay."""
    for path in folder.glob(f"{name}-{'[0-9a-f]' * KEY}.[0-9]*-{'[0-9a-f]' * KEY}"):
        shutil.rmtree(path, ignore_errors=True)


def _key(layout: Layout, dataset: str, model: str, params: Params) -> str:
    """Return a hash of all that a trial depends on. Not of their number: a search can be made longer."""
    from lemma.training.key import input_fingerprint

    own = (Path(__file__), Path(__file__).with_name("space.py"))
    held = [*input_fingerprint(layout, dataset, model), *map(files.sha256, own), version("optuna")]
    subwords = params.tokenize.subwords.model_dump() if params.tokenize.subwords is not None else None
    values = [getattr(params.models, model).model_dump(), params.train.model_dump()]
    values += [subwords, getattr(params.tune.space, model).model_dump(), params.tune.run, params.tune.seed]
    return sha256(files.canonical([dataset, model, held, values]).encode()).hexdigest()[:KEY]
