# From the probabilities of all runs to scores, significance and curves.


rule evaluate:
    input:
        tokens=rules.index.output.tokens,
        probabilities=runs_of(rules.train.output.probabilities),
        histories=runs_of(rules.train.output.history),
        code=code("evaluate"),
    output:
        metrics="reports/{dataset}/metrics.json",
        scores="reports/{dataset}/scores.json",
        significance="reports/{dataset}/significance.json",
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
