"""The exercises: all claims are proved, planted errors are detected, and records are reproducible."""

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lemma.errors import CheckError, InputError
from lemma.exercises import EXERCISES, claim, load, verify
from lemma.exercises.ex4 import network
from lemma.exercises.ex7 import gradient, methods
from lemma.files import canonical, read_json

Records = list[dict[str, Any]]
KINDS = {"symbolic", "numeric", "exhaustive", "solver", "autograd", "finite-differences"}


@pytest.fixture(scope="module")
def records() -> dict[int, Records]:
    return {number: verify.verify_exercise(number) for number in (4, 7)}


@pytest.mark.parametrize("number", [4, 7])
def test_every_claim_is_proved_and_every_mutant_refuted(records: dict[int, Records], number: int) -> None:
    assert records[number]
    for record in records[number]:
        assert (record["id"], record["verdict"], record["problems"]) == (record["id"], "proved", [])
        mutants = record["mutants"]
        assert mutants["tried"] == mutants["refuted"] > 30
        assert mutants["tried"] + mutants["equivalent"] == len(mutants["list"])
        for mutant in mutants["list"]:
            assert mutant.get("equivalent") or (mutant["refuted_by"] and mutant["counter_example"])


@pytest.mark.parametrize("number", [4, 7])
def test_each_claim_has_methods_of_three_kinds_including_autograd(records: dict[int, Records], number: int) -> None:
    for record in records[number]:
        kinds = {method["kind"] for method in record["methods"]}
        assert kinds <= KINDS
        assert {"symbolic", "autograd"} < kinds
        assert all(method["outcome"] == "holds" for method in record["methods"])


@pytest.mark.parametrize("number", [4, 7])
def test_records_follow_the_schema_of_claims_json(records: dict[int, Records], number: int) -> None:
    for record in records[number]:
        assert {"id", "exercise", "statement", "verdict", "methods", "mutants"} <= set(record)
        assert record["exercise"] == number
        assert re.fullmatch(r"\d+(\.[ivx]+)?(\.[a-z0-9-]+)?", record["id"])


def test_equivalent_mutants_of_the_gradient_are_proved_equivalent(records: dict[int, Records]) -> None:
    entries = next(record for record in records[7] if record["id"] == "7.entries")
    same = [mutant for mutant in entries["mutants"]["list"] if "equivalent" in mutant]
    assert len(same) == 6
    assert all(mutant["equivalent"] == "the difference simplifies to 0 for every size" for mutant in same)


def test_the_values_of_exercise_4_are_those_of_the_exercise_sheet(records: dict[int, Records]) -> None:
    values = {record["id"]: record["values"] for record in records[4]}
    edges = ("1,3", "1,4", "1,5", "2,3", "2,4", "2,5", "3,6", "4,6", "5,6")
    after = [values["4.update"][f"w'_{{{edge}}}"] for edge in edges]
    assert after == ["1.2", "-2.2", "0.6", "-1.8", "0.8", "0.6", "-0.8", "1.2", "1.8"]
    assert (values["4.after-step"]["s'_{6}"], values["4.after-step"]["y'"]) == ("1.4", "1")
    assert [values["4.steps-until-flip"][f"y^{{({n})}}"] for n in range(5)] == ["1", "1", "1", "-1", "-1"]


def test_the_same_claims_give_the_same_bytes_in_another_process(records: dict[int, Records], tmp_path: Path) -> None:
    """A different hash seed changes the iteration order of sets."""
    code = "import sys, pathlib; from lemma.exercises.verify import write_records; "
    code += "write_records(7, pathlib.Path(sys.argv[1]))"
    environment = os.environ | {"PYTHONHASHSEED": "4711"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "7.json")], env=environment, check=True)
    assert (tmp_path / "7.json").read_text() == canonical(records[7]) + "\n"


def test_listing_the_exercises_imports_neither_sympy_nor_torch() -> None:
    code = "import sys; from lemma.exercises import EXERCISES; "
    code += "print(list(EXERCISES), {'sympy', 'torch'} & set(sys.modules))"
    named = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert named == f"{list(EXERCISES)} set()\n"


def test_an_unknown_exercise_is_refused_with_the_existing_ones() -> None:
    with pytest.raises(InputError, match="Unknown exercise '99'") as error:
        verify.verify_exercise(99)
    assert ", ".join(map(str, EXERCISES)) in error.value.fix


def test_each_exercise_has_a_title_and_a_task() -> None:
    for number in EXERCISES:
        module = load(number)
        assert module.TITLE
        assert module.TASK


def plant(monkeypatch: pytest.MonkeyPatch, module: ModuleType, ids: tuple[str, ...], **changes: Any) -> None:
    """Replace the claims of a module by those with the given ids, changed and with few mutants for speed."""
    kept = tuple(
        replace(each, **{"mutants": each.mutants[:4], **changes}) for each in module.claims() if each.id in ids
    )
    monkeypatch.setattr(module, "claims", lambda: kept)


def failure(number: int, path: Path) -> CheckError:
    """Return the error of a failing exercise, and check that it leaves no file."""
    path.write_text("the record of an earlier run")
    with pytest.raises(CheckError) as error:
        verify.write_records(number, path)
    assert error.value.exit_code == 1
    assert list(path.parent.iterdir()) == []
    return error.value


def test_a_wrong_sign_in_the_gradient_is_refuted_with_a_counter_example(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    i, o, t = gradient.i, methods.o, methods.t
    plant(monkeypatch, gradient, ("7.entries",), subject=t[i] - o[i])
    message = str(failure(7, tmp_path / "7.json"))
    assert "7.entries is refuted" in message
    assert "SymPy's derivative, any size: computed = 41/12, stated = -41/12, m = 1, i = 1, o_{1} = 0.75" in message


def test_a_wrong_step_of_the_derivation_is_refuted_with_its_number(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    i, o, t = gradient.i, methods.o, methods.t
    first, *rest = gradient.claims()[0].steps
    broken = (first, *rest[:-1], replace(rest[-1], sides=(-(t[i] - o[i]), t[i] - o[i])))
    plant(monkeypatch, gradient, ("7.entries",), steps=broken)
    assert "step 4, = o_{i} - t_{i}: left =" in str(failure(7, tmp_path / "7.json"))


def test_a_wrong_weight_is_refuted_with_the_values_that_follow_from_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(network.GIVEN, "w_{1,3}", Fraction(2))
    plant(monkeypatch, network, ("4.forward", "4.update"))
    message = str(failure(4, tmp_path / "4.json"))
    assert "2 of 2 claims are not proved" in message
    assert "4.forward is refuted" in message
    assert "s_{3} = 0 (stated -1)" in message
    assert "4.update is refuted" in message
    assert "w'_{1,3} = 2.2 (stated 1.2)" in message


@pytest.mark.parametrize(
    ("source", "right", "wrong", "claims"),
    [
        ("ex7.gradient", "subject = o[i] - t[i]", "subject = o[i] + t[i]", "7.entries"),
        ("ex4.network", "(1, 4): -2, (1, 5): 1", "(1, 4): -2, (1, 5): 2", "4.forward"),
    ],
)
def test_an_error_in_the_source_is_detected(
    source: str, right: str, wrong: str, claims: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module is loaded with one expression replaced."""
    original = importlib.import_module(f"lemma.exercises.{source}")
    text = Path(str(original.__file__)).read_text()
    assert text.count(right) == 1
    name = source.replace(".", "_") + "_planted"
    (tmp_path / f"{name}.py").write_text(text.replace(right, wrong))
    monkeypatch.syspath_prepend(tmp_path)
    planted = importlib.import_module(name)
    wrongly = next(each for each in planted.claims() if each.id == claims)
    result = claim.verify_claim(replace(wrongly, mutants=wrongly.mutants[:1]))
    assert result.verdict is claim.Verdict.REFUTED


def test_an_undecided_claim_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blind: claim.Method[Any] = claim.Method("blind", claim.Kind.NUMERIC, lambda _: claim.Holds())
    plant(monkeypatch, gradient, ("7.vector",), methods=(*gradient.claims()[1].methods[:2], blind))
    message = str(failure(7, tmp_path / "7.json"))
    assert "7.vector is undecided" in message
    assert "blind refutes no mutant" in message


@pytest.mark.parametrize("method", range(6))
def test_each_method_of_exercise_4_refutes_a_wrong_answer(method: int) -> None:
    forward = network.claims()[0]
    check: Callable[[Any], claim.Outcome] = forward.methods[method].check
    assert isinstance(check(forward.subject), claim.Holds)
    outcome = check({**forward.subject, "s_{6}": Fraction(1)})
    assert isinstance(outcome, claim.Refuted)
    assert outcome.counter_example == {"s_{6}": "2 (stated 1)"}


def test_written_records_can_be_read_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plant(monkeypatch, network, ("4.forward",))
    assert verify.write_records(4, tmp_path / "deep" / "4.json") == read_json(tmp_path / "deep" / "4.json")
