"""Benchmarks of speed, as ratios, and of memory: `make bench`."""

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
options = parser.parse_args()
sizes = sorted(options.documents or [10**4, 10**5, 10**6])
console = Console(width=120)  # a pipe has no width, and a table must not be cut
if "data" in options.parts:
    console.print(scaling.build_table(sizes, options.words))
if "jobs" in options.parts:
    from tests.bench import process

    console.print(process.build_table(sizes))
if "processes" in options.parts:
    from tests.bench import processes

    for count in sorted(options.documents or [10**3, 10**4, 10**5]):
        console.print(processes.build_table(count, options.models))
if "tracking" in options.parts:
    from tests.bench import tracking

    console.print(tracking.build_table())
if "networks" in options.parts:
    from tests.bench import networks  # last: the peak memory of a process includes that of its parent before exec

    for table in networks.tables():
        console.print(table)
