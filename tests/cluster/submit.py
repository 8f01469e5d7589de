"""The command `snakemake`, but the status of jobs is asked for every second.

The Slurm plugin asks 10 s later each time that no job has ended: with jobs of a few seconds a pipeline mostly waits.
"""

import asyncio
import sys

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor  # type: ignore[import-untyped]


async def sleep(_: RemoteExecutor) -> None:
    await asyncio.sleep(1)


if __name__ == "__main__":
    RemoteExecutor.sleep = sleep
    sys.exit(main())
