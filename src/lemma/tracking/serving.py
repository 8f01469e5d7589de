"""The code of a published model: `mlflow models serve` and `pyfunc.load_model` execute a copy of this file.

No module imports it. `packaging` puts a copy of it into the MLflow model, with the model file and the modules that
predict, so later changes of `lemma` do not change the predictions of a published model.
"""

from pathlib import Path

from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from lemma.errors import InputError
from lemma.prediction.classifier import load_predictor
from lemma.prediction.predict import classify_texts


class TextClassifier(PythonModel):
    """A text classifier with the predictions of `lemma predict`."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the model file, which cannot execute code."""
        path = Path(context.artifacts["model"])
        self._predictor = load_predictor(path, "Publish it again: `lemma publish DATASET MODEL`.")

    def predict(self, model_input: list[str]) -> list[dict[str, object]]:  # type: ignore[override]
        """Return label and probabilities of each text; MLflow rejects inputs that are not a list of strings."""
        try:
            return list(classify_texts(self._predictor, model_input))
        except InputError as error:
            raise MlflowException.invalid_parameter_value(str(error)) from None


set_model(TextClassifier())
