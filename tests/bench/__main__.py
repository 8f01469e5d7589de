"""Speed as ratios, and memory, measured in one run: `make bench`."""

import argparse

from rich.console import Console

from tests.bench import scaling

PARTS = ["data", "jobs", "processes", "tracking", "networks"]
parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
parser.add_argument("parts", nargs="*", default=PARTS, help="data, jobs, processes, tracking, networks, or all")
parser.add_argument(
    "--documents", type=int, nargs="+", help="sizes of the corpora: 10,000 to 1,000,000; of processes 1,000 to 100,000"
)
parser.add_argument(
    "--models", nargs="+", choices=["mlp", "cnn", "rnn"], default=["mlp", "cnn", "rnn"], help="of processes"
)
parser.add_argument("--words", choices=scaling.GROWTH, default="heaps", help="how the vocabulary grows; see scaling.py")
asked = parser.parse_args()
sizes = sorted(asked.documents or [10**4, 10**5, 10**6])
console = Console(width=120)  # a pipe has no width, and a cut table says nothing
if "data" in asked.parts:
    console.print(scaling.table(sizes, asked.words))
if "jobs" in asked.parts:
    from tests.bench import process

    console.print(process.table(sizes))
if "processes" in asked.parts:
    from tests.bench import processes

    for count in sorted(asked.documents or [10**3, 10**4, 10**5]):
        console.print(processes.table(count, asked.models))
if "tracking" in asked.parts:
    from tests.bench import tracking

    console.print(tracking.table())
if "networks" in asked.parts:
    from tests.bench import networks  # last: a process begins with the memory of the one that starts it

    for table in networks.tables():
        console.print(table)
