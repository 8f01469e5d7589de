# From the probabilities of all runs to scores, significance tests and curves.


rule evaluate:
    input:
        tokens=rules.index.output.tokens,
        tokenizer=rules.index.output.tokenizer,
        probabilities=runs_of(rules.train.output.probabilities),
        histories=runs_of(rules.train.output.history),
        code=code("evaluate"),
    output:
        metrics=report(
            "reports/{dataset}/metrics.json",
            caption="../report/metrics.rst",
            category="Scores",
            labels={"data set": "{dataset}", "model": "all", "result": "all scores"},
        ),
        scores="reports/{dataset}/scores.json",
        significance=report(
            "reports/{dataset}/significance.json",
            caption="../report/significance.rst",
            category="Scores",
            labels={"data set": "{dataset}", "model": "all", "result": "paired comparisons"},
        ),
        curves="reports/{dataset}/curves.json",
        plots=expand(
            "reports/{dataset}/plots/{plot}.json",
            plot=["loss_train", "loss_dev", "precision_recall"],
            allow_missing=True,
        ),
    log:
        "logs/evaluate/{dataset}.log",
    benchmark:
        "benchmarks/evaluate/{dataset}.tsv"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        values=values("evaluate"),
    message:
        "Evaluate all models on {wildcards.dataset}"
    shell:
        "lemma evaluate {wildcards.dataset} > {log} 2>&1"
