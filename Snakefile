# Table of contents. Values come from params.yaml, needs from the rules, where it runs from profiles/.
include: "workflow/rules/common.smk"
include: "workflow/rules/exercises.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/track.smk"


# On a cluster these two stay where Snakemake runs: nodes seldom reach the network, and a database is best on one machine.
localrules:
    download,
    track,


onsuccess:
    show_overview(workflow)


rule all:
    default_target: True
    input:
        rules.solutions.output,
        expand(rules.card.output, dataset=PARAMS.experiment.datasets),
        expand(rules.report.output, dataset=PARAMS.experiment.datasets),
        expand(rules.track.output, dataset=PARAMS.experiment.datasets),
    message:
        "All results of the experiment"


rule demo:
    input:
        rules.solutions.output,
        expand(rules.card.output, dataset="sample"),
        expand(rules.report.output, dataset="sample"),
        expand(rules.track.output, dataset="sample"),
    message:
        "All results of the demo"
