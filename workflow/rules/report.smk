# The data card, and numbers and figures into one PDF a data set.


rule card:
    input:
        prepared=rules.prepare.output,
        tokens=rules.index.output,
        audit=rules.audit.output.audit,
        overlap=rules.overlap.output,
        templates=["reports/card.typ", "reports/style.typ"],
        code=code("card"),
    output:
        card="data/{dataset}/card.json",
        figure="reports/{dataset}/figures/lengths.svg",
        pdf=report(
            "reports/{dataset}/card.pdf",
            category="Data cards",
            labels={"data set": "{dataset}"},
        ),
    log:
        "logs/card/{dataset}.log",
    benchmark:
        "benchmarks/card/{dataset}.tsv"
    priority: PRIORITY["pages"]
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        values=values("card"),
    message:
        "Draw up the data card of {wildcards.dataset}"
    shell:
        "lemma card {wildcards.dataset} > {log} 2>&1"


rule report:
    input:
        card=rules.card.output.card,
        documents=rules.prepare.output.documents,
        metrics=rules.evaluate.output.metrics,
        significance=rules.evaluate.output.significance,
        curves=rules.evaluate.output.curves,
        models=runs_of(rules.train.output.model),
        tuned=models_of(rules.tune.output),
        learned=shares_of(rules.learn.output),
        claims=rules.solutions.output.claims,
        templates=["reports/report.typ", "reports/style.typ"],
        code=code("report"),
    output:
        facts="reports/{dataset}/facts.json",
        plot="reports/{dataset}/plots/learning_curve.json",
        figures=expand(
            "reports/{dataset}/figures/{figure}.svg",
            figure=[
                "budget",
                "learning",
                "loss",
                "precision_recall",
                "reliability",
                "scores",
            ],
            allow_missing=True,
        ),
        pdf=report(
            "reports/{dataset}/report.pdf",
            category="Reports",
            labels={"data set": "{dataset}"},
        ),
    log:
        "logs/report/{dataset}.log",
    benchmark:
        "benchmarks/report/{dataset}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        values=values("report"),
    message:
        "Typeset the report on {wildcards.dataset}"
    shell:
        "lemma report {wildcards.dataset} > {log} 2>&1"
