# The finished runs and reports in MLflow.


# On a cluster it runs where Snakemake runs, so that one machine writes the database.
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
