"""The job of `lemma train` as a plain PyTorch script, and by fastText: `python -m tests.bench.script MODEL FOLDER`.

FOLDER holds documents.csv (text, label, split) and settings.json; class probabilities go to FOLDER/probabilities.npy.
Only what a job uses is imported, since its start-up is measured, too.
"""

import csv
import json
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

Document = dict[str, str]


def read(folder: Path) -> tuple[list[Document], SimpleNamespace]:
    """Return the documents and the settings."""
    with (folder / "documents.csv").open(encoding="utf-8", newline="") as stream:
        documents = list(csv.DictReader(stream))
    return documents, SimpleNamespace(**json.loads((folder / "settings.json").read_text(encoding="utf-8")))


def train_plain(model: str, folder: Path) -> None:
    """Build a vocabulary, train with early stopping on the dev split, write the probabilities of all documents."""
    import copy

    import numpy as np
    import torch
    from torch.utils.data import DataLoader

    from tests.bench.plain import PLAIN, collate, train

    documents, settings = read(folder)
    torch.set_num_threads(settings.threads)
    torch.manual_seed(0)
    tokens = [document["text"].lower().split() for document in documents]
    counts = Counter(token for words, row in zip(tokens, documents) if row["split"] == "train" for token in words)
    frequent = [token for token, count in counts.most_common() if count >= settings.min_count]
    vocabulary = {token: number for number, token in enumerate(frequent, start=2)}  # 0: padding, 1: unknown
    classes = sorted({document["label"] for document in documents})
    data: Any = [
        (torch.tensor([vocabulary.get(token, 1) for token in words]), torch.tensor(classes.index(row["label"])))
        for words, row in zip(tokens, documents)
    ]

    def loader(split: str | None, shuffle: bool) -> Any:
        members: Any = [example for example, row in zip(data, documents) if split is None or row["split"] == split]
        return DataLoader(members, batch_size=settings.batch_size, shuffle=shuffle, collate_fn=collate)

    def predict(batches: Any) -> torch.Tensor:
        network.eval()
        with torch.inference_mode():
            return torch.cat([torch.softmax(network(batch), 1) for batch, _ in batches])

    network = PLAIN[model](settings, len(vocabulary) + 2, len(classes))
    optimizer = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    training, dev = loader("train", shuffle=True), loader("dev", shuffle=False)
    truth = torch.cat([labels for _, labels in dev])
    best, weights, stale = -1.0, {}, 0
    for _ in range(settings.epochs):
        train(network, training, optimizer)
        accuracy = float((predict(dev).argmax(1) == truth).float().mean())
        stale += 1
        if accuracy > best:
            best, weights, stale = accuracy, copy.deepcopy(network.state_dict()), 0
        if stale >= settings.patience:
            break
    network.load_state_dict(weights)
    np.save(folder / "probabilities.npy", predict(loader(None, shuffle=False)).numpy())


def train_fasttext(folder: Path) -> None:
    """Train the same number of epochs, without early stopping, which fastText lacks; write the same probabilities."""
    import fasttext
    import numpy as np

    documents, settings = read(folder)
    lines = [" ".join(document["text"].lower().split()) for document in documents]
    path = folder / "train.txt"
    chosen = [(row["label"], line) for row, line in zip(documents, lines) if row["split"] == "train"]
    path.write_text("".join(f"__label__{label} {line}\n" for label, line in chosen), encoding="utf-8")
    model = fasttext.train_supervised(
        str(path),
        dim=settings.embedding_dim,
        epoch=settings.epochs,
        lr=0.5,
        thread=settings.threads,
        minCount=settings.min_count,
        verbose=0,
    )
    classes = sorted({document["label"] for document in documents})
    labels, shares = model.f.multilinePredict([f"{line}\n" for line in lines], len(classes), 0.0, "strict")
    probabilities = np.zeros((len(lines), len(classes)), np.float32)
    for row, (names, values) in enumerate(zip(labels, shares)):
        for name, value in zip(names, values):
            probabilities[row, classes.index(name.removeprefix("__label__"))] = value
    np.save(folder / "probabilities.npy", probabilities)


if __name__ == "__main__":
    if sys.argv[1] == "fasttext":
        train_fasttext(Path(sys.argv[2]))
    else:
        train_plain(sys.argv[1], Path(sys.argv[2]))
