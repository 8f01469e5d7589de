"""Response times of MLflow with many runs, of which 101 belong to the present results.

`lemma track` writes the store; copies of its runs with other configurations are then inserted into the database.
Timed are whole processes and pages: `lemma track` with nothing new, and the two links that `lemma ui` prints, opened in
Chromium until the table of runs has its first row.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from rich.table import Table
from selenium.webdriver.common.by import By

from lemma.tracking.identity import CONFIG, CURRENT
from tests.browser.chromium import chromium
from tests.browser.serving import serving
from tests.project import ROOT, until
from tests.server.conftest import postgresql_server
from tests.unit.tracking.conftest import MODELS, Project, written

RUNS = 10_000
COPIED = ("runs", "metrics", "latest_metrics", "params", "tags")  # tables whose rows belong to one run
REPEATS = 3


class Large(Project):
    """A finished project with 101 runs in MLflow: 49 trainings of two models each, their means, and the report."""

    data, runs = "sample", list(range(49))


def project(folder: Path, database: str) -> Large:
    """Write the project and track it."""
    large = written(folder, Large)
    assert isinstance(large, Large)
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values["experiment"] |= {"datasets": [large.data], "models": list(MODELS), "runs": large.runs}
    large.params.write_text(yaml.safe_dump(values), encoding="utf-8")
    track(folder, database)
    return large


def track(folder: Path, database: str) -> float:
    """Run `lemma track`, and return its seconds."""
    start = time.monotonic()
    environment = os.environ | {"MLFLOW_TRACKING_URI": database}
    subprocess.run([sys.executable, "-m", "lemma", "track", Large.data], cwd=folder, env=environment, check=True)
    return time.monotonic() - start


def fill(database: str, most: int) -> int:
    """Copy the runs of a store with other configurations until it has about `most`; return their number."""
    engine, tables = sa.create_engine(database), sa.MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        originals = list(connection.execute(sa.select(tables.tables["runs"].columns["run_uuid"])).scalars())
        copies = most // len(originals)
        for copy in range(1, copies):
            for name in COPIED:
                _copy(connection, tables.tables[name], originals, f"{copy:04d}")
            _copy_inputs(connection, tables.tables["inputs"], originals, f"{copy:04d}")
    engine.dispose()
    return copies * len(originals)


def _derive_id(column: sa.ColumnElement[Any], copy: str) -> sa.ColumnElement[Any]:
    """Return an id of 32 hexadecimal digits whose first four are the number of the copy."""
    return sa.literal(copy).concat(sa.func.substr(column, 5))


def _copy(connection: sa.Connection, table: sa.Table, originals: list[str], copy: str) -> None:
    """Copy the rows of the original runs."""
    chosen: list[sa.ColumnElement[Any]] = []
    for column in table.columns:
        if column.name == "run_uuid":
            chosen.append(_derive_id(column, copy))
        elif table.name == "tags" and column.name == "value":
            key = table.columns["key"]
            changed = sa.case(
                (key == CURRENT, "false"),
                (key.in_([CONFIG, "mlflow.parentRunId"]), _derive_id(column, copy)),
                else_=column,
            )
            chosen.append(changed)
        else:
            chosen.append(column)
    rows = sa.select(*chosen).where(table.columns["run_uuid"].in_(originals))
    connection.execute(table.insert().from_select([column.name for column in table.columns], rows))


def _copy_inputs(connection: sa.Connection, table: sa.Table, originals: list[str], copy: str) -> None:
    """Copy the data sets of the runs."""
    names = ("input_uuid", "destination_id")
    chosen = [_derive_id(column, copy) if column.name in names else column for column in table.columns]
    rows = sa.select(*chosen).where(table.columns["destination_id"].in_(originals))
    connection.execute(table.insert().from_select([column.name for column in table.columns], rows))


def open_link(link: str, folder: Path) -> float:
    """Measure the seconds from opening a link in a new browser to the first row of the table of runs."""
    with chromium(folder) as browser:
        start = time.monotonic()
        browser.get(link)
        until(lambda: browser.find_elements(By.CSS_SELECTOR, "[role=row] a[href*='/runs/']"))
        return time.monotonic() - start


def build_table(runs: int = RUNS) -> Table:
    """Tabulate the seconds on SQLite and on PostgreSQL, median of REPEATS."""
    table = Table(title=f"MLflow with {runs:,} runs: seconds, median of {REPEATS}")
    for column in ("database", "runs", "lemma track, 101 runs unchanged", "link: present results", "link: all runs"):
        table.add_column(column, justify="left" if column == "database" else "right")
    with tempfile.TemporaryDirectory() as name:
        table.add_row("SQLite", *_row(Path(name), f"sqlite:///{name}/mlflow.db", runs))
    if shutil.which("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        with tempfile.TemporaryDirectory() as name, postgresql_server() as database:
            table.add_row("PostgreSQL", *_row(Path(name), database, runs))
    return table


def _row(folder: Path, database: str, runs: int) -> list[str]:
    project(folder / "project", database)
    count = fill(database, runs)
    seconds = [[track(folder / "project", database) for _ in range(REPEATS)]]
    with serving(folder / "project", database) as links:
        for link in links:
            seconds.append([open_link(link, folder / f"{link[-5:]}{number}") for number in range(REPEATS)])
    return [f"{count:,}", *(f"{sorted(times)[REPEATS // 2]:.1f}" for times in seconds)]
