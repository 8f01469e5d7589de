import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

from lemma.report import figures
from lemma.report.facts import gather_facts
from lemma.report.precision_recall_figure import draw_precision_recall
from lemma.report.report import FIGURES

SEVEN = tuple(figures.MODELS)


def drawn(project: Any) -> dict[str, bytes]:
    facts = gather_facts(project.layout, project.dataset, project.models, project.runs, project.params)
    curves = json.loads(project.layout.curves(project.dataset).read_text(encoding="utf-8"))
    return {name: draw(facts, curves) for name, draw in FIGURES.items()}


@pytest.mark.parametrize(("classes", "models"), [(3, SEVEN[-2:]), (9, SEVEN[::3])])
def test_any_number_of_classes_and_models_can_be_drawn(
    tmp_path: Path, build: Any, classes: int, models: tuple[str, ...]
) -> None:
    for content in drawn(build(tmp_path, classes=classes, models=models, runs=2)).values():
        assert ElementTree.fromstring(content).tag.endswith("svg")


def test_letters_are_outlines_and_there_is_no_date(reported: Any) -> None:
    for name in FIGURES:
        root = ElementTree.parse(reported.layout.figure(reported.dataset, name)).getroot()
        tags = {element.tag.rsplit("}", 1)[-1] for element in root.iter()}
        assert not {"text", "date"} & tags


def test_models_differ_in_grey() -> None:
    looks = [(str(dash), marker) for _, dash, marker in [*figures.MODELS.values(), figures.OTHER]]
    assert len({dash for dash, _ in looks}) >= len(looks) - 1  # majority and cnn share the line, not its width
    assert len({marker for _, marker in looks}) == len(looks)


def test_the_loss_figure_states_that_there_are_no_networks(
    tmp_path: Path, build: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(figures.STYLE, "svg.fonttype", "none")
    content = drawn(build(tmp_path, models=("majority", "logreg"), runs=1))["loss"]
    assert b"No model of this report is trained in epochs." in content


def test_one_panel_is_drawn_for_each_network_and_one_curve_for_each_class(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(figures.STYLE, "svg.fonttype", "none")
    content = drawn(project)
    for title in (b"MLP (5 runs)", b"CNN (5 runs)", b"RNN (5 runs)", b"cross-entropy (nats)"):
        assert title in content["loss"]
    for title in (b"macro average", b"class a", b"class b", b"difference in precision (points)", b"precision (%)"):
        assert title in content["precision_recall"]


def test_every_group_of_the_error_analysis_is_drawn_with_its_number_of_documents(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(figures.STYLE, "svg.fonttype", "none")
    facts = gather_facts(project.layout, project.dataset, project.models, project.runs, project.params)
    content = drawn(project)["reliability"].decode()
    assert len(facts["lengths"]) > 2
    for group in facts["lengths"]:
        assert f"{group['name']} tokens ({group['documents']['text']})" in content


def test_equal_best_epochs_are_drawn_one_above_the_other() -> None:
    figure = Figure()
    axes = figure.subplots()
    losses = {split: {key: [1.0, 0.5, 0.7] for key in ("mean", "low", "high")} for split in ("train", "dev")}
    model = {"name": "MLP", "best_epochs": [2, 2, 3]}
    figures._draw_losses(axes, model, {"epochs": [1, 2, 3], "n": [3, 3, 3], "runs": 3, **losses})
    markers = next(line for line in axes.get_lines() if line.get_label() == "best epoch of a run")
    assert len(np.unique(markers.get_xydata(), axis=0)) == 3


def test_a_class_named_like_a_formula_is_drawn_as_it_is(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(figures.STYLE, "svg.fonttype", "none")
    facts = gather_facts(project.layout, project.dataset, project.models, project.runs, project.params)
    facts["data"]["classes"][0] = "$x^$ <b>"
    curves = json.loads(project.layout.curves(project.dataset).read_text(encoding="utf-8"))
    root = ElementTree.fromstring(draw_precision_recall(facts, curves))
    assert "$x^$ <b>" in "".join(root.itertext())


def test_the_lengths_of_three_splits_differ_in_grey_and_the_last_bin_has_no_upper_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(figures.STYLE, "svg.fonttype", "none")
    parts = [{"part": name, "documents": 24, "histogram": [1] * 24} for name in ("train", "dev", "test")]
    content = figures.draw_lengths(parts, 3)
    for wanted in (b"train", b"dev", b"test", b"69+", b"stroke-dasharray", b"fill: #c9d1dc"):
        assert wanted in content
    assert figures.draw_lengths(parts, 3) == content
