"""Tests that a training imports only what it needs: torch and scikit-learn take seconds to import."""

import json
import subprocess
import sys

import pytest

from tests.unit.training import tiny
from tests.unit.training.conftest import Project

WORK = """
import json, sys
from pathlib import Path
from lemma import params
from lemma.layout import Layout
from lemma.prediction.predict import predict
from lemma.training.train import train
class Callback:
    def __enter__(self): return self
    def __exit__(self, *error): pass
    def on_epoch_end(self, epoch, line): pass
layout, model = Layout(Path(sys.argv[1])), sys.argv[2]
train(layout, "tiny", model, 0, params.load(layout.params), lambda about: Callback())
list(predict(layout, "tiny", model, 0, [["good"]]))
heavy = ["torch", "sklearn", "skops", "scipy", "sentencepiece", "matplotlib", "mlflow"]
print(json.dumps([name for name in heavy if name in sys.modules]))
"""
LINEAR = {"sklearn", "skops", "scipy"}


@pytest.mark.parametrize(
    ("model", "expected"), [("majority", LINEAR), ("logreg", LINEAR), ("mlp", {"torch"}), ("rnn", {"torch"})]
)
def test_training_and_prediction_import_only_the_library_of_their_model(
    project: Project, model: str, expected: set[str]
) -> None:
    command = [sys.executable, "-c", WORK, str(project.layout.root), model]
    done = subprocess.run(command, cwd=tiny.ROOT, check=True, capture_output=True, text=True)
    assert set(json.loads(done.stdout)) == expected
