"""A training's `model.zip` as a model of MLflow: a folder with code, requirements and signature, and without pickle.

The package index has a `lemma` by somebody else, so the requirements must not name ours: the folder holds a copy of
the modules that predict.
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
CODE = ("corpus", "models", "params", "prediction", "training")  # folders of the package that prediction imports from
MODEL = "artifacts/model.zip"  # where the folder holds the model's file
EXAMPLE = ["A joy from start to end.", "Not one joke lands."]
REQUIREMENTS = ("mlflow", "numpy", "pyarrow", "pydantic", "pyyaml", "safetensors", "tokenizers")
OF_NETWORKS = ("jaxtyping", "threadpoolctl", "torch")
OF_ESTIMATORS = ("scikit-learn", "scipy", "skops")


def package_model(model: Path, settings: Mapping[str, Any], folder: Path, about: Mapping[str, Any]) -> None:
    """Write the model of MLflow to `folder`.

    Args:
        model: the training's `model.zip`.
        settings: content of its `settings.json`.
        folder: does not exist yet.
        about: fields of MLflow's `Model` that say which model of the store this is.
    """
    with TemporaryDirectory(prefix="lemma-") as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow warns of type hints in its own modules when it imports them
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
    # The type hint in `serving` gives the signature's input, strings; the names of the classes are known only here.
    packaged.signature.outputs = output_schema(settings["classes"])
    packaged.save(str(folder / "MLmodel"))
    for cache in folder.rglob("__pycache__"):
        shutil.rmtree(cache)


def output_schema(classes: list[str]) -> "Schema":
    """Return the schema of an answer: a label, and one probability per class."""
    from mlflow.types import ColSpec, DataType, Schema
    from mlflow.types.schema import Object, Property

    probabilities = Object([Property(name, DataType.double) for name in classes])
    return Schema([ColSpec(DataType.string, "label"), ColSpec(probabilities, "probabilities")])


def list_requirements(model: str) -> list[str]:
    """Return the packages that predicting with this model needs, pinned to the versions installed."""
    kind: Any = Models.model_fields[model].annotation
    names = sorted({*REQUIREMENTS, *(OF_NETWORKS if issubclass(kind, Neural) else OF_ESTIMATORS)})
    return [f"{name}=={version(name).partition('+')[0]}" for name in names]  # +cpu is no version of the index


def _copy_code(target: Path) -> None:
    """Copy the modules that predict: those at the top of the package, and the folders of `CODE`."""
    target.mkdir()
    for path in sorted(PACKAGE.glob("*.py")):
        shutil.copyfile(path, target / path.name)
    for name in CODE:
        shutil.copytree(PACKAGE / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
