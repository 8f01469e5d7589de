"""params.yaml: anything at any place, and broken text."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lemma import params
from tests.fuzz.harness import damaged, fuzzed, odd, tried
from tests.project import ROOT, Project

WHOLE = (ROOT / "params.yaml").read_bytes()
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi")
)
CODE = "!!python/object/apply:os.system ['touch pwned']"
TEXTS = [BOMB, "a: &a {b: *a}\n", "[" * 3000, "{" * 3000, "? " * 500, CODE, "a: 1\na: 2\n"]


def _load(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "params.yaml"
        path.write_bytes(content)
        params.load(path)


def _places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, below in inner for place in _places(below, (*at, key)))]


@fuzzed
@given(data=st.data())
def test_any_value_at_any_place(data: st.DataObject) -> None:
    values = yaml.safe_load(WHOLE)
    for place in data.draw(st.lists(st.sampled_from(_places(values)[1:]), min_size=1, max_size=3)):
        holder = values
        try:
            for step in place[:-1]:
                holder = holder[step]
            holder[place[-1]] = data.draw(odd)
        except (KeyError, IndexError, TypeError):  # an earlier change has taken the place away
            continue
    with tried("params.yaml"):
        _load(yaml.safe_dump(values, allow_unicode=True).encode())


@fuzzed
@given(content=damaged(WHOLE) | st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_broken_text(content: bytes) -> None:
    with tried("params.yaml"):
        _load(content)


@pytest.mark.parametrize("text", TEXTS)
def test_text_that_is_made_to_harm(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with tried("params.yaml"):
        _load(text.encode())
        pytest.fail("it was taken for params.yaml")
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"datasets": {"x; touch pwned": {"path": "a.csv", "text": "t", "label": "l", "split": {"folds": 3}}}},
        {"experiment": {"datasets": ["$(touch pwned)"]}},
        {"experiment": {"models": ["cnn; touch pwned"]}},
        {"experiment": {"runs": ["0; touch pwned"]}},
        {"exercises": ["4; touch pwned"]},
        {"learn": {"shares": ["50 && touch pwned"]}},
        {"tokenize": {"shards": ["0 | touch pwned"]}},
        {"datasets": {"own": {"path": "a.csv; touch pwned", "text": "t", "label": "l", "split": {"folds": 3}}}},
        {"vectors": {"source": "$(touch pwned)"}},
        {"report": {"title": "`touch pwned`", "repository": "https://x/$(touch pwned)"}},
    ],
)
def test_a_value_that_looks_like_a_command_reaches_no_shell(finished: Project, change: Any, tmp_path: Path) -> None:
    project = Project(tmp_path)
    for name in ("src", "workflow", "profiles", "resources", "Snakefile", "params.yaml", "reports"):
        (tmp_path / name).symlink_to(finished.folder / name)
    (tmp_path / "params.yaml").unlink()
    (tmp_path / "params.yaml").write_text((finished.folder / "params.yaml").read_text())
    project.change(change)
    started = project.start("snakemake", "--cores", "1", "data/own/source.zip", "data/sample/source.zip")
    printed, _ = started.communicate(timeout=300)
    assert "Traceback" not in printed
    assert not list(tmp_path.rglob("pwned"))
