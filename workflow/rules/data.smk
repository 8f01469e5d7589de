# From published files to token ids.


def own_file(wildcards):
    """Return the user's own file of a data set, where it has one."""
    settings = PARAMS.datasets.get(wildcards.dataset)
    return [settings.path] if settings is not None and settings.path is not None else []


# No code is an input of download: checksums fix what it writes, and to fetch it anew for a comment is bad manners.
rule download:
    input:
        own=own_file,
        sample="resources/sample/sample.jsonl",
    output:
        "data/{dataset}/source.zip",
    log:
        "logs/download/{dataset}.log",
    benchmark:
        "benchmarks/download/{dataset}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        used("datasets.{dataset}"),
    message:
        "Download {wildcards.dataset}"
    shell:
        "lemma download {wildcards.dataset} > {log} 2>&1"


rule prepare:
    input:
        source=rules.download.output,
        code=code(
            "data/card.py",
            "data/catalog.py",
            "data/documents.py",
            "data/prepare.py",
            "data/readers.py",
            "data/splits.py",
            "data/table.py",
        ),
    output:
        documents="data/{dataset}/documents.parquet",
        card="data/{dataset}/card.json",
    log:
        "logs/prepare/{dataset}.log",
    benchmark:
        "benchmarks/prepare/{dataset}.tsv"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        used("datasets.{dataset}"),
    message:
        "Prepare {wildcards.dataset}: documents, parts, data card"
    shell:
        "lemma prepare {wildcards.dataset} > {log} 2>&1"


rule tokenize:
    input:
        documents=rules.prepare.output.documents,
        code=code("data/tokenize.py", *CORPUS, "data/words.py"),
    output:
        tokens="data/{dataset}/tokens.arrow",
        tokenizer="data/{dataset}/tokenizer.json",
    log:
        "logs/tokenize/{dataset}.log",
    benchmark:
        "benchmarks/tokenize/{dataset}.tsv"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        used("tokenize"),
    message:
        "Tokenize {wildcards.dataset}"
    shell:
        "lemma tokenize {wildcards.dataset} > {log} 2>&1"
