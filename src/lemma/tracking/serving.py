"""A published model as MLflow runs it: `mlflow models serve` and `pyfunc.load_model` execute a copy of this file.

No module imports it. Beside the copy lie the model's file and the part of `lemma` that predicts (`packaging`), so a
published model answers as on the day when it was published, wherever `lemma` has gone since.
"""

from pathlib import Path

from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from lemma.errors import InputError
from lemma.prediction import classifier, predict


class TextClassifier(PythonModel):
    """A text classifier whose answers are what `lemma predict` prints."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the model's file, which can execute no code."""
        path = Path(context.artifacts["model"])
        self._predictor = classifier.read(path, "Publish it again: `lemma publish DATASET MODEL`.")

    def predict(self, model_input: list[str]) -> list[dict[str, object]]:  # type: ignore[override]
        """Return label and probabilities of each text; MLflow refuses what is no list of strings."""
        try:
            return list(predict.results(self._predictor, model_input))
        except InputError as error:
            raise MlflowException.invalid_parameter_value(str(error)) from None


set_model(TextClassifier())
