"""Package a `model.zip` as an MLflow model: a folder with code, requirements and signature, and without pickle.

The package index has another project called `lemma`, so the requirements cannot name this one. Instead the folder holds
a copy of the modules that predict.
"""

import shutil
import warnings
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from lemma.params import Models, Neural

if TYPE_CHECKING:
    from mlflow.types import Schema

SERVING = Path(__file__).with_name("serving.py")
PACKAGE = Path(__file__).parents[1]
CODE = ("corpus", "models", "params", "prediction", "training")  # packages that prediction imports
MODEL = "artifacts/model.zip"  # path of the model file in the folder
EXAMPLE = ["A joy from start to end.", "Not one joke lands."]
REQUIREMENTS = ("mlflow", "numpy", "pyarrow", "pydantic", "pyyaml", "safetensors", "tokenizers")
OF_NETWORKS = ("jaxtyping", "threadpoolctl", "torch")
OF_ESTIMATORS = ("scikit-learn", "scipy", "skops")


def package_model(model: Path, settings: Mapping[str, Any], folder: Path, about: Mapping[str, Any]) -> None:
    """Write the MLflow model to a folder.

    Args:
        model: path of the `model.zip`.
        settings: content of its `settings.json`.
        folder: to write; it must not exist.
        about: fields of `mlflow.models.Model` that identify the model in the store.
    """
    with TemporaryDirectory(prefix="lemma-") as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on import MLflow warns about type hints in its own modules
        from mlflow import pyfunc
        from mlflow.models import Model

        packaged, code = Model(**about), Path(temporary) / "lemma"
        _copy_code(code)
        pyfunc.save_model(
            path=str(folder),
            python_model=str(SERVING),
            artifacts={"model": str(model.resolve())},
            code_paths=[str(code)],
            input_example=EXAMPLE,
            pip_requirements=list_requirements(settings["model"]),
            mlflow_model=packaged,
        )
    # The inputs of the signature come from the type hint in `serving`; the outputs need the names of the classes.
    packaged.signature.outputs = output_schema(settings["classes"])
    packaged.save(str(folder / "MLmodel"))
    for cache in folder.rglob("__pycache__"):
        shutil.rmtree(cache)


def output_schema(classes: list[str]) -> "Schema":
    """Return the schema of a prediction: a label, and a probability for each class."""
    from mlflow.types import ColSpec, DataType, Schema
    from mlflow.types.schema import Object, Property

    probabilities = Object([Property(name, DataType.double) for name in classes])
    return Schema([ColSpec(DataType.string, "label"), ColSpec(probabilities, "probabilities")])


def list_requirements(model: str) -> list[str]:
    """Return the packages that prediction with a model needs, pinned to the installed versions."""
    kind: Any = Models.model_fields[model].annotation
    names = sorted({*REQUIREMENTS, *(OF_NETWORKS if issubclass(kind, Neural) else OF_ESTIMATORS)})
    return [f"{name}=={version(name).partition('+')[0]}" for name in names]  # the index has no version with +cpu


def _copy_code(target: Path) -> None:
    """Copy the top-level modules of `lemma` and the packages of `CODE`."""
    target.mkdir()
    for path in sorted(PACKAGE.glob("*.py")):
        shutil.copyfile(path, target / path.name)
    for name in CODE:
        shutil.copytree(PACKAGE / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
