"""Train a network: AdamW, gradient clipping, early stopping on the dev split, checkpoints.

Without the parts that make it fast and resumable, a training is::

    for epoch in range(epochs):
        for batch in shuffle_into_batches(...):
            loss = cross_entropy(network(batch), labels)       # mean over the documents, weighted by class
            loss.backward()
            clip_grad_norm_(network.parameters(), max_grad_norm)
            optimizer.step()
        evaluate on the dev split, keep the weights of the best epochs, stop after `patience` epochs without improvement

Read `train`, then `Trainer`. `stacked` trains several runs at once.
"""

import time
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lemma.corpus.special_tokens import PAD
from lemma.errors import CheckError
from lemma.models.shared.layers import Classifier
from lemma.params import Neural
from lemma.progress import progress
from lemma.training.batches import Documents, shuffle_into_batches
from lemma.training.checkpoint import Checkpoint, TrainingState, random_state, restore_random_state
from lemma.training.cost import Cost, Stopwatch
from lemma.training.determinism import autocast
from lemma.training.early_stopping import is_better
from lemma.training.epoch_results import dev_results
from lemma.training.inference import MAX_POSITIONS, predict_probabilities
from lemma.training.optimizer import AdamW, RowAdam, take_rows
from lemma.training.saver import CheckpointSaver
from lemma.training.task import Indices, Task

EXPLODED = 10.0  # a training loss above this multiple of the loss of uniform probabilities ends the training
EPOCH_PREFIX = "epoch-"  # of the names of a checkpoint's files of weights


def train(network: Classifier, task: Task[Neural], documents: Documents, device: torch.device) -> TrainingState:
    """Train `network` in place until early stopping or the last epoch; return the state with the best weights.

    A checkpoint is resumed, and `on_epoch_end` is called for its epochs first.

    Args:
        network: on `device`.
        task: splits, hyperparameters and callback.
        documents: all documents of the corpus.
        device: device to compute on.

    Raises:
        CheckError: the loss is not finite, or has exploded.
    """
    params = task.train_params
    trainer = Trainer(network, task, documents, device)
    saver = CheckpointSaver(task.checkpoint_dir, task.title, checkpoint_size(network, params.best_epochs))
    state = trainer.load(saver.checkpoint) if saver.checkpoint is not None else None
    state = state or TrainingState()
    for line in state.history:
        task.on_epoch_end(line)
    with progress(task.title, params.epochs, "epochs") as advance, saver:
        advance(state.epoch, f"resuming after epoch {state.epoch}" if state.epoch else "")
        while not state.is_finished(params):
            stopwatch = Stopwatch()
            train_loss = trainer.train_epoch()
            message = finish_epoch(state, train_loss, stopwatch.read(), network, task, documents, device)
            saver.end_epoch(partial(trainer.save, state=state))
            task.on_epoch_end(state.history[-1])
            advance(1, message)
    return state


class Trainer:
    """A network with its optimizers and the random generator of its batches.

    The word vectors have an optimizer of their own, which updates only the vectors of the tokens in the batch.
    """

    def __init__(self, network: Classifier, task: Task[Neural], documents: Documents, device: torch.device) -> None:
        self.network, self.task, self.documents, self.device = network, task, documents, device
        self.word_vectors = network.embedding.weight.requires_grad_(False)
        self.parameters = [parameter for parameter in network.parameters() if parameter is not self.word_vectors]
        hyperparameters = task.hyperparameters
        self.optimizer = AdamW(self.parameters, hyperparameters.learning_rate, hyperparameters.weight_decay)
        self.vector_optimizer = RowAdam(self.word_vectors, hyperparameters.embedding_learning_rate)
        self.generator = np.random.default_rng(task.metadata["seed"])
        self.class_weights = task.class_weights
        self.loss_weight = None if self.class_weights is None else torch.from_numpy(self.class_weights).to(device)

    def train_epoch(self) -> float:
        """Make one pass over the training set; return the mean loss of its batches, each before its step, in nats."""
        self.network.train()
        train_documents = self.task.train_documents
        batch_size = self.task.train_params.batch_size
        total = torch.zeros((), dtype=torch.float64, device=self.device)
        for indices in shuffle_into_batches(self.documents.lengths, train_documents, batch_size, self.generator):
            total += self.train_step(indices).double() * len(indices)  # stays on the device: no synchronisation
        return float(total.item() / len(train_documents))

    def train_step(self, indices: Indices) -> Tensor:
        """Make one optimizer step on a batch; return the mean loss before it.

        The gradient is accumulated over parts of the batch, which bounds the memory.
        """
        batch = self.documents.batch(indices).to(self.device)
        vectors = take_rows(self.word_vectors, batch.token_ids).requires_grad_(self.vector_optimizer.learning_rate > 0)
        for parameter in self.parameters:
            parameter.grad = None
        total_weight = float(len(indices))
        if self.class_weights is not None:
            total_weight = float(self.class_weights[self.documents.labels[indices]].sum())
        mean_loss = torch.zeros((), device=self.device)
        for part in batch.split(MAX_POSITIONS):
            with autocast(self.task.train_params, self.device):
                logits = self.network.classify(vectors, part.positions, part.lengths).to(vectors.dtype)
            loss = cross_entropy(logits, part.labels, weight=self.loss_weight, reduction="sum") / total_weight
            loss.backward()  # type: ignore[no-untyped-call]
            mean_loss += loss.detach()
        self._clip_gradients([*self.parameters, vectors])
        self.optimizer.step()
        if vectors.grad is not None:
            self.vector_optimizer.step(batch.token_ids, vectors.detach(), vectors.grad)
            self.word_vectors[PAD] = 0  # padding stays zero
        return mean_loss

    def _clip_gradients(self, parameters: list[Tensor]) -> None:
        """Scale the gradients such that their total norm is at most `train.max_grad_norm`."""
        max_norm = self.task.train_params.max_grad_norm
        norm = nn.utils.get_total_norm([parameter.grad for parameter in parameters if parameter.grad is not None])
        # On a CPU the comparison is cheaper than a multiplication by 1; on CUDA it would synchronise.
        if self.device.type != "cpu" or norm + 1e-6 > max_norm:
            nn.utils.clip_grads_with_norm_(parameters, max_norm, norm)

    def save(self, checkpoint: Checkpoint, state: TrainingState) -> None:
        """Write a checkpoint of the last epoch."""
        tensors = {f"vector_optimizer.{name}": value for name, value in self.vector_optimizer.state().items()}
        tensors |= {f"optimizer.{name}": value for name, value in self.optimizer.state().items()}
        if state.epoch not in state.best_weights:  # otherwise the weights of the best epochs contain them
            tensors |= {f"network.{name}": value for name, value in self.network.state_dict().items()}
        values = {"state": state.to_json(), "generator": self.generator.bit_generator.state}
        weights = {f"{EPOCH_PREFIX}{epoch}": best for epoch, best in state.best_weights.items()}
        checkpoint.save(tensors | random_state(self.device), values, weights)

    def load(self, checkpoint: Checkpoint) -> TrainingState | None:
        """Restore network, optimizers and random generators; return the state, None if there is no checkpoint."""
        content = checkpoint.load()
        if content is None:
            return None
        state = TrainingState.from_json(content.values["state"], content.weights, EPOCH_PREFIX, self.device)
        self.network.load_state_dict(content.parts.get("network") or state.best_weights[state.epoch])
        self.optimizer.restore(content.parts["optimizer"])
        self.vector_optimizer.restore(content.parts["vector_optimizer"])
        self.generator.bit_generator.state = content.values["generator"]
        restore_random_state(content.parts["random"], self.device)
        return state


def finish_epoch(
    state: TrainingState,
    train_loss: float,
    cost: Cost,
    network: Classifier,
    task: Task[Neural],
    documents: Documents,
    device: torch.device,
) -> str:
    """Evaluate an epoch on the dev split and add it to the state; return a message for the progress bar.

    Args:
        state: of the training before the epoch; updated in place.
        train_loss: mean over the epoch, in nats.
        cost: time of the training pass; that of the evaluation is added.
        network: with the weights after the epoch.
        task: splits and parameters.
        documents: all documents of the corpus.
        device: device to compute on.

    Raises:
        CheckError: the loss is not finite, or has exploded.
    """
    stopwatch, select = Stopwatch(), task.train_params.select
    state.epoch += 1
    results = {"train_loss": train_loss, **evaluate_dev(network, task, documents, device)}
    _check_losses(results, state.epoch, task)
    line = {"epoch": state.epoch, **results}
    is_best = all(is_better(line, other, select) for other in state.history)
    state.epochs_without_improvement = 0 if is_best else state.epochs_without_improvement + 1
    line |= {**(cost + stopwatch.read()).json(), "time": round(time.time(), 3), "best": is_best}
    state.history.append(line)
    state.keep_best_weights(network, task.train_params)
    losses = f"train loss {train_loss:.3f}, dev loss {results['dev_loss']:.3f}"
    return f"epoch {state.epoch}, {losses}, dev score {results['dev_score']:.4f}{' *' if is_best else ''}"


def evaluate_dev(
    network: Classifier, task: Task[Neural], documents: Documents, device: torch.device
) -> dict[str, float]:
    """Return loss, accuracy and primary score of the network on the dev split."""
    indices = task.dev_documents
    probabilities = predict_probabilities(network, documents, indices, device)
    return dev_results(task.corpus.metric, documents.labels[indices], probabilities)


def checkpoint_size(network: Classifier, best_epochs: int) -> int:
    """Return the approximate size of a checkpoint in bytes: weights, two moments each, weights of the best epochs."""
    weights: int = sum(value.nbytes for value in network.state_dict().values())
    return (3 + best_epochs) * weights


def _check_losses(results: dict[str, float], epoch: int, task: Task[Neural]) -> None:
    """Refuse a training that diverged.

    Raises:
        CheckError: a loss is not finite, or the training loss has exploded.
    """
    uniform_loss = float(np.log(max(2, len(task.corpus.classes))))
    for name in ("train_loss", "dev_loss"):
        loss = results[name]
        is_exploded = name == "train_loss" and loss > EXPLODED * uniform_loss
        if not np.isfinite(loss) or is_exploded:
            problem = f"has exploded to {loss:.3g}" if np.isfinite(loss) else "is not a finite number"
            raise CheckError(
                f"{task.title}: the loss {problem} in epoch {epoch} "
                f"(learning rate {task.hyperparameters.learning_rate}).",
                "Lower the model's learning_rate and embedding_learning_rate in params.yaml, for example to a third.",
            )
