"""Train a network from the corpus to the class probabilities: vocabulary, weights, predictions."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lemma.corpus.special_tokens import FIRST
from lemma.corpus.splits import TRAIN
from lemma.corpus.subwords import fit_subwords
from lemma.corpus.text_encoder import TextEncoder
from lemma.corpus.vocabulary import Vocabulary, build_vocabulary, count_tokens, select_tokens
from lemma.errors import InputError
from lemma.models.shared import store
from lemma.models.shared.layers import Classifier
from lemma.models.shared.ngrams import NgramHasher
from lemma.params import Neural
from lemma.training import loop, stacked
from lemma.training.batches import CorpusDocuments
from lemma.training.checkpoint import Tensors, TrainingState
from lemma.training.cost import Cost, peak_memory_mb
from lemma.training.determinism import choose_device, seed_everything
from lemma.training.inference import average_probabilities
from lemma.training.memory import retain_freed_memory
from lemma.training.task import Result, Task


@dataclass(frozen=True)
class Preparation:
    """What a training starts from: the network with its initial weights, and the documents as it encodes them."""

    network: Classifier
    encoder: TextEncoder
    vocabulary: Vocabulary
    documents: CorpusDocuments


def train(module: Any, task: Task[Neural]) -> Result:
    """Train the network of one run.

    Args:
        module: `lemma.models.MODEL.model`, with the class `Network`.
        task: of the run.

    Raises:
        InputError: CUDA is missing, the subword vocabulary is too small, or the pre-trained word vectors have another
            dimension.
        CheckError: the training diverged.
    """
    device = choose_device(task.train_params.device)
    prepared = prepare(module, task, device)
    state = loop.train(prepared.network, task, prepared.documents, device)
    return _build_result(prepared, task, state, device)


def train_stacked(module: Any, tasks: list[Task[Neural]], checkpoint_dir: Path | None) -> list[Result]:
    """Train the networks of several runs at once.

    Args:
        module: `lemma.models.MODEL.model`, with the class `Network`.
        tasks: by run, with equal hyperparameters.
        checkpoint_dir: folder of the checkpoint of all runs; None to write none.

    Raises:
        InputError, CheckError: as `train`.
    """
    first = tasks[0]
    device = choose_device(first.train_params.device)
    prepared = [prepare(module, task, device) for task in tasks]
    template: Classifier = module.Network(first.hyperparameters, FIRST, len(first.corpus.classes)).to(device)
    seed_everything(first.metadata["seed"], first.train_params.threads)
    networks, documents = [run.network for run in prepared], [run.documents for run in prepared]
    states = stacked.train(template, networks, tasks, list(documents), device, checkpoint_dir)
    return [_build_result(run, task, state, device) for run, task, state in zip(prepared, tasks, states)]


def prepare(module: Any, task: Task[Neural], device: torch.device) -> Preparation:
    """Fit the vocabulary on the training set and initialise the network from the seed of the run.

    Raises:
        InputError: the subword vocabulary is too small, or the pre-trained word vectors have another dimension.
    """
    seed_everything(task.metadata["seed"], task.train_params.threads)
    retain_freed_memory()
    encoder, vocabulary = _fit_vocabulary(task)
    ngrams = NgramHasher.from_params(task.hyperparameters, vocabulary.size)
    documents = CorpusDocuments(task.corpus, vocabulary, task.labels, ngrams)
    num_vectors = vocabulary.size + (ngrams.buckets if ngrams is not None else 0)
    network: Classifier = module.Network(task.hyperparameters, num_vectors, len(task.corpus.classes)).to(device)
    _copy_pretrained_vectors(network, encoder, task)
    return Preparation(network, encoder, vocabulary, documents)


def average_weights(checkpoints: list[Tensors]) -> Tensors:
    """Return the mean of the weights of several epochs."""
    names = checkpoints[0]
    return {name: torch.stack([weights[name] for weights in checkpoints]).mean(0) for name in names}


def _build_result(prepared: Preparation, task: Task[Neural], state: TrainingState, device: torch.device) -> Result:
    """Return the weights of the best epochs, and the class probabilities averaged over these checkpoints."""
    network, indices = prepared.network, task.predicted_documents
    checkpoints = list(state.best_weights.values())
    if task.train_params.averaging == "weights":
        checkpoints = [average_weights(checkpoints)]

    def networks() -> Iterator[Classifier]:
        for weights in checkpoints:
            network.load_state_dict(weights)
            yield network

    probabilities: NDArray[Any] = np.zeros((0, len(task.corpus.classes)), np.float32)
    if len(indices):
        probabilities = average_probabilities(networks(), prepared.documents, indices, device)
    settings = task.metadata | {
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "vocabulary": prepared.vocabulary.size - FIRST,
        "best_epoch": state.best_epochs(task.train_params)[0],
        "epochs": state.epoch,
        **sum((Cost(line["seconds"], line["cpu_seconds"]) for line in state.history), Cost(0, 0)).json(),
        "peak_memory_mb": peak_memory_mb(),
    }
    tensors: dict[str, NDArray[Any]] = {}
    for number, weights in enumerate(checkpoints):
        tensors |= {f"{number}.{name}": value.cpu().numpy() for name, value in weights.items()}
    return Result(store.Model(settings, prepared.encoder.to_json(), tensors), state.history, probabilities)


def _fit_vocabulary(task: Task[Neural]) -> tuple[TextEncoder, Vocabulary]:
    """Return the text encoder fitted on the training split, and the vocabulary that it gives for the corpus."""
    config, tokens = task.tokenizer.config, task.tokenizer.tokens
    counts = count_tokens(task.corpus, task.splits == TRAIN)
    if task.subwords is not None:
        encoder = TextEncoder(config, (), fit_subwords(tokens, counts, task.subwords))
    else:
        pretrained = task.vectors.index if task.vectors is not None else {}
        selected = select_tokens(counts, tokens, task.hyperparameters.min_count, pretrained)
        encoder = TextEncoder(config, selected, None)
    return encoder, build_vocabulary(encoder, tokens)


def _copy_pretrained_vectors(network: Classifier, encoder: TextEncoder, task: Task[Neural]) -> None:
    """Copy the pre-trained word vectors of the tokens in the vocabulary into the network.

    Raises:
        InputError: they have another dimension than the network.
    """
    vectors, weight = task.vectors, network.embedding.weight
    if vectors is None:
        return
    embedding_dim = weight.shape[1]
    if vectors.matrix.shape[1] != embedding_dim:
        raise InputError(
            f"{task.title}: the word vectors have {vectors.matrix.shape[1]} dimensions, the model {embedding_dim}.",
            f"Write embedding_dim: {vectors.matrix.shape[1]} at models.{task.metadata['model']} in params.yaml.",
        )
    known = [(i, vectors.index[token]) for i, token in enumerate(encoder.tokens, start=FIRST) if token in vectors.index]
    if known:
        token_ids, rows = np.array(known).T
        with torch.no_grad():
            values = torch.from_numpy(np.ascontiguousarray(vectors.matrix[rows]))
            weight[torch.from_numpy(token_ids)] = values.to(weight.device)
