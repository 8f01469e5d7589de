"""The process that `LiveRun` starts: it reads JSON lines from standard input and writes them to an MLflow run.

The first line describes the run. Each further line holds the points of an epoch or the final status. The process ends
with that status, or when the pipe closes because the training was killed.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

from lemma.errors import InputError
from lemma.tracking import run_record, store
from lemma.tracking.identity import CONFIG, LIVE

Message = dict[str, Any]


def read_messages(descriptor: int) -> Iterator[list[Message]]:
    """Yield batches of messages until a pipe closes; a batch is all messages that wait in it."""
    pending = b""
    while chunk := os.read(descriptor, 65536):
        *lines, pending = (pending + chunk).split(b"\n")
        if lines:
            yield [json.loads(line) for line in lines]


def stream_run(batches: Iterator[list[Message]]) -> None:
    """Write the run that the first message describes; live runs of the same training are deleted.

    Args:
        batches: of messages; the first message describes the run.

    Raises:
        InputError: MLflow cannot be opened; later failures raise MLflow's own errors.
    """
    run, *rest = next(batches)
    same = f"tags.`{CONFIG}` = '{run['tags'][CONFIG]}' AND tags.`{LIVE}` = 'true'"
    with store.connect(run["uri"]) as client:  # the lock is held here only: other trainings stream at the same time
        experiment = store.get_or_create_experiment(client, run["experiment"])
        for old in store.search_runs(client, experiment, same):
            client.delete_run(old.info.run_id)
        created = client.create_run(experiment, start_time=run["start"], tags=run["tags"], run_name=run["name"])
    identity = created.info.run_id
    client.log_batch(identity, params=store.to_params(run["params"]))
    for batch in chain([rest], batches):
        if points := [tuple(point) for message in batch for point in message.get("points", [])]:
            client.log_batch(identity, metrics=store.to_metrics(points))
        for message in batch:
            if "status" in message:
                client.set_terminated(identity, message["status"], end_time=message["time"])
                return
    client.set_terminated(identity, "KILLED", end_time=run_record.to_milliseconds(time.time()))


def main() -> int:
    """Write standard input to MLflow; on failure print the reason in one line and return 1."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the training handles Ctrl-C and then sends the status
    try:
        stream_run(read_messages(0))
    except InputError as error:
        print(error.what, flush=True)
    except Exception as error:
        print(store.hide_password(" ".join(str(error).split()))[:300], flush=True)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
