"""A search is reproducible, also if it was killed."""

import signal
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from optuna.study import Study

from lemma.corpus.splits import TEST
from lemma.errors import InputError
from lemma.params import Params
from lemma.training import train
from lemma.training.task import Result, Task
from lemma.tuning.journal import open_study
from lemma.tuning.search import COMPLETE, DIVERGED, PRUNED, search_hyperparameters
from tests.unit.training import tiny
from tests.unit.tuning.conftest import TRIALS, Project, settings, untimed

Make = Callable[[], Project]
SPACES = settings()["tune"]["space"]
SEARCH = """
import sys
from pathlib import Path
from typing import Any
from lemma.layout import Layout
from tests.unit.tuning.conftest import Project
Project(Layout(Path(sys.argv[1]))).search("mlp")
"""


def journal(project: Project) -> Path:
    (results,) = (project.layout.state / "tune").glob("*.journal")
    return results


def test_a_search_is_reproducible_and_other_seeds_give_other_trials(make: Make) -> None:
    first = make().search("mlp")
    assert untimed(first) == untimed(make().search("mlp"))
    assert [trial.number for trial in first] == [*range(TRIALS)]
    proposals = {str(trial.settings) for trial in first}
    assert len(proposals) == TRIALS
    assert not proposals & {str(trial.settings) for trial in make().search("mlp", seed=1)}


def test_a_search_killed_in_a_trial_continues_with_the_same_trials(make: Make) -> None:
    """By SIGKILL, in a process of its own; the second half here."""
    project = make()
    command = [sys.executable, "-c", SEARCH, str(project.layout.root)]
    with subprocess.Popen(command, cwd=tiny.ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "trial 3 of" in line:
                break
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "".join(said)
    results = project.search("mlp")
    assert untimed(results) == untimed(make().search("mlp"))
    assert [name for name in project.state() if not name.endswith((".journal", ".alone"))] == []


@pytest.mark.usefixtures("scripted")
def test_a_search_killed_before_its_first_trial_continues_with_the_same_trials(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make()
    with monkeypatch.context() as patch:
        patch.setattr(Study, "ask", lambda *_: [][0])
        for _ in range(2):
            with pytest.raises(IndexError):
                project.search("mlp")
    assert project.search("mlp") == make().search("mlp")


@pytest.mark.parametrize("epoch", [1, 3, 5])
def test_an_interrupted_trial_resumes_from_its_checkpoint(
    make: Make, monkeypatch: pytest.MonkeyPatch, epoch: int
) -> None:
    project, lines = make(), 0
    fit = train.fit

    def cut(task: Task[Any]) -> Result:
        def watch(line: dict[str, object]) -> None:
            nonlocal lines
            lines += 1
            task.on_epoch_end(line)
            if lines == 5 * 4 + epoch:
                raise KeyboardInterrupt

        return fit(replace(task, on_epoch_end=watch))

    monkeypatch.setattr(train, "fit", cut)
    with pytest.raises(KeyboardInterrupt):
        project.search("mlp")
    (checkpoint,) = [name for name in project.state() if not name.endswith((".journal", ".alone"))]
    assert ".4-" in checkpoint
    monkeypatch.setattr(train, "fit", fit)
    assert untimed(project.search("mlp")) == untimed(make().search("mlp"))
    assert not (project.layout.state / "tune" / checkpoint).exists()


@pytest.mark.usefixtures("scripted")
def test_an_extended_search_equals_a_long_one(make: Make, ended: list[int]) -> None:
    project = make()
    short = project.search("mlp", trials=6)
    assert ended == [*range(6)]
    long = project.search("mlp", trials=15)
    assert ended == [*range(15)], "no trial is trained twice"
    assert project.search("mlp", trials=6) == short == long[:6]
    assert make().search("mlp", trials=15) == long


@pytest.mark.usefixtures("scripted")
def test_trials_below_the_median_are_pruned_and_diverged_trials_are_counted(project: Project) -> None:
    results = project.search("mlp", trials=30)
    by_state = {state: [trial for trial in results if trial.state == state] for state in (COMPLETE, PRUNED, DIVERGED)}
    assert all(by_state.values()), by_state
    assert sum(map(len, by_state.values())) == 30
    assert {trial.epochs for trial in by_state[COMPLETE]} == {5}
    assert {trial.epochs for trial in by_state[PRUNED]} <= {3, 4}
    assert {(trial.score, trial.epochs) for trial in by_state[DIVERGED]} == {(0.0, 0)}
    best = max(results, key=lambda trial: trial.score)
    assert best.state == COMPLETE
    assert all(trial.settings["learning_rate"] > 0.05 for trial in by_state[DIVERGED])
    for trial in results:
        assert trial.score == max((line["dev_score"] for line in trial.lines), default=0.0)
        assert trial.seconds == 0.5 * trial.epochs


@pytest.mark.usefixtures("scripted")
def test_an_incomplete_line_and_a_stale_lock_do_not_stop_a_search(make: Make) -> None:
    project = make()
    project.search("mlp", trials=4)
    path = journal(project)
    path.write_bytes(path.read_bytes() + b'{"op_code": 4, "wor')
    Path(f"{path}.lock").symlink_to(path)
    assert project.search("mlp", trials=8) == make().search("mlp", trials=8)


@pytest.mark.usefixtures("scripted")
@pytest.mark.parametrize("content", [b"something else\n", b'{"op_code": 0}\n', b"[]\n"])
def test_an_invalid_journal_is_an_error_that_names_it(project: Project, content: bytes) -> None:
    project.search("mlp", trials=1)
    path = journal(project)
    path.write_bytes(content + path.read_bytes())
    with pytest.raises(InputError, match="is not a journal of a search") as caught:
        project.search("mlp", trials=1)
    assert str(path) in caught.value.what


@pytest.mark.usefixtures("scripted")
def test_two_processes_never_write_one_journal(project: Project) -> None:
    project.search("mlp", trials=1)
    with open_study(journal(project)), pytest.raises(InputError, match="Another process is searching"):
        project.search("mlp", trials=2)


@pytest.mark.usefixtures("scripted")
def test_other_data_or_another_search_space_start_a_new_search(project: Project, ended: list[int]) -> None:
    project.search("mlp", trials=2)
    project.search("mlp", trials=2, space={**SPACES, "mlp": {"learning_rate": [0.01, 0.02]}})
    tiny.write_corpus(project.layout, tiny.documents(seed=1))
    project.search("mlp", trials=2)
    project.search("mlp", trials=2, space={**SPACES, "logreg": {"c": [1.0]}})  # of another model: no matter
    assert ended == [0, 1] * 3


def test_a_linear_model_is_searched_without_pruning(project: Project) -> None:
    results = project.search("logreg", trials=8)
    assert {(trial.state, trial.epochs) for trial in results} == {(COMPLETE, 1)}


def test_hyperparameters_that_cannot_be_trained_are_an_error_that_names_the_search_space(project: Project) -> None:
    space = SPACES | {"logreg": {"min_count": [1, 5000]}}
    with pytest.raises(
        InputError, match=r"trial \d+ of the search cannot be trained, with min_count: 5000\."
    ) as caught:
        project.search("logreg", space=space)
    assert "tune.space.logreg" in caught.value.fix
    values = deepcopy(settings(space=space))
    values["models"]["logreg"]["min_count"] = 5000
    with pytest.raises(InputError, match="the model cannot be fitted") as caught:
        search_hyperparameters(project.layout, tiny.DATASET, "logreg", Params.model_validate(values))
    assert "models.logreg" in caught.value.fix


def test_a_search_does_not_depend_on_the_labels_of_test(make: Make) -> None:
    honest, other = make(), make()
    turned = [
        document._replace(label=1 - document.label) if document.part == TEST else document
        for document in tiny.documents()
    ]
    tiny.write_corpus(other.layout, turned)
    assert untimed(honest.search("mlp", trials=3)) == untimed(other.search("mlp", trials=3))


def test_a_trial_writes_no_model(project: Project) -> None:
    project.search("mlp", trials=2)
    assert not (project.layout.root / "models").exists()
    assert {Path(name).suffix for name in project.state()} == {".journal", ".alone"}


def test_the_first_trial_has_the_values_of_params_yaml(project: Project) -> None:
    ours = project.params().models.mlp.model_dump()
    (results,) = project.search(trials=1)
    space = SPACES["mlp"]
    assert results.settings["learning_rate"] == ours["learning_rate"]
    assert results.settings.keys() == space.keys()
    outside = {"embedding_dim": {"low": ours["embedding_dim"] + 1, "high": ours["embedding_dim"] + 3}}
    (results,) = project.search(trials=1, space=settings()["tune"]["space"] | {"mlp": space | outside})
    assert results.settings["learning_rate"] == ours["learning_rate"], "what lies outside is drawn, the rest is ours"
    assert ours["embedding_dim"] < results.settings["embedding_dim"]
