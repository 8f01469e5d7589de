"""Train several runs of one network at once: their weights are stacked, and `torch.func.vmap` makes one step for all.

On a GPU, which a single small network does not fill, this is several times as fast. Every run has its own data, order
of documents, initial weights and dropout, and stops by itself. What it learns is what it would learn alone, except that
batches are aligned by length (`stacked_batches`).

Shapes: R runs, V rows of the largest table of word vectors, D embedding dimension.
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import functional_call, vmap
from torch.nn.functional import log_softmax

from lemma.corpus.special_tokens import PAD
from lemma.models.shared.layers import Classifier
from lemma.params import Neural
from lemma.progress import progress
from lemma.training.batches import Documents
from lemma.training.checkpoint import Checkpoint, TrainingState, random_state, restore_random_state
from lemma.training.cost import Stopwatch
from lemma.training.determinism import autocast
from lemma.training.inference import MAX_POSITIONS
from lemma.training.loop import EPOCH_PREFIX, checkpoint_size, finish_epoch
from lemma.training.optimizer import AdamW, RowAdam, take_rows
from lemma.training.saver import CheckpointSaver
from lemma.training.stacked_batches import StackedBatch, draw_aligned_batches, pad_and_stack
from lemma.training.stacked_network import StackedClassifier, clip_gradients_by_run
from lemma.training.task import Indices, Task

WORD_VECTORS = "embedding.weight"


def train(
    template: Classifier,
    networks: list[Classifier],
    tasks: list[Task[Neural]],
    documents: list[Documents],
    device: torch.device,
    checkpoint_dir: Path | None,
) -> list[TrainingState]:
    """Train the networks in place, as `loop.train` does for one; return the state of each run.

    The time of an epoch is divided equally among the runs that took part.

    Args:
        template: a network with the same hyperparameters, whose weights are not used.
        networks: with their initial weights, on `device`, by run.
        tasks: with equal hyperparameters, by run.
        documents: all documents of the corpus, as each run encodes them.
        device: device to compute on.
        checkpoint_dir: folder of the checkpoint of all runs; None to write none.

    Raises:
        CheckError: the loss of a run is not finite, or has exploded.
    """
    params = tasks[0].train_params
    trainer = StackedTrainer(template, networks, tasks, documents, device)
    size = len(tasks) * checkpoint_size(networks[0], params.best_epochs)
    saver = CheckpointSaver(checkpoint_dir, tasks[0].title, size)
    states = trainer.load(saver.checkpoint) if saver.checkpoint is not None else None
    states = states or [TrainingState() for _ in tasks]
    for task, state in zip(tasks, states):
        for line in state.history:
            task.on_epoch_end(line)
    with progress(f"{tasks[0].title} and {len(tasks) - 1} more", params.epochs, "epochs") as advance, saver:
        epoch = max(state.epoch for state in states)
        advance(epoch, f"resuming after epoch {epoch}" if epoch else "")
        trainer.keep_runs([run for run, state in enumerate(states) if not state.is_finished(params)])
        while trainer.active_runs:
            stopwatch, runs = Stopwatch(), trainer.active_runs
            losses = trainer.train_epoch()
            cost = stopwatch.read() / len(runs)
            messages = [
                finish_epoch(states[run], loss, cost, networks[run], tasks[run], documents[run], device)
                for run, loss in zip(runs, losses)
            ]
            trainer.keep_runs([run for run in runs if not states[run].is_finished(params)])
            saver.end_epoch(partial(trainer.save, states=states))
            for run in runs:
                tasks[run].on_epoch_end(states[run].history[-1])
            advance(1, messages[0])
    return states


class StackedTrainer:
    """The stacked weights of the active runs and their optimizers; the networks' parameters are views of the stack."""

    def __init__(
        self,
        template: Classifier,
        networks: list[Classifier],
        tasks: list[Task[Neural]],
        documents: list[Documents],
        device: torch.device,
    ) -> None:
        self.hyperparameters, self.train_params, self.device = tasks[0].hyperparameters, tasks[0].train_params, device
        self.classify = StackedClassifier(template)
        self.networks, self.tasks, self.documents = networks, tasks, documents
        self.generators = [np.random.default_rng(task.metadata["seed"]) for task in tasks]
        self.common_generator = np.random.default_rng([task.metadata["seed"] for task in tasks])
        weights = [task.class_weights for task in tasks]
        self.class_weights = [None if weight is None else torch.from_numpy(weight) for weight in weights]
        self.active_runs = list(range(len(tasks)))
        parameters = [dict(network.named_parameters()) for network in networks]
        names = [name for name in parameters[0] if name != WORD_VECTORS]
        stacked = {name: torch.stack([by_name[name].detach() for by_name in parameters]) for name in names}
        word_vectors = pad_and_stack([by_name[WORD_VECTORS].detach().cpu() for by_name in parameters]).to(device)
        self._set_weights(stacked, word_vectors)

    def _set_weights(self, weights: dict[str, Tensor], word_vectors: Float[Tensor, "R V D"]) -> None:
        """Set the weights of the active runs, with new optimizers, and make their networks views of them."""
        self.weights = {name: value.requires_grad_() for name, value in weights.items()}
        self.word_vectors = word_vectors
        hyperparameters = self.hyperparameters
        parameters = list(self.weights.values())
        self.optimizer = AdamW(parameters, hyperparameters.learning_rate, hyperparameters.weight_decay)
        self.vector_optimizer = RowAdam(word_vectors.flatten(0, 1), hyperparameters.embedding_learning_rate)
        for index, run in enumerate(self.active_runs):
            for name, parameter in self.networks[run].named_parameters():
                parameter.requires_grad_(False)
                if name == WORD_VECTORS:
                    parameter.data = word_vectors[index, : len(parameter)]
                else:
                    parameter.data = self.weights[name].detach()[index]

    def keep_runs(self, runs: list[int]) -> None:
        """Continue with some of the active runs; the networks of the others keep their weights."""
        if runs == self.active_runs:
            return
        indices = [self.active_runs.index(run) for run in runs]
        kept = torch.tensor(indices, dtype=torch.int64, device=self.device)
        state, vector_state, shape = self.optimizer.state(), self.vector_optimizer.state(), self.word_vectors.shape
        for run in set(self.active_runs) - set(runs):
            for parameter in self.networks[run].parameters():
                parameter.data = parameter.data.clone()  # no longer a view, so that the stack can be freed
        self.active_runs = runs
        weights = {name: value.detach()[kept] for name, value in self.weights.items()}
        self._set_weights(weights, self.word_vectors[kept])
        steps = {name: value for name, value in state.items() if name.startswith("steps.")}
        self.optimizer.restore({name: value[kept] for name, value in state.items() if name not in steps} | steps)
        moments = {name: vector_state[name].view(shape)[kept].flatten(0, 1) for name in ("first", "second")}
        self.vector_optimizer.restore({**moments, "steps": vector_state["steps"]})

    def train_epoch(self) -> list[float]:
        """Make one pass over the training set of each active run; return their mean losses, in nats."""
        self.classify.train()
        train_documents = [self.tasks[run].train_documents for run in self.active_runs]
        lengths = [self.documents[run].lengths for run in self.active_runs]
        generators = [self.generators[run] for run in self.active_runs]
        total = torch.zeros(len(self.active_runs), dtype=torch.float64, device=self.device)
        for indices in draw_aligned_batches(
            lengths, train_documents, self.train_params.batch_size, generators, self.common_generator
        ):
            sizes = torch.tensor([len(batch) for batch in indices], dtype=torch.float64)
            # The sum stays on the device: no synchronisation.
            total += self.train_step(indices).double() * sizes.to(self.device, non_blocking=True)
        return [float(loss) / len(documents) for loss, documents in zip(total.tolist(), train_documents)]

    def train_step(self, indices: list[Indices]) -> Float[Tensor, "R"]:
        """Make one optimizer step on a batch of each active run; return their mean losses before it."""
        batches = [self.documents[run].batch(documents) for run, documents in zip(self.active_runs, indices)]
        class_weights = [self.class_weights[run] for run in self.active_runs]
        batch = StackedBatch.from_batches(batches, class_weights).to(self.device)
        runs, num_rows, embedding_dim = self.word_vectors.shape
        first_row = torch.arange(0, runs * num_rows, num_rows, device=self.device)[:, None]  # of each run
        rows = (batch.token_ids + first_row).flatten()
        vectors = take_rows(self.vector_optimizer.table, rows).view(runs, -1, embedding_dim)
        vectors.requires_grad_(self.vector_optimizer.learning_rate > 0)
        for weight in self.weights.values():
            weight.grad = None
        mean_losses = torch.zeros(runs, device=self.device)
        for positions, lengths, labels, loss_weights in batch.split(MAX_POSITIONS):
            with autocast(self.train_params, self.device):
                logits = vmap(self._logits_of_run, randomness="different")(self.weights, vectors, positions, lengths)
            log_probabilities = log_softmax(logits.to(vectors.dtype), 2).gather(2, labels[..., None])[..., 0]
            losses = -(log_probabilities * loss_weights).sum(1)
            losses.sum().backward()  # type: ignore[no-untyped-call]
            mean_losses += losses.detach()
        gradients = [value.grad for value in (*self.weights.values(), vectors) if value.grad is not None]
        clip_gradients_by_run(gradients, self.train_params.max_grad_norm)
        self.optimizer.step()
        if vectors.grad is not None:
            real_vectors, gradient = (
                values.flatten(0, 1)[batch.real_tokens] for values in (vectors.detach(), vectors.grad)
            )
            self.vector_optimizer.step(rows[batch.real_tokens], real_vectors, gradient)
            self.word_vectors[:, PAD] = 0  # padding stays zero
        return mean_losses

    def _logits_of_run(self, weights: dict[str, Tensor], vectors: Tensor, positions: Tensor, lengths: Tensor) -> Tensor:
        """Return the logits of the batch of one run: (B, C)."""
        parameters = {f"network.{name}": value for name, value in weights.items()}
        logits: Tensor = functional_call(self.classify, parameters, (vectors, positions, lengths))
        return logits

    def save(self, checkpoint: Checkpoint, states: list[TrainingState]) -> None:
        """Write a checkpoint of all runs."""
        tensors = {f"weights.{name}": value for name, value in self.weights.items()}
        tensors |= {"word_vectors.all": self.word_vectors}
        tensors |= {f"optimizer.{name}": value for name, value in self.optimizer.state().items()}
        tensors |= {f"vector_optimizer.{name}": value for name, value in self.vector_optimizer.state().items()}
        values: dict[str, Any] = {
            "active_runs": self.active_runs,
            "states": [state.to_json() for state in states],
            "generators": [generator.bit_generator.state for generator in (*self.generators, self.common_generator)],
        }
        weights = {
            f"{_file_prefix(run)}{epoch}": best
            for run, state in enumerate(states)
            for epoch, best in state.best_weights.items()
        }
        checkpoint.save(tensors | random_state(self.device), values, weights)

    def load(self, checkpoint: Checkpoint) -> list[TrainingState] | None:
        """Restore weights, optimizers and random generators; return the states, None if there is no checkpoint."""
        content = checkpoint.load()
        if content is None:
            return None
        parts, values, weights = content
        self.keep_runs(values["active_runs"])
        with torch.no_grad():
            for name, value in self.weights.items():
                value.copy_(parts["weights"][name])
        self.word_vectors.copy_(parts["word_vectors"]["all"])
        self.optimizer.restore(parts["optimizer"])
        self.vector_optimizer.restore(parts["vector_optimizer"])
        for generator, state in zip([*self.generators, self.common_generator], values["generators"]):
            generator.bit_generator.state = state
        restore_random_state(parts["random"], self.device)
        return [
            TrainingState.from_json(state, weights, _file_prefix(run), self.device)
            for run, state in enumerate(values["states"])
        ]


def _file_prefix(run: int) -> str:
    """Return the prefix of the names of a run's files of weights."""
    return f"run-{run}-{EPOCH_PREFIX}"
