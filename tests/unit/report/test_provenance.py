"""The origin of a printed number: fact, file, runs and commit."""

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lemma.errors import InputError
from lemma.files import sha256, write_json
from lemma.layout import Layout
from lemma.report.numbers import number
from lemma.report.provenance import trace_number

SOURCE = "reports/tiny/metrics.json"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return a project whose report prints a few numbers."""
    layout = Layout(tmp_path)
    accuracy = number(82.94, "%", 2, SOURCE, std=0.31)
    facts: dict[str, Any] = {
        "models": [{"key": "mlp", "accuracy": number(51.0, "%", 2, SOURCE)}, {"key": "cnn", "accuracy": accuracy}],
        "gains": [number(-3.2, "points", 9, "elsewhere.json"), number(82.9, "%", 9, SOURCE)],
        "title": "82.9",
    }
    write_json(layout.facts("tiny"), facts)
    write_json(layout.root / SOURCE, {"kept": True})
    for run in (0, 1):
        layout.run("tiny", "cnn", run).mkdir(parents=True)
    return layout


@pytest.mark.parametrize("printed", ["82.9", "82.9 %", "82.9 ± 0.3", "82.9\u00a0±\u00a00.3"])
def test_a_number_is_traced_in_every_form_in_which_it_can_be_copied(layout: Layout, printed: str) -> None:
    facts = trace_number(layout, "tiny", printed)
    places = ["models.1.accuracy"] if "±" in printed else ["gains.1", "models.1.accuracy"]
    assert [fact["fact"] for fact in facts] == places
    assert facts[-1]["value"] == 82.94
    assert facts[-1]["source"] == SOURCE
    assert facts[-1]["sha256"] == sha256(layout.root / SOURCE)
    assert facts[-1]["runs"] == ["models/tiny/cnn/0", "models/tiny/cnn/1"]
    assert all("runs" not in fact for fact in facts[:-1])


def test_a_minus_sign_may_be_a_hyphen_and_a_missing_source_has_no_checksum(layout: Layout) -> None:
    for printed in ("-3.2", "−3.2"):
        (fact,) = trace_number(layout, "tiny", printed)
        assert (fact["fact"], fact["value"], fact["sha256"]) == ("gains.0", -3.2, None)


def git(layout: Layout, *words: str) -> str:
    command = ["git", "-C", str(layout.root), "-c", "user.name=x", "-c", "user.email=x@example.org", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit_file(layout: Layout, name: str, content: str) -> str:
    """Write a file, commit it and return the commit."""
    (layout.root / name).write_text(content)
    git(layout, "add", name)
    git(layout, "commit", "-qm", name)
    return git(layout, "rev-parse", "HEAD")


def test_the_commit_is_the_last_one_that_recorded_the_file(layout: Layout) -> None:
    assert trace_number(layout, "tiny", "51.0")[0]["commit"] is None, "no repository"
    git(layout, "init", "-q")
    first = commit_file(layout, SOURCE, '{"kept": true}')
    git(layout, "commit", "-qm", "two", "--allow-empty")
    assert trace_number(layout, "tiny", "51.0")[0]["commit"] == first
    (layout.root / SOURCE).write_text('{"kept": false}')
    assert trace_number(layout, "tiny", "51.0")[0]["commit"] is None, "changed since"


def test_a_commit_of_dvc_lock_is_named_only_if_it_records_the_present_file(layout: Layout) -> None:
    git(layout, "init", "-q")
    lock = "- path: {}\n      hash: md5\n      md5: {}\n      size: 1\n"
    md5 = hashlib.md5((layout.root / SOURCE).read_bytes()).hexdigest()
    other = lock.format("reports/other/metrics.json", md5)
    commit_file(layout, "dvc.lock", other)
    assert trace_number(layout, "tiny", "51.0")[0]["commit"] is None, "of another data set"
    second = commit_file(layout, "dvc.lock", other + lock.format(SOURCE, md5))
    commit_file(layout, "dvc.lock", lock.format(SOURCE, "0" * 32))
    assert trace_number(layout, "tiny", "51.0")[0]["commit"] == second
    (layout.root / SOURCE).write_text("{}")
    assert trace_number(layout, "tiny", "51.0")[0]["commit"] is None, "changed since"


def test_a_number_that_the_report_does_not_print_is_bad_input(layout: Layout) -> None:
    with pytest.raises(InputError, match=r"prints no number '99\.9'"):
        trace_number(layout, "tiny", "99.9")
    with pytest.raises(InputError, match=r"facts\.json does not exist|facts\.json"):
        trace_number(layout, "absent", "1")
