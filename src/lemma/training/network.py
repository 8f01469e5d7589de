"""Train a network: its words or pieces, then its weights, then the probabilities of all documents."""

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
from lemma.training import checkpoint, loop, stacked
from lemma.training.batches import Documents
from lemma.training.cost import Cost, peak_memory_mb
from lemma.training.determinism import choose_device, seed_everything
from lemma.training.memory import retain_freed_memory
from lemma.training.task import Result, Task


@dataclass(frozen=True)
class Beginning:
    """A network with its first weights, how it reads texts, and all documents as it reads them."""

    network: Classifier
    reading: TextEncoder
    table: Vocabulary
    documents: Documents


def train(code: Any, task: Task) -> Result:
    """Return what one training of the network in the module `code` leaves.

    Raises:
        InputError: CUDA is asked for and not there, there are too few sub-words, or the given word vectors have
            another dimension.
        CheckError: the training diverged.
    """
    device = choose_device(task.shared.device)
    begun = begin(code, task, device)
    state = loop.train(begun.network, task, begun.documents, device)
    return _result(begun, task, state, device)


def train_stacked(code: Any, tasks: list[Task], resume: Path | None) -> list[Result]:
    """Return what trainings of runs of the same network leave, made as one program.

    Args:
        code: module with the `Network`.
        tasks: of the runs, of one data set and with the same settings.
        resume: folder of the checkpoint of all, if there is to be one.

    Raises:
        InputError, CheckError: as `train`.
    """
    first = tasks[0]
    device = choose_device(first.shared.device)
    every = [begin(code, task, device) for task in tasks]
    skeleton: Classifier = code.Network(first.settings, FIRST, len(first.corpus.classes)).to(device)
    seed_everything(first.about["seed"], first.shared.threads)
    states = stacked.train(
        skeleton, [begun.network for begun in every], tasks, [begun.documents for begun in every], device, resume
    )
    return [_result(begun, task, state, device) for begun, task, state in zip(every, tasks, states)]


def begin(code: Any, task: Task, device: torch.device) -> Beginning:
    """Return what a training starts from: the seed of its run decides.

    Raises:
        InputError: there are too few sub-words, or the given word vectors have another dimension.
    """
    settings = task.settings
    assert isinstance(settings, Neural)
    seed_everything(task.about["seed"], task.shared.threads)
    retain_freed_memory()
    reading, table = _read(task, settings.min_count)
    ngrams = NgramHasher.from_params(settings, table.size)
    documents = Documents(task.corpus, table, task.labels, ngrams)
    rows = table.size + (ngrams.buckets if ngrams is not None else 0)
    network: Classifier = code.Network(settings, rows, len(task.corpus.classes)).to(device)
    _start(network, reading, task)
    return Beginning(network, reading, table, documents)


def _result(begun: Beginning, task: Task, state: checkpoint.State, device: torch.device) -> Result:
    """Return the best epochs, and what they say of all documents."""
    network, documents = begun.network, begun.documents
    weights = list(state.kept.values())
    if task.shared.averaging == "weights":
        weights = [average(weights)]
    members = task.predicted
    predicted = np.zeros((len(members), len(task.corpus.classes)), np.float32)
    for held in weights if len(members) else []:
        network.load_state_dict(held)
        predicted += loop.probabilities(network, documents, members, device) / len(weights)
    about = task.about | {
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "vocabulary": begun.table.size - FIRST,
        "best_epoch": state.best(task.shared)[0],
        "epochs": state.epoch,
        **sum((Cost(line["seconds"], line["cpu_seconds"]) for line in state.history), Cost(0, 0)).json(),
        "peak_memory_mb": peak_memory_mb(),
    }
    tensors: dict[str, NDArray[Any]] = {}
    for number, held in enumerate(weights):
        tensors |= {f"{number}.{name}": value.cpu().numpy() for name, value in held.items()}
    return Result(store.Model(about, begun.reading.to_json(), tensors), state.history, predicted)


def average(weights: list[checkpoint.Tensors]) -> checkpoint.Tensors:
    """Return the mean of several epochs' weights."""
    return {name: torch.stack([held[name] for held in weights]).mean(0) for name in weights[0]}


def _start(network: Classifier, reading: TextEncoder, task: Task) -> None:
    """Put the given word vectors where the network knows the word."""
    given = task.vectors
    if given is None:
        return
    dimensions = network.embedding.weight.shape[1]
    if given.matrix.shape[1] != dimensions:
        raise InputError(
            f"{task.title}: the word vectors have {given.matrix.shape[1]} dimensions, the model {dimensions}.",
            f"Write embedding_dim: {given.matrix.shape[1]} at models.{task.about['model']} in params.yaml.",
        )
    pairs = [(row, given.index[word]) for row, word in enumerate(reading.tokens, start=FIRST) if word in given.index]
    if pairs:
        rows, places = np.array(pairs).T
        with torch.no_grad():
            values = torch.from_numpy(np.ascontiguousarray(given.matrix[places]))
            network.embedding.weight[torch.from_numpy(rows)] = values.to(network.embedding.weight.device)


def _read(task: Task, min_count: int) -> tuple[TextEncoder, Vocabulary]:
    """Return the text encoder fitted on the training split, and the vocabulary that it gives for the corpus."""
    config, tokens = task.tokenizer.config, task.tokenizer.tokens
    counts = count_tokens(task.corpus, task.parts == TRAIN)
    if task.subwords is not None:
        encoder = TextEncoder(config, (), fit_subwords(tokens, counts, task.subwords))
    else:
        pretrained = task.vectors.index if task.vectors is not None else {}
        encoder = TextEncoder(config, select_tokens(counts, tokens, min_count, pretrained), None)
    return encoder, build_vocabulary(encoder, tokens)
