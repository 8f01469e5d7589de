"""`lemma doctor` checks the machine and the project; `lemma why` explains why a file would be made again.

`doctor` runs the checks of `machine_checks` and `engine_checks`. `why` asks Snakemake (`snakemake_graph`) and DVC
(`dvc_status`) and turns their answers into sentences (`reason_text`).
"""
