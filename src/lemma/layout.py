"""The paths of all files that the stages read and write, below one root.

`tests/workflow` compares these with the rules of Snakemake and the stages of DVC.
"""

import os
from dataclasses import dataclass
from pathlib import Path

WORKSPACES = ".benchmark"  # contains a folder for each named experiment, in which the workflow runs


@dataclass(frozen=True)
class Layout:
    """Paths below `root`, the folder that holds params.yaml."""

    root: Path = Path()

    @property
    def params(self) -> Path:
        return self.root / "params.yaml"

    @property
    def workflow(self) -> Path:
        """The folder of the workflow, which holds templates and resources.

        It is the one that Snakemake runs from (LEMMA_WORKFLOW, which the rules set); `root`, in a checkout; or the
        checkout that lemma is installed from, where `root` holds params.yaml and results alone.
        """
        if named := os.environ.get("LEMMA_WORKFLOW"):
            return Path(named)
        installed = Path(__file__).resolve().parents[2]
        folders = (folder for folder in (self.root, installed) if (folder / "workflow" / "Snakefile").exists())
        return next(folders, self.root)

    @property
    def state(self) -> Path:
        """Partial downloads and checkpoints, on which no result depends."""
        return self.root / ".lemma"

    def source(self, dataset: str) -> Path:
        """The files of a data set as published, in one uncompressed zip."""
        return self.root / "data" / dataset / "source.zip"

    def documents(self, dataset: str) -> Path:
        return self.root / "data" / dataset / "documents.parquet"

    def unlabelled(self, dataset: str) -> Path:
        """Unlabelled texts of the data set; an empty table if it has none."""
        return self.root / "data" / dataset / "unlabelled.parquet"

    def prepared(self, dataset: str) -> Path:
        """Numbers of the documents that were read, and of those left out."""
        return self.root / "data" / dataset / "prepared.json"

    def audit(self, dataset: str) -> Path:
        """Duplicates within and across splits."""
        return self.root / "data" / dataset / "audit.json"

    def fingerprints(self, dataset: str) -> Path:
        """Hash and split of each document, for the comparison with other data sets."""
        return self.root / "data" / "fingerprints" / f"{dataset}.arrow"

    def overlap(self, dataset: str) -> Path:
        """Documents that also occur in other data sets of the experiment."""
        return self.root / "data" / dataset / "overlap.json"

    def card(self, dataset: str) -> Path:
        return self.root / "data" / dataset / "card.json"

    def card_pdf(self, dataset: str) -> Path:
        return self.report(dataset) / "card.pdf"

    def shard(self, dataset: str, shard: int | str) -> Path:
        """Tokens of one shard of the documents; each shard has token numbers of its own."""
        return self.root / "data" / dataset / "shards" / f"{shard}.arrow"

    def tokens(self, dataset: str) -> Path:
        return self.root / "data" / dataset / "tokens.arrow"

    def tokenizer(self, dataset: str) -> Path:
        return self.root / "data" / dataset / "tokenizer.json"

    @property
    def vectors(self) -> Path:
        """Pre-trained word vectors; an empty table if params.yaml asks for none."""
        return self.root / "data" / "vectors.arrow"

    def tuned(self, dataset: str, model: str) -> Path:
        """The trials of a search for hyperparameters and the best one; none if the model is not tuned."""
        return self.root / "tuned" / dataset / f"{model}.json"

    def learning_curve(self, dataset: str, model: str, fraction: float | str) -> Path:
        """Scores of trainings on a fraction of the training documents."""
        return self.root / "learning_curve" / dataset / model / f"{fraction}.json"

    def run(self, dataset: str, model: str, run: int | str) -> Path:
        return self.root / "models" / dataset / model / str(run)

    def model(self, dataset: str, model: str, run: int | str) -> Path:
        """Settings, vocabulary and weights of one trained model, in one zip."""
        return self.run(dataset, model, run) / "model.zip"

    def history(self, dataset: str, model: str, run: int | str) -> Path:
        """One line of JSON for each epoch."""
        return self.run(dataset, model, run) / "history.jsonl"

    def probabilities(self, dataset: str, model: str, run: int | str) -> Path:
        """Class probabilities of every document: float32, (documents, classes)."""
        return self.run(dataset, model, run) / "probabilities.npy"

    def report(self, dataset: str) -> Path:
        """The folder of a data set's results."""
        return self.root / "reports" / dataset

    def metrics(self, dataset: str) -> Path:
        return self.report(dataset) / "metrics.json"

    def scores(self, dataset: str) -> Path:
        """A few scores of each model, which DVC shows as metrics."""
        return self.report(dataset) / "scores.json"

    def plot(self, dataset: str, name: str) -> Path:
        """The data of a plot, which DVC overlays for several revisions."""
        return self.report(dataset) / "plots" / f"{name}.json"

    def significance(self, dataset: str) -> Path:
        return self.report(dataset) / "significance.json"

    def curves(self, dataset: str) -> Path:
        return self.report(dataset) / "curves.json"

    def facts(self, dataset: str) -> Path:
        return self.report(dataset) / "facts.json"

    def figure(self, dataset: str, name: str) -> Path:
        return self.report(dataset) / "figures" / f"{name}.svg"

    def pdf(self, dataset: str) -> Path:
        return self.report(dataset) / "report.pdf"

    def tracking(self, dataset: str) -> Path:
        """The MLflow runs that were written, by run."""
        return self.report(dataset) / "tracking.json"

    def verified(self, exercise: int | str) -> Path:
        return self.root / "reports" / "exercises" / "verified" / f"{exercise}.json"

    @property
    def claims(self) -> Path:
        return self.root / "reports" / "exercises" / "claims.json"

    @property
    def solutions(self) -> Path:
        """The booklet: questions, answers and derivations."""
        return self.root / "reports" / "exercises.pdf"

    @property
    def evidence(self) -> Path:
        """Methods, mutants and counter-examples of the claims of the booklet, which links to it by its name."""
        return self.root / "reports" / "evidence.pdf"
