# The finished runs and reports, shown in MLflow.


# A database is best written by one machine: on a cluster this rule runs where Snakemake runs.
rule track:
    input:
        tokens=rules.index.output.tokens,
        metrics=rules.evaluate.output.metrics,
        models=runs_of(rules.train.output.model),
        histories=runs_of(rules.train.output.history),
        report=rules.report.output,
        card=rules.card.output,
        code=code("track"),
    output:
        "reports/{dataset}/tracking.json",
    log:
        "logs/track/{dataset}.log",
    benchmark:
        "benchmarks/track/{dataset}.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        values=values("track"),
    message:
        "Write the runs on {wildcards.dataset} to MLflow"
    shell:
        "lemma track {wildcards.dataset} > {log} 2>&1"
