"""Class probabilities of documents by trained networks: the one implementation, for training and prediction."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lemma.models.shared.layers import Classifier
from lemma.training.batches import Documents, sort_into_batches
from lemma.training.task import Indices

BATCH_SIZE = 256  # documents in a batch without gradients
MAX_POSITIONS = 2**14  # positions of a batch, which bounds the memory whatever the length of the documents


def predict_probabilities(
    network: Classifier,
    documents: Documents,
    indices: Indices,
    device: torch.device,
    dtype: torch.dtype = torch.float32,
) -> NDArray[np.floating[Any]]:
    """Return the class probabilities of some documents, in the order of `indices`: (indices, classes).

    Args:
        network: on `device`; it is switched to evaluation mode.
        documents: source of the batches.
        indices: of the documents to classify, at least one.
        device: device to compute on.
        dtype: precision of the computation and of the result. The weights of the network must have it; only its word
            vectors, which are looked up, may have another one.
    """
    batches, parts = [], []
    network.eval()
    with torch.inference_mode():
        for batch_indices in sort_into_batches(documents.lengths, indices, BATCH_SIZE, MAX_POSITIONS):
            batch = documents.batch(batch_indices).to(device)
            vectors = network.embedding.weight.index_select(0, batch.token_ids).to(dtype)
            logits = network.classify(vectors, batch.positions, batch.lengths)
            batches.append(batch_indices)
            parts.append(torch.softmax(logits.to(dtype), 1).cpu().numpy())
    row = np.empty(len(documents.labels), np.int64)  # row of the result, by document
    row[indices] = np.arange(len(indices))
    probabilities = np.empty((len(indices), parts[0].shape[1]), parts[0].dtype)
    for batch_indices, part in zip(batches, parts):
        probabilities[row[batch_indices]] = part
    return probabilities


def average_probabilities(
    networks: Iterable[Classifier],
    documents: Documents,
    indices: Indices,
    device: torch.device,
    dtype: torch.dtype = torch.float32,
) -> NDArray[np.floating[Any]]:
    """Return the mean of the class probabilities over several networks, such as the checkpoints of the best epochs.

    Args:
        networks: at least one; an iterator may yield the same network with other weights each time.
        documents, indices, device, dtype: as for `predict_probabilities`.
    """
    by_network = [predict_probabilities(network, documents, indices, device, dtype) for network in networks]
    average = np.zeros_like(by_network[0])
    for probabilities in by_network:
        average += probabilities / len(by_network)
    return average
