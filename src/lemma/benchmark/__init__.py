"""The benchmark: what the project reaches on published data sets, beside what others published.

`lemma.experiments` runs the experiments; `benchmark` typesets what they left together with `resources/published.yaml`.
"""
