# The data card, and the report on a data set with its figures.


rule card:
    input:
        prepared=rules.prepare.output,
        tokens=rules.index.output,
        audit=rules.audit.output.audit,
        overlap=rules.overlap.output,
        datasheets=workflow_files("resources/datasheets.yaml"),
        templates=workflow_files("reports/card.typ", "reports/style.typ"),
        code=code("card"),
    output:
        card="data/{dataset}/card.json",
        figure=report(
            "reports/{dataset}/figures/lengths.svg",
            caption="../report/lengths.rst",
            category="Data",
            labels={"data set": "{dataset}", "result": "document lengths"},
        ),
        pdf=report(
            "reports/{dataset}/card.pdf",
            caption="../report/card.rst",
            category="Data",
            labels={"data set": "{dataset}", "result": "data card"},
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
        "Write the data card of {wildcards.dataset}"
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
        learning_curves=fractions_of(rules.learning_curve.output),
        claims=rules.solutions.output.claims,
        templates=workflow_files("reports/report.typ", "reports/style.typ"),
        published=workflow_files("resources/published.yaml"),
        code=code("report"),
    output:
        facts="reports/{dataset}/facts.json",
        plot="reports/{dataset}/plots/learning_curve.json",
        figures=[
            report(
                f"reports/{{dataset}}/figures/{figure}.svg",
                caption=f"../report/{figure}.rst",
                category=category,
                labels={"data set": "{dataset}", "model": "all", "result": label},
            )
            for figure, category, label in (
                ("budget", "Training", "hyperparameter search"),
                ("learning", "Learning curves", "all fractions"),
                ("loss", "Training", "loss"),
                ("precision_recall", "Scores", "precision and recall"),
                ("reliability", "Scores", "reliability"),
                ("scores", "Scores", "scores"),
            )
        ],
        pdf=report(
            "reports/{dataset}/report.pdf",
            caption="../report/report.rst",
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
