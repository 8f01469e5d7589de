# One model, one data set, one run.
import shutil

from lemma.params import Neural


def gpus(wildcards):
    """Return the GPUs a training asks for: one for a network where the device is CUDA."""
    device = PARAMS.train.device
    cuda = device == "cuda" or (device == "auto" and shutil.which("nvidia-smi") is not None)
    return int(cuda and isinstance(getattr(PARAMS.models, wildcards.model), Neural))


rule train:
    input:
        tokens=rules.index.output,
        code=code(
            "models/{model}.py",
            "models/layers.py",
            "models/reading.py",
            "models/rows.py",
            "models/store.py",
            "training",
            *CORPUS,
            "data/words.py",
        ),
    output:
        model="models/{dataset}/{model}/{run}/model.zip",
        history="models/{dataset}/{model}/{run}/history.jsonl",
        probabilities="models/{dataset}/{model}/{run}/probabilities.npy",
    log:
        "logs/train/{dataset}/{model}/{run}.log",
    benchmark:
        "benchmarks/train/{dataset}/{model}/{run}.tsv"
    threads: PARAMS.train.threads
    resources:
        mem_mb=4000,
        runtime=240,
        gpu=gpus,
    params:
        used("models.{model}", "train", "tokenize.subwords"),
    message:
        "Train {wildcards.model} on {wildcards.dataset}, run {wildcards.run}"
    shell:
        "lemma train {wildcards.dataset} {wildcards.model} {wildcards.run} > {log} 2>&1"
