"""The formulas of the claims give the gradients with which the pipeline trains its MLP."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

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
from lemma.exercises import ex9, load
from lemma.exercises.algebra.evaluate import evaluate
from lemma.exercises.algebra.symbols import O2, J, delta, eta, g, i, j, k, m, n, o, t, w, x
from lemma.exercises.ex6 import update_rules
from lemma.exercises.ex8 import activations, weights
from lemma.layout import Layout
from lemma.models.mlp.model import Network
from lemma.params import Params
from lemma.training.batches import CorpusDocuments, shuffle_into_batches

ROOT = Path(__file__).parents[3]
BATCH, ETA, TOLERANCE = 50, 0.1, 1e-12
Floats = NDArray[np.float64]
FORMULAS = {
    "6.output": update_rules.OUTPUT_DELTA,
    "6.hidden": update_rules.HIDDEN_DELTA,
    "6.update": update_rules.UPDATE,
    "8.ii.jacobian": activations.BY_NET_INPUT,
    "8.iii": weights.BY_INPUT,
    "8.iv": weights.BY_WEIGHT,
    "9.output": ex9.OUTPUT_DELTA,
}
Formulas = Mapping[str, Any]


class Loss(StrEnum):
    """The output activation and the loss."""

    LINEAR = "squared error of linear outputs"
    SIGMOID = "squared error of sigmoids"
    CROSS_ENTROPY = "cross-entropy of softmax"


def logistic(nets: Floats) -> Floats:
    return 1 / (1 + np.exp(-nets))


def relu(nets: Floats) -> Floats:
    return np.maximum(nets, 0)


def forward(layers: Sequence[Floats], hidden: Callable[[Floats], Floats], inputs: Floats) -> tuple[list[Floats], ...]:
    """Return the net inputs of each layer, and its inputs: a constant 1 and the outputs of the previous layer."""
    nets: list[Floats] = []
    given = []
    for layer in layers:
        before = hidden(nets[-1]) if nets else inputs
        given.append(np.concatenate([np.ones((len(before), 1)), before], axis=1))
        nets.append(given[-1] @ layer)
    return nets, given


def output_deltas(known: Formulas, loss: Loss, nets: Floats, targets: Floats) -> Floats:
    """Return the deltas of the output layer; for cross-entropy, target minus probability."""
    if loss is Loss.LINEAR:
        return evaluate(known["9.output"], {m: nets.shape[1]}, {O2: nets, t: targets}, {k: m})
    if loss is Loss.SIGMOID:
        return evaluate(known["6.output"], {m: nets.shape[1]}, {o: logistic(nets), t: targets}, {j: m})
    powers = np.exp(nets - nets.max(1, keepdims=True))
    return np.asarray(targets - powers / powers.sum(1, keepdims=True))


def backpropagate(
    known: Formulas, layers: Sequence[Floats], loss: Loss, inputs: Floats, targets: Floats
) -> list[Floats]:
    """Return the gradients of the summed loss by the weights of each layer and by the inputs, by exercise 8.

    The hidden neurons are rectified. The biases, in the first row of the weights, are weights of a constant input.
    """
    nets, given = forward(layers, relu, inputs)
    arriving, results = -output_deltas(known, loss, nets[-1], targets), []
    for place in reversed(range(len(layers))):
        sizes = dict(zip((n, m), layers[place].shape, strict=True))
        arrays = {o: given[place], w: layers[place][None], g: arriving}
        results.append(evaluate(known["8.iv"], sizes, arrays, {i: n, j: m}).sum(0))
        arriving = evaluate(known["8.iii"], sizes, arrays, {i: n})[:, 1:]  # without the constant input
        if place:
            slopes = (nets[place - 1] > 0)[:, :, None] * np.eye(arriving.shape[1])
            size = arriving.shape[1]
            arriving = evaluate(known["8.ii.jacobian"], {n: size, m: size}, {J: slopes, g: arriving}, {i: n})
    return [*results[::-1], arriving]


def update_weights(
    known: Formulas, layers: Sequence[Floats], loss: Loss, inputs: Floats, targets: Floats
) -> list[Floats]:
    """Return the weights of a network of sigmoids after one step of gradient descent, by the rules of exercise 6."""
    nets, given = forward(layers, logistic, inputs)
    deltas, results = output_deltas(known, loss, nets[-1], targets), []
    for layer, outputs in zip(reversed(layers), reversed(given), strict=True):
        sizes = dict(zip((n, m), layer.shape, strict=True))
        passed = np.broadcast_to(outputs[:, :, None], (*outputs.shape, layer.shape[1]))
        edges = {w: layer[None], x: passed, delta: deltas, eta: np.array([ETA])}
        results.append(layer + (evaluate(known["6.update"], sizes, edges, {i: n, j: m}) - layer).sum(0))
        deltas = evaluate(known["6.hidden"], sizes, {o: outputs, w: layer[None], delta: deltas}, {j: n})[:, 1:]
    return results[::-1]


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
        return backpropagate(known, self.layers, loss, self.inputs.numpy(), self.targets.numpy())


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
def test_the_claims_give_the_gradients_of_the_mlp(batch: Batch, loss: Loss) -> None:
    wanted = batch.gradients(loss)
    assert min(float(np.abs(one).max()) for one in wanted) > 1e-3  # there is something to find
    assert distance(batch.stated(FORMULAS, loss), wanted) < TOLERANCE


@pytest.mark.parametrize("loss", [Loss.SIGMOID, Loss.LINEAR])
def test_the_rules_of_exercise_6_give_the_step_of_torch_sgd(batch: Batch, loss: Loss) -> None:
    """On the head with sigmoids for ReLU, for which the exercise states its rules."""
    modules = [nn.Sigmoid() if isinstance(one, nn.ReLU) else one for one in batch.head]
    trained = replace(batch, head=copy.deepcopy(nn.Sequential(*modules)))
    before = trained.layers
    optimizer = torch.optim.SGD(trained.head.parameters(), lr=ETA)
    trained.loss(loss, batch.inputs).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    stated = update_weights(FORMULAS, before, loss, batch.inputs.numpy(), batch.targets.numpy())
    assert distance(trained.layers, before) > 1e-3
    assert distance(stated, trained.layers) < TOLERANCE


@pytest.mark.parametrize(
    ("claim", "loss"),
    [
        ("9.output", Loss.LINEAR),
        ("6.output", Loss.SIGMOID),
        ("8.ii.jacobian", Loss.CROSS_ENTROPY),
        ("8.iii", Loss.LINEAR),
        ("8.iv", Loss.SIGMOID),
    ],
)
def test_an_error_in_a_claim_changes_the_gradients(batch: Batch, claim: str, loss: Loss) -> None:
    assert distance(batch.stated({**FORMULAS, claim: -FORMULAS[claim]}, loss), batch.gradients(loss)) > 1e-3


@pytest.mark.parametrize("claim", ["6.hidden", "6.update"])
def test_an_error_in_a_rule_changes_the_step(batch: Batch, claim: str) -> None:
    layers, inputs, targets = batch.layers, batch.inputs.numpy(), batch.targets.numpy()
    right = update_weights(FORMULAS, layers, Loss.SIGMOID, inputs, targets)
    wrong = update_weights({**FORMULAS, claim: 2 * FORMULAS[claim]}, layers, Loss.SIGMOID, inputs, targets)
    assert distance(wrong, right) > 1e-4


@pytest.mark.parametrize("name", ["6.output", "6.hidden", "6.update", "8.ii.jacobian", "8.iii", "8.iv"])
def test_the_formulas_are_the_subjects_of_the_claims(name: str) -> None:
    """An error in the subject of a claim therefore fails the tests above."""
    claims = {claim.id: claim for part in load(int(name[0])).parts() for claim in part.claims}
    assert claims[name].subject == FORMULAS[name]
