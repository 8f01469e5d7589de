"""Train a network: its words or pieces, then its weights, then the probabilities of all documents."""

from typing import Any

import numpy as np

from lemma.data.splits import TRAIN
from lemma.models import store
from lemma.models.reading import Reading
from lemma.models.rows import FIRST
from lemma.params import Neural
from lemma.training import loop, subwords, vocabulary
from lemma.training.batches import Documents
from lemma.training.determinism import device_of, settle
from lemma.training.task import Result, Task


def train(code: Any, task: Task) -> Result:
    """Return what one training of the network in the module `code` leaves.

    Raises:
        InputError: CUDA is asked for and not there, or there are too few sub-words.
        CheckError: the training diverged.
    """
    assert isinstance(task.settings, Neural)
    device = device_of(task.shared.device)
    settle(task.about["seed"], task.shared.threads)
    reading, table = _read(task, task.settings.min_count)
    documents = Documents(task.corpus, table, task.labels)
    network = code.Network(task.settings, table.size, len(task.corpus.classes)).to(device)
    state = loop.train(network, task, documents, device)
    predicted = loop.probabilities(network, documents, np.arange(len(task.corpus)), device)
    about = task.about | {
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "vocabulary": table.size - FIRST,
        "best_epoch": next(line["epoch"] for line in reversed(state.history) if line["best"]),
        "epochs": state.epoch,
        "seconds": round(sum(line["seconds"] for line in state.history), 3),
    }
    tensors = {name: value.cpu().numpy() for name, value in network.state_dict().items()}
    return Result(store.Model(about, reading.json(), tensors), state.history, predicted)


def _read(task: Task, min_count: int) -> tuple[Reading, vocabulary.Table]:
    """Return how the training part has a text read, and the rows of every type."""
    splitting, words = task.tokenizer.splitting, task.tokenizer.words
    counts = vocabulary.count(task.corpus, task.parts == TRAIN)
    if task.subwords is not None:
        pieces = subwords.fit(words, counts, task.subwords)
        return Reading(splitting, (), pieces), subwords.table(pieces, words)
    known = vocabulary.known(counts, words, min_count)
    reading = Reading(splitting, tuple(words[number] for number in known.tolist()), None)
    return reading, vocabulary.table(known, task.corpus.types)
