"""Several processes open an empty PostgreSQL database at the same time. (Unit tests do so with SQLite.)"""

import subprocess
import sys

from lemma.tracking import store

PROCESSES = 8
OPEN = """
import sys
from lemma.tracking import store
with store.connect(sys.argv[1]) as client:
    print(store.get_or_create_experiment(client, "first"))
"""


def test_eight_processes_create_one_store_and_one_experiment_in_an_empty_postgresql(postgresql: str) -> None:
    command = [sys.executable, "-c", OPEN, postgresql]
    started = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(PROCESSES)
    ]
    told = [process.communicate(timeout=300) for process in started]
    assert [process.returncode for process in started] == [0] * PROCESSES, told[0][1]
    assert len({identity for identity, _ in told}) == 1
    with store.connect(postgresql) as client:
        assert len(client.search_experiments(filter_string="name = 'first'")) == 1
