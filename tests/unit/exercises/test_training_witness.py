"""The formulas of the claims give the gradients with which the pipeline trains its MLP."""

import copy
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from lemma.corpus import vocabulary
from lemma.corpus.splits import TRAIN
from lemma.corpus.text_encoder import TextEncoder
from lemma.corpus.tokenizer import read_tokenizer
from lemma.corpus.tokens import open_corpus
from lemma.data.download import download
from lemma.data.index import index
from lemma.data.preparation.prepare import prepare
from lemma.data.tokenize import tokenize
from lemma.exercises import backpropagation, load
from lemma.exercises.backpropagation import RELU, Formulas, Loss
from lemma.exercises.ex8 import weights as ex8_weights
from lemma.layout import Layout
from lemma.models.mlp.model import Network
from lemma.params import Params
from lemma.training.batches import CorpusDocuments, shuffle_into_batches

ROOT = Path(__file__).parents[3]
BATCH, ETA, TOLERANCE = 50, 0.1, 1e-12
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Batch:
    """The pipeline's network in float64, and what a real mini-batch of documents puts into its head."""

    head: nn.Sequential
    inputs: torch.Tensor
    labels: torch.Tensor

    @property
    def layers(self) -> list[Floats]:
        """The head's weights as the claims have them: w_{i,j} at row i, column j, the biases first."""
        linear = [one for one in self.head if isinstance(one, nn.Linear)]
        return [np.vstack([one.bias.detach().numpy(), one.weight.detach().numpy().T]) for one in linear]

    @property
    def targets(self) -> torch.Tensor:
        return functional.one_hot(self.labels).double()

    def loss(self, loss: Loss, inputs: torch.Tensor) -> torch.Tensor:
        """Return the summed loss in torch's own words."""
        logits = self.head(inputs)
        if loss is Loss.CROSS_ENTROPY:
            return functional.cross_entropy(logits, self.labels, reduction="sum")
        outputs = torch.sigmoid(logits) if loss is Loss.SIGMOID else logits
        return functional.mse_loss(outputs, self.targets, reduction="sum") / 2

    def gradients(self, loss: Loss) -> list[Floats]:
        """Return torch's gradients: by each layer's weights as in `layers`, and by the inputs."""
        inputs = self.inputs.clone().requires_grad_()
        linear = [one for one in self.head if isinstance(one, nn.Linear)]
        computed = torch.autograd.grad(
            self.loss(loss, inputs), [*(p for one in linear for p in one.parameters()), inputs]
        )
        pairs = zip(computed[:-1:2], computed[1:-1:2], strict=True)
        return [np.vstack([bias.numpy(), weight.numpy().T]) for weight, bias in pairs] + [computed[-1].numpy()]

    def stated(self, known: Formulas, loss: Loss) -> list[Floats]:
        """Return what the claims' formulas give."""
        inputs, targets = self.inputs.numpy(), self.targets.numpy()
        weights, back = backpropagation.gradients(known, self.layers, RELU, loss, inputs, targets)
        return [*weights, back]


@pytest.fixture(scope="module")
def known() -> Formulas:
    return backpropagation.formulas()


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """A batch of the sample corpus, by the pipeline's stages; the network has two hidden layers with ReLU."""
    folder = tmp_path_factory.mktemp("witness")
    (folder / "resources").symlink_to(ROOT / "resources")
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values["models"]["mlp"] |= {"embedding_dim": 24, "hidden_sizes": [16, 12]}
    params, layout = Params.model_validate(values), Layout(folder)
    for stage in (download, prepare):
        stage(layout, "sample", params)
    tokenize(layout, "sample", 0, params)
    index(layout, "sample", params)
    corpus = open_corpus(layout.tokens("sample"))
    training = corpus.splits(0) == TRAIN
    tokenizer = read_tokenizer(layout.tokenizer("sample"))
    tokens = tokenizer.tokens
    chosen = vocabulary.select_tokens(vocabulary.count_tokens(corpus, training), tokens, params.models.mlp.min_count)
    table = vocabulary.build_vocabulary(TextEncoder(tokenizer.config, chosen, None), tokens)
    documents = CorpusDocuments(corpus, table, corpus.labels.astype(np.int64))
    members = next(shuffle_into_batches(corpus.lengths, np.flatnonzero(training), BATCH, np.random.default_rng(0)))
    rows, places, lengths, labels = documents.batch(members)
    torch.manual_seed(0)
    network = Network(params.models.mlp, table.size, len(corpus.classes)).double().eval()
    seen: list[torch.Tensor] = []
    network.head.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    network.classify(network.embedding(rows), places, lengths)
    return Batch(network.head, seen[0], labels)


def distance(left: list[Floats], right: list[Floats]) -> float:
    return max(float(np.abs(one - other).max()) for one, other in zip(left, right, strict=True))


def test_the_batch_comes_from_the_sample_corpus(batch: Batch) -> None:
    assert batch.inputs.shape == (BATCH, 24)
    assert batch.inputs.dtype == torch.float64
    assert [one.shape for one in batch.layers] == [(25, 16), (17, 12), (13, 2)]
    assert {0, 1} == set(batch.labels.tolist())


@pytest.mark.parametrize("loss", Loss)
def test_the_claims_give_the_gradients_of_the_mlp(batch: Batch, known: Formulas, loss: Loss) -> None:
    wanted = batch.gradients(loss)
    assert min(float(np.abs(one).max()) for one in wanted) > 1e-3  # there is something to find
    assert distance(batch.stated(known, loss), wanted) < TOLERANCE


@pytest.mark.parametrize("loss", [Loss.SIGMOID, Loss.LINEAR])
def test_the_rules_of_exercise_6_give_the_step_of_torch_sgd(batch: Batch, known: Formulas, loss: Loss) -> None:
    """On the head with sigmoids for ReLU, for which the exercise states its rules."""
    modules = [nn.Sigmoid() if isinstance(one, nn.ReLU) else one for one in batch.head]
    trained = replace(batch, head=copy.deepcopy(nn.Sequential(*modules)))
    before = trained.layers
    optimizer = torch.optim.SGD(trained.head.parameters(), lr=ETA)
    trained.loss(loss, batch.inputs).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    stated = backpropagation.update_weights(known, before, loss, batch.inputs.numpy(), batch.targets.numpy(), ETA)
    assert distance(trained.layers, before) > 1e-3
    assert distance(stated, trained.layers) < TOLERANCE


@pytest.mark.parametrize(
    ("claim", "loss"),
    [
        ("9.output", Loss.LINEAR),
        ("6.output", Loss.SIGMOID),
        ("8.ii.cross-entropy", Loss.CROSS_ENTROPY),
        ("8.ii.elementwise", Loss.CROSS_ENTROPY),
        ("8.iii", Loss.LINEAR),
        ("8.iv", Loss.SIGMOID),
    ],
)
def test_an_error_in_a_claim_changes_the_gradients(batch: Batch, known: Formulas, claim: str, loss: Loss) -> None:
    assert distance(batch.stated({**known, claim: -known[claim]}, loss), batch.gradients(loss)) > 1e-3


@pytest.mark.parametrize("claim", ["6.hidden", "6.update"])
def test_an_error_in_a_rule_changes_the_step(batch: Batch, known: Formulas, claim: str) -> None:
    layers, inputs, targets = batch.layers, batch.inputs.numpy(), batch.targets.numpy()
    right = backpropagation.update_weights(known, layers, Loss.SIGMOID, inputs, targets, ETA)
    wrong = backpropagation.update_weights(
        {**known, claim: 2 * known[claim]}, layers, Loss.SIGMOID, inputs, targets, ETA
    )
    assert distance(wrong, right) > 1e-4


def test_the_formulas_are_the_subjects_of_the_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in the subject of a claim therefore fails the tests above."""
    planted = object()
    claim = replace(ex8_weights.inputs(), subject=planted)
    monkeypatch.setattr(load(6), "parts", tuple)
    for exercise, claims in ((8, (claim,)), (9, ())):
        monkeypatch.setattr(load(exercise), "claims", lambda claims=claims: claims)
    assert backpropagation.formulas() == {"8.iii": planted}
