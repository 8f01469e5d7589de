# From the published files to token ids, and what the data card needs.


# Its output is checked by checksums: no change of code downloads the files again. On a cluster it runs where Snakemake
# runs, since nodes often have no network.
rule download:
    input:
        own=own_data,
        sample=workflow_files("resources/sample/sample.jsonl"),
    output:
        "data/{dataset}/source.zip",
    log:
        "logs/download/{dataset}.log",
    benchmark:
        "benchmarks/download/{dataset}.tsv"
    priority: PRIORITY["corpus"]
    localrule: True
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        values=download_values,
    message:
        "Download {wildcards.dataset}"
    shell:
        "lemma download {wildcards.dataset} > {log} 2>&1"


rule prepare:
    input:
        source=rules.download.output,
        code=code("prepare"),
    output:
        documents="data/{dataset}/documents.parquet",
        unlabelled="data/{dataset}/unlabelled.parquet",
        prepared="data/{dataset}/prepared.json",
    log:
        "logs/prepare/{dataset}.log",
    benchmark:
        "benchmarks/prepare/{dataset}.tsv"
    priority: PRIORITY["corpus"]
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        values=values("prepare"),
    message:
        "Prepare {wildcards.dataset}: documents and splits"
    shell:
        "lemma prepare {wildcards.dataset} > {log} 2>&1"


# It runs two threads on one core: a job that requests all cores of a small machine starts after all other jobs.
rule tokenize:
    input:
        documents=rules.prepare.output.documents,
        code=code("tokenize"),
    output:
        "data/{dataset}/shards/{shard}.arrow",
    log:
        "logs/tokenize/{dataset}/{shard}.log",
    benchmark:
        "benchmarks/tokenize/{dataset}/{shard}.tsv"
    priority: PRIORITY["corpus"]
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        values=values("tokenize"),
    message:
        "Tokenize {wildcards.dataset}, shard {wildcards.shard}"
    shell:
        "lemma tokenize {wildcards.dataset} {wildcards.shard} > {log} 2>&1"


rule index:
    input:
        shards=expand(rules.tokenize.output, shard=PARAMS.tokenize.shards, allow_missing=True),
        code=code("index"),
    output:
        tokens="data/{dataset}/tokens.arrow",
        tokenizer="data/{dataset}/tokenizer.json",
    log:
        "logs/index/{dataset}.log",
    benchmark:
        "benchmarks/index/{dataset}.tsv"
    priority: PRIORITY["corpus"]
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        values=values("index"),
    message:
        "Number the distinct tokens of {wildcards.dataset}"
    shell:
        "lemma index {wildcards.dataset} > {log} 2>&1"


rule audit:
    input:
        documents=rules.prepare.output.documents,
        unlabelled=rules.prepare.output.unlabelled,
        code=code("audit"),
    output:
        audit="data/{dataset}/audit.json",
        fingerprints="data/fingerprints/{dataset}.arrow",
    log:
        "logs/audit/{dataset}.log",
    benchmark:
        "benchmarks/audit/{dataset}.tsv"
    priority: PRIORITY["pages"]
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        values=values("audit"),
    message:
        "Find duplicates in {wildcards.dataset}"
    shell:
        "lemma audit {wildcards.dataset} > {log} 2>&1"


rule overlap:
    input:
        fingerprints=lambda wildcards: expand(
            rules.audit.output.fingerprints, dataset=compared_datasets(PARAMS, wildcards.dataset)
        ),
        code=code("overlap"),
    output:
        "data/{dataset}/overlap.json",
    log:
        "logs/overlap/{dataset}.log",
    benchmark:
        "benchmarks/overlap/{dataset}.tsv"
    priority: PRIORITY["pages"]
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        values=values("overlap"),
    message:
        "Compare {wildcards.dataset} with the other data sets"
    shell:
        "lemma overlap {wildcards.dataset} > {log} 2>&1"
