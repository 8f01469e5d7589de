"""The exercises: all claims are proved or checked, planted errors are detected, and records are reproducible."""

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lemma.errors import CheckError, InputError
from lemma.exercises import EXERCISES, ex7, load, verify
from lemma.exercises.algebra.symbols import i, o, t
from lemma.exercises.outcome import Holds, Scope
from lemma.exercises.proof.claim import Claim, Method
from lemma.exercises.proof.verdict import Verdict, verify_claim
from lemma.files import canonical, read_json

Records = list[dict[str, Any]]


@pytest.fixture(scope="module")
def records() -> Records:
    return verify.verify_exercise(7)


def test_every_claim_is_proved_and_every_mutant_has_a_result(records: Records) -> None:
    for record in records:
        assert (record["id"], record["verdict"], record["scope"], record["problems"]) == (
            record["id"],
            "proved",
            "all",
            [],
        )
        mutants = record["mutants"]
        assert mutants["tried"] == mutants["refuted"] > 20
        assert mutants["tried"] + mutants["equivalent"] + mutants["ill_formed"] == len(mutants["list"])
        for mutant in mutants["list"]:
            results = {"counter_example", "equivalent", "ill_formed"} & set(mutant)
            assert len(results) == 1, mutant


def test_records_follow_the_schema_of_claims_json(records: Records) -> None:
    for record in records:
        assert {"id", "exercise", "statement", "verdict", "methods", "mutants"} <= set(record)
        assert record["exercise"] == 7
        assert re.fullmatch(r"\d+(\.[ivx]+)?(\.[a-z0-9-]+)?", record["id"])
        assert len({method["library"] for method in record["methods"]}) >= 2
        for method in record["methods"]:
            assert method["outcome"] == "holds"
            assert method["scope"] in ("all", "sizes", "samples")


def test_the_same_claims_give_the_same_bytes_in_another_process(records: Records, tmp_path: Path) -> None:
    """A different hash seed changes the iteration order of sets."""
    code = "import sys, pathlib; from lemma.exercises.verify import write_records; "
    code += "write_records(7, pathlib.Path(sys.argv[1]))"
    environment = os.environ | {"PYTHONHASHSEED": "4711"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "7.json")], env=environment, check=True)
    assert (tmp_path / "7.json").read_text() == canonical(records) + "\n"


def test_listing_the_exercises_imports_neither_sympy_nor_torch() -> None:
    code = "import sys; from lemma.exercises import EXERCISES; "
    code += "print(list(EXERCISES), {'sympy', 'torch'} & set(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == f"{list(EXERCISES)} set()\n"


def test_an_unknown_exercise_is_refused_with_the_existing_ones() -> None:
    with pytest.raises(InputError, match="Unknown exercise '99'") as error:
        verify.verify_exercise(99)
    assert ", ".join(map(str, EXERCISES)) in error.value.fix


@pytest.mark.parametrize("number", EXERCISES)
def test_each_exercise_has_a_title_and_its_parts_have_question_answer_and_claims(number: int) -> None:
    module = load(number)
    parts = module.parts()
    assert module.TITLE
    assert all(part.question and part.answer and part.claims for part in parts)
    claims = [claim for part in parts for claim in part.claims]
    assert {claim.exercise for claim in claims} == {number}
    assert len({claim.id for claim in claims}) == len(claims)


def plant(monkeypatch: pytest.MonkeyPatch, place: int, **changes: Any) -> None:
    """Replace the claims of exercise 7 by one of them, changed and with few mutants for speed."""
    (part,) = ex7.parts()
    claim = part.claims[place]
    changed = replace(claim, **{"mutants": claim.mutants[:4], **changes})
    monkeypatch.setattr(ex7, "parts", lambda: (replace(part, claims=(changed,)),))


def failure(path: Path) -> CheckError:
    """Return the error of a failing exercise, and check that it leaves no file."""
    path.write_text("the record of an earlier run")
    with pytest.raises(CheckError) as error:
        verify.write_records(7, path)
    assert error.value.exit_code == 1
    assert list(path.parent.iterdir()) == []
    return error.value


def test_a_wrong_sign_is_refuted_with_a_counter_example(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plant(monkeypatch, 0, subject=t[i] - o[i])
    message = str(failure(tmp_path / "7.json"))
    assert "1 of 1 claims are refuted or undecided" in message
    assert "7.entries is refuted" in message
    assert "SymPy's derivative, every size: computed 4.5, stated -4.5, m = 1, i = 1, o_{1} = 3, t_{1} = -1.5" in message


def test_a_wrong_step_of_the_derivation_is_refuted_with_its_number(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    *steps, last = ex7.entries().steps
    plant(monkeypatch, 0, steps=(*steps, replace(last, sides=(-(t[i] - o[i]), t[i] - o[i]))))
    assert "step 3, = o_{i} - t_{i}: computed" in str(failure(tmp_path / "7.json"))


def test_an_undecided_claim_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blind: Method[Any] = Method("blind", "python", lambda _: Holds(Scope.SAMPLES))
    plant(monkeypatch, 1, methods=(*ex7.directions().methods, blind))
    message = str(failure(tmp_path / "7.json"))
    assert "7.vector is undecided" in message
    assert "blind refutes no mutant" in message


@pytest.mark.parametrize(
    "changes",
    [
        {"ENTRY = o[i] - t[i]": "ENTRY = o[i] + t[i]"},
        {"ERROR = Rational(1, 2) *": "ERROR =", "ENTRY = o[i] - t[i]": "ENTRY = 2 * (o[i] - t[i])"},
        {'reduction="sum") / 2, {o:': 'reduction="sum"), {o:'},
    ],
    ids=["the gradient", "loss and gradient alike", "the program"],
)
def test_an_error_in_the_source_is_detected_in_the_words_of_torch(
    changes: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module is loaded with expressions replaced."""
    text = Path(str(ex7.__file__)).read_text()
    for right, wrong in changes.items():
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    (tmp_path / "ex7_planted.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("ex7_planted", None)
    build: Callable[[], Claim[Any]] = importlib.import_module("ex7_planted").entries
    claim = build()
    result = verify_claim(replace(claim, mutants=claim.mutants[:1]))
    assert result.verdict is Verdict.REFUTED
    assert any(problem.startswith("torch.autograd: computed") for problem in result.problems)


def test_written_records_can_be_read_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plant(monkeypatch, 0)
    assert verify.write_records(7, tmp_path / "deep" / "7.json") == read_json(tmp_path / "deep" / "7.json")
