"""Named experiments: values that differ from params.yaml, run in a folder of their own, listed, compared and tracked.

An experiment is a file of `benchmark/`. `definition` reads it, `create` writes a new one, `run` runs it with the
ordinary workflow and keeps its scores in `reports/benchmark/NAME.json`, `track` shows these in MLflow, `listing` prints
the table of all experiments and `compare` tells whether two of them differ.
"""
