"""MLflow as a projection of the files that training and evaluation leave: it can be deleted and made again.

`record` says what a run shows, `store` where MLflow is, `publish` brings the store in line with the files, `live` and
`stream` show a training while it runs, `server` opens the UI. MLflow is imported inside functions only, and never in a
process that trains.
"""

from lemma.tracking.live_run import LiveRun
from lemma.tracking.server import serve_ui
from lemma.tracking.write_runs import track

__all__ = ["LiveRun", "serve_ui", "track"]
