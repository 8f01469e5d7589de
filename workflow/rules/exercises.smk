# The exercises of the course: their claims verified, and the worked solutions typeset.


rule verify:
    input:
        code=code("verify"),
    output:
        "reports/exercises/verified/{exercise}.json",
    log:
        "logs/verify/{exercise}.log",
    benchmark:
        "benchmarks/verify/{exercise}.tsv"
    priority: PRIORITY["pages"]
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Verify exercise {wildcards.exercise}"
    shell:
        "lemma verify {wildcards.exercise} > {log} 2>&1"


rule solutions:
    input:
        claims=expand(rules.verify.output, exercise=PARAMS.exercises),
        templates=workflow_files(
            "reports/evidence.typ",
            "reports/exercises.typ",
            "reports/style.typ",
            "reports/solutions/*.typ",
        ),
        code=code("solutions"),
    output:
        claims="reports/exercises/claims.json",
        pdf=report(
            "reports/exercises.pdf",
            caption="../report/exercises.rst",
            category="Exercises",
            labels={"document": "worked solutions"},
        ),
        evidence=report(
            "reports/evidence.pdf",
            caption="../report/evidence.rst",
            category="Exercises",
            labels={"document": "evidence"},
        ),
    log:
        "logs/solutions.log",
    benchmark:
        "benchmarks/solutions.tsv"
    priority: PRIORITY["pages"]
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        values=values("solutions"),
    message:
        "Typeset the worked solutions and their evidence"
    shell:
        "lemma solutions > {log} 2>&1"
