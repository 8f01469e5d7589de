"""Named experiments: sets of values that differ from params.yaml.

An experiment is a file of `benchmark/` and runs in a folder of its own.

- `definition` reads an experiment, `create` writes a new one
- `run` runs it with the ordinary workflow and records its scores in `reports/benchmark/NAME.json`
- `results` reads these scores, `track` writes them to MLflow, `listing` prints the table of all experiments
- `compare_experiments` compares two experiments, by documents or by runs
- `benchmark` typesets the scores next to published ones
"""
