"""The benchmark: what the project reaches on published data sets, beside what others published.

An experiment is a file of `benchmark/`: values that differ from params.yaml. `run` runs each in a folder of its own
with the ordinary workflow, `benchmark` typesets what the runs left together with `resources/published.yaml`.
"""
