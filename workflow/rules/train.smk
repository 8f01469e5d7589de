# Word vectors, the search for hyperparameters, trainings and learning curves.


rule vectors:
    input:
        texts=vector_sources,
        code=code("vectors"),
    output:
        "data/vectors.arrow",
    log:
        "logs/vectors.log",
    benchmark:
        "benchmarks/vectors.tsv"
    priority: PRIORITY["corpus"]
    threads: 1
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        values=values("vectors"),
    message:
        "Build the pre-trained word vectors"
    shell:
        "lemma vectors > {log} 2>&1"


rule tune:
    input:
        tokens=rules.index.output,
        vectors=rules.vectors.output,
        code=code("tune"),
    output:
        "tuned/{dataset}/{model}.json",
    log:
        "logs/tune/{dataset}/{model}.log",
    benchmark:
        "benchmarks/tune/{dataset}/{model}.tsv"
    priority: priority_of("search")
    threads: PARAMS.train.threads
    resources:
        mem_mb=4000,
        runtime=1440,
        gpu=search_gpus,
    params:
        values=values("tune"),
    message:
        "Search for the hyperparameters of {wildcards.model} on {wildcards.dataset}"
    shell:
        "lemma tune --listed {wildcards.dataset} {wildcards.model} > {log} 2>&1"


rule train:
    input:
        tokens=rules.index.output,
        vectors=rules.vectors.output,
        tuned=rules.tune.output,
        code=code("train"),
    output:
        model="models/{dataset}/{model}/{run}/model.zip",
        history="models/{dataset}/{model}/{run}/history.jsonl",
        probabilities="models/{dataset}/{model}/{run}/probabilities.npy",
    log:
        "logs/train/{dataset}/{model}/{run}.log",
    benchmark:
        "benchmarks/train/{dataset}/{model}/{run}.tsv"
    priority: priority_of("training")
    threads: PARAMS.train.threads
    resources:
        mem_mb=4000,
        runtime=240,
        gpu=training_gpus,
    params:
        values=values("train"),
    message:
        "Train {wildcards.model} on {wildcards.dataset}, run {wildcards.run}"
    shell:
        "lemma train {wildcards.dataset} {wildcards.model} {wildcards.run} > {log} 2>&1"


rule learning_curve:
    input:
        tokens=rules.index.output,
        vectors=rules.vectors.output,
        tuned=rules.tune.output,
        code=code("learning_curve"),
    output:
        report(
            "learning_curve/{dataset}/{model}/{fraction}.json",
            caption="../report/fraction.rst",
            category="Learning curves",
            labels={"data set": "{dataset}", "model": "{model}", "result": "fraction {fraction} of train"},
        ),
    log:
        "logs/learning_curve/{dataset}/{model}/{fraction}.log",
    benchmark:
        "benchmarks/learning_curve/{dataset}/{model}/{fraction}.tsv"
    priority: priority_of("training")
    threads: PARAMS.train.threads
    resources:
        mem_mb=4000,
        runtime=480,
        gpu=training_gpus,
    params:
        values=values("learning_curve"),
    message:
        "Train {wildcards.model} on a fraction of {wildcards.fraction} of {wildcards.dataset}"
    shell:
        "lemma learning_curve {wildcards.dataset} {wildcards.model} {wildcards.fraction} > {log} 2>&1"
