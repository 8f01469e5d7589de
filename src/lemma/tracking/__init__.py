"""Tracking of runs in MLflow. All of it is computed from files: the store can be deleted and written again.

- `run_record`, `parent_runs`, `score_records`: what MLflow shows of a run, computed from files
- `write_runs`, `named_experiments`, `prune`: write these records to MLflow, delete superseded runs
- `live_run`, `live_stream`: show a training in MLflow while it runs
- `registry`, `packaging`, `serving`, `download_model`: the model registry
- `store`, `views`, `server`: connection to MLflow, views of the runs table, the UI

No other package imports MLflow. It is imported inside functions only, and never in a process that trains.
"""

from lemma.tracking.live_run import LiveRun
from lemma.tracking.server import serve_ui
from lemma.tracking.write_runs import track

__all__ = ["LiveRun", "serve_ui", "track"]
