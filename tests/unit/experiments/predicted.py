"""Synthetic predictions of experiments: texts, labels, probabilities and the scores that follow from them."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from numpy.typing import NDArray

from lemma.corpus.documents import METADATA
from lemma.corpus.splits import SPLITS
from lemma.corpus.splits import assign_splits as split_of_run
from lemma.evaluation.metrics import compute_scores
from lemma.evaluation.summary import summarize
from lemma.experiments.definition import workspace_layout
from lemma.experiments.results import results_path
from lemma.files import canonical, write_bytes, write_json
from lemma.layout import Layout

CLASSES = ["no", "yes"]
DATASET = "sample"
FIXED: dict[str, Any] = {"kind": "fixed"}
FOLDS: dict[str, Any] = {"kind": "folds", "folds": 3, "dev": 0.2}


class Predicted:
    """A project with experiments that have synthetic predictions on one data set."""

    def __init__(self, root: Path, values: dict[str, Any], dataset: str = DATASET, metric: str = "accuracy") -> None:
        self.root, self.dataset, self.metric = root, dataset, metric
        self.values = values | {"evaluate": {"resamples": 500, "confidence": 0.95, "primary": []}}
        (root / "params.yaml").write_text(yaml.safe_dump(self.values))

    def experiment(self, name: str | None, models: dict[str, float], runs: list[int], **data: Any) -> Layout:
        """Write the files of an experiment, or of the present results for None; `models` has the skill of each model.

        Keywords are those of `documents`.
        """
        layout = Layout(self.root) if name is None else workspace_layout(self.root, name)
        values = self.values | {"experiment": {"datasets": [self.dataset], "models": list(models), "runs": runs}}
        # a value that differs where the skill does
        chosen = {model: {"min_count": round(10 * skill) + 1} for model, skill in models.items() if model != "majority"}
        values["models"] = {name: section | chosen.get(name, {}) for name, section in self.values["models"].items()}
        labels, part, protocol = self.documents(layout, **data)
        metrics: dict[str, Any] = {"dataset": self.dataset, "models": {}}
        metrics["protocol"] = protocol | {"runs": runs, "confidence": 0.95}
        for model, skill in models.items():
            entries = []
            for run in runs:
                path = layout.probabilities(self.dataset, model, run)
                path.parent.mkdir(parents=True, exist_ok=True)
                np.save(path, probabilities := self._probabilities(labels, skill, model, run))
                parts = split_of_run(labels, part, protocol, run)
                entries.append(
                    {
                        split: compute_scores(labels[parts == number], probabilities[parts == number], CLASSES)
                        for number, split in enumerate(SPLITS)
                    }
                )
            summary = summarize(entries, {}, 0.95)
            metrics["models"][model] = {
                "runs": [{"run": run, **entry} for run, entry in zip(runs, entries)],
                "summary": summary,
            }
        if name is None:
            (self.root / "params.yaml").write_text(yaml.safe_dump(values))
            write_json(layout.metrics(self.dataset), metrics)
            return layout
        write_bytes(layout.params, yaml.safe_dump(values).encode())
        write_bytes(self.root / "benchmark" / f"{name}.yaml", b"train.epochs: 3\n")
        cost = {model: {"cpu_seconds": 1.0, "seconds": 1.0} for model in models}
        results = {self.dataset: {"metrics": metrics, "cost": cost}}
        write_json(results_path(self.root, name), {"name": name, "overrides": {}, "params": values, "results": results})
        return layout

    def documents(
        self,
        layout: Layout,
        protocol: dict[str, Any] = FIXED,
        size: int = 240,
        extra: int = 0,
        changed: int | None = None,
        shift: int = 0,
    ) -> tuple[NDArray[np.int32], NDArray[np.int8], dict[str, Any]]:
        """Write texts and tokens, and return labels, parts and protocol.

        Args:
            layout: the folder of the experiment.
            protocol: fixed parts, or folds.
            size: documents that all experiments have.
            extra: further documents of the training part, which come first, as phrases of sst2 do.
            changed: a document whose text is another.
            shift: of the folds.
        """
        generator = np.random.default_rng(7)
        labels = np.concatenate([np.arange(extra) % 2, generator.choice(2, size, p=[0.7, 0.3])]).astype(np.int32)
        folds = protocol.get("folds")
        drawn = (np.arange(size) + shift) % folds if folds else generator.choice(3, size, p=[0.4, 0.3, 0.3])
        part: NDArray[np.int8] = np.concatenate([np.zeros(extra, int), drawn]).astype(np.int8)
        texts = [f"phrase {number}" for number in range(extra)]
        texts += [f"document {number}{' changed' * (number == changed)}" for number in range(size)]
        about = {"dataset": self.dataset, "classes": CLASSES, "protocol": protocol, "metric": self.metric}
        columns = {"text": pa.array(texts), "label": pa.array(labels), "split": pa.array(part)}
        path = layout.documents(self.dataset)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns).replace_schema_metadata({METADATA: canonical(about).encode()}), path)
        fields = [("tokens", pa.list_(pa.int32())), ("label", pa.int32()), ("split", pa.int8())]
        schema = pa.schema(fields, metadata={METADATA: canonical(about | {"types": 9}).encode()})
        with pa.OSFile(str(layout.tokens(self.dataset)), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            writer.write_table(pa.table({"tokens": [[1]] * len(labels), "label": labels, "split": part}, schema=schema))
        return labels, part, protocol

    def _probabilities(self, labels: NDArray[np.int32], skill: float, model: str, run: int) -> NDArray[np.float32]:
        """Return random probabilities by model, run and skill; those of a document do not depend on `extra`."""
        seed = [sum(model.encode()), run if model != "majority" else 0, round(1000 * skill)]
        logits = np.random.default_rng(seed).normal(size=(len(labels), 2))[::-1]
        logits[np.arange(len(labels)), labels] += skill
        odds = np.exp(logits)
        probabilities: NDArray[np.float32] = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
        return probabilities
