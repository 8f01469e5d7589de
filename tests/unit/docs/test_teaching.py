"""docs/teaching.md: its networks are valid, it lists every key, and its output is that of the command."""

from functools import partial
from pathlib import Path

import pytest

from lemma.errors import InputError
from lemma.exercises.grading.class_list import grade_answers, read_answers
from lemma.exercises.grading.own_questions import find_own, read_questions
from lemma.exercises.tracing.network import Network, Neuron
from lemma.exercises.tracing.network_file import read_network
from lemma.exercises.tracing.trace import format_trace
from tests import pages
from tests.project import ROOT

PAGE = ROOT / "docs" / "teaching.md"


def test_the_networks_of_the_page_are_computed_and_the_first_is_exercise_4(tmp_path: Path) -> None:
    networks = []
    for text, _ in pages.blocks(PAGE, "yaml"):
        if text.startswith("- id"):
            continue
        (tmp_path / "network.yaml").write_text(text)
        networks.append(read_network(tmp_path / "network.yaml"))
    assert networks[0] == read_network(ROOT / "resources" / "networks" / "exercise4.yaml")
    assert all(map(format_trace, networks))


def test_the_page_lists_every_key() -> None:
    for key in (*Network.model_fields, *Neuron.model_fields):
        assert f"| `{key}`" in PAGE.read_text() or key == "neurons"


def test_the_output_and_the_message_of_the_page_are_those_of_the_command(tmp_path: Path) -> None:
    output, message = (text for text, _ in pages.blocks(PAGE, "text") if "neuron" in text and "Read as" not in text)
    assert format_trace(read_network(ROOT / "resources" / "networks" / "exercise4.yaml")).endswith(output.rstrip())
    (tmp_path / "network.yaml").write_text("eta: 1\nneurons: {h-1: {activation: sign, weights: {x1: }}}")
    with pytest.raises(InputError) as error:
        read_network(tmp_path / "network.yaml")
    assert message == f"error: {error.value.what.replace(str(tmp_path) + '/', '')}\n"


def test_the_answers_of_the_page_are_graded_with_its_own_question(tmp_path: Path) -> None:
    (table,) = (text for text, _ in pages.blocks(PAGE, "csv"))
    (quiz,) = (text for text, _ in pages.blocks(PAGE, "yaml") if text.startswith("- id"))
    (shown,) = (text for text, _ in pages.blocks(PAGE, "text") if "Read as" in text)
    (tmp_path / "quiz.yaml").write_text(quiz)
    find = partial(find_own, read_questions(tmp_path / "quiz.yaml"))
    rows = {row.student: row for row in grade_answers(read_answers(table.splitlines()), find)}
    verdicts = {student: row.verdict for student, row in rows.items()}
    assert verdicts == {"Ada": "right", "Ben": "wrong", "Cem": "right", "Dia": "wrong"}
    assert rows["Ben"].message == shown.rstrip()
    assert rows["Dia"].slip == "What is the derivative of a square?"
