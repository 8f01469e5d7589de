"""Speed as ratios, and memory, measured in one run: `make bench`."""

import argparse

from rich.console import Console

from tests.bench import scaling

PARTS = ["data", "jobs", "networks"]
parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
parser.add_argument("parts", nargs="*", default=PARTS, help="data, jobs, networks, or all (the default)")
parser.add_argument("--documents", type=int, nargs="+", default=[10**4, 10**5, 10**6], help="sizes of the corpora")
parser.add_argument("--words", choices=scaling.GROWTH, default="heaps", help="how the vocabulary grows; see scaling.py")
asked = parser.parse_args()
console = Console(width=120)  # a pipe has no width, and a cut table says nothing
if "data" in asked.parts:
    console.print(scaling.table(sorted(asked.documents), asked.words))
if "jobs" in asked.parts:
    from tests.bench import process

    console.print(process.table(sorted(asked.documents)))
if "networks" in asked.parts:
    from tests.bench import networks  # last: a process begins with the memory of the one that starts it

    for table in networks.tables():
        console.print(table)
