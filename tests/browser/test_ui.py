"""The MLflow UI as `make ui` and its printed links show it."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from lemma.layout import Layout
from lemma.tracking import run_record, store
from tests.browser.conftest import EPOCHS, MODELS, RUNS, Served
from tests.project import until
from tests.require import require
from tests.server.conftest import HOST

require("browser", "apt-get install chromium chromium-driver", "chromium", "chromedriver")

FIRST = [f"{model}/0" for model in MODELS]
Curves = dict[str, list[tuple[int, float]]]  # by the name of the run: step, value


def test_the_printed_link_lists_every_run_and_draws_the_curves_of_every_training(
    served: Served, browser: WebDriver, keep: Callable[[str], Path]
) -> None:
    browser.get(served.links["sample"])
    names = sorted(run.info.run_name for run in stored(served))
    assert len(names) == 1 + len(MODELS) + len(MODELS) * len(RUNS), "the data set, its models, their trainings"
    until(lambda: listed(browser) == names, WebDriverException)
    trained = [f"{model}/{run}" for model in MODELS for run in RUNS]
    expected = {
        metric: {name: history(served, name, own) for name in trained} for own, metric in run_record.CURVE_NAMES.items()
    }
    until(lambda: drawn(browser).keys() >= expected.keys(), WebDriverException)
    until(lambda: {name: drawn(browser)[name] for name in expected} == expected, WebDriverException)
    picture(keep("curves"))


def test_selected_runs_of_mlp_cnn_and_rnn_compare_by_parameters_scores_and_curves(
    served: Served, browser: WebDriver, keep: Callable[[str], Path]
) -> None:
    browser.get(served.links["sample"])
    until(lambda: ticked(browser, FIRST), WebDriverException)
    until(lambda: click(browser, "//button[normalize-space()='Compare']"), WebDriverException)
    runs = {run.info.run_name: run.data for run in stored(served)}
    compared = [runs[name] for name in FIRST]
    until(lambda: "train.threads" in rows(browser), WebDriverException)
    table = rows(browser)
    assert table["Run Name:"] == FIRST
    parameters = {name for data in compared for name in data.params}
    assert "settings.learning_rate" in parameters
    for name in parameters:
        assert table[name] == [plain(data.params.get(name, "")) for data in compared], name
    picture(keep("comparison"))
    until(lambda: click(browser, "//a[normalize-space()='curves/dev_loss']"), WebDriverException)
    until(lambda: "curves/dev_loss" in drawn(browser), WebDriverException)
    expected = {name: history(served, name, "dev_loss") for name in FIRST}
    until(lambda: drawn(browser)["curves/dev_loss"] == expected, WebDriverException)
    picture(keep("dev_loss"))


def test_the_second_link_lists_configurations_with_model_score_and_data_set(
    served: Served, browser: WebDriver, keep: Callable[[str], Path]
) -> None:
    browser.get(served.links["sample, all runs by configuration"])
    until(lambda: listed(browser) == sorted([*MODELS, "report sample"]), WebDriverException)
    until(lambda: {"Dataset", "test_accuracy", "model"} <= set(headers(browser)), WebDriverException)
    digest = next(run.inputs.dataset_inputs[0].dataset.digest for run in stored(served))
    until(lambda: cells(browser).count(f"sample ({digest})") == len(MODELS) + 1, WebDriverException)
    picture(keep("configurations"))


def test_a_published_model_has_a_page_in_the_registry_with_a_link_to_its_run(
    served: Served, browser: WebDriver, keep: Callable[[str], Path]
) -> None:
    told = served.project.run("lemma", "publish", "sample", "cnn", "1")
    (name,) = re.findall(r"models:/(\S+)@champion$", told, re.MULTILINE)
    browser.get(f"http://{HOST}:{served.port}/#/models/{name}?workflowType=machine_learning")
    until(lambda: {"Version 1", "@ champion", "dev_accuracy"} <= words(browser), WebDriverException)
    picture(keep("registry"))
    until(lambda: click(browser, "//a[normalize-space()='Version 1']"), WebDriverException)
    until(lambda: click(browser, "//a[normalize-space()='cnn/1']"), WebDriverException)
    (run,) = (run for run in stored(served) if run.info.run_name == "cnn/1")
    until(lambda: f"/runs/{run.info.run_id}" in browser.current_url, WebDriverException)


def test_the_ui_listens_on_127_0_0_1_only(served: Served) -> None:
    family = [served.process, *served.process.children(recursive=True)]
    sockets = {link.laddr for one in family for link in one.net_connections() if link.status == psutil.CONN_LISTEN}
    assert {(address.ip, address.port) for address in sockets} == {(HOST, served.port)}


@pytest.mark.parametrize(
    ("method", "header"),
    [
        pytest.param("GET", {"Host": "attacker.example"}, id="a name that an attacker made to mean this machine"),
        pytest.param("POST", {"Origin": "https://attacker.example"}, id="a page of an attacker"),
    ],
)
def test_requests_from_another_site_are_rejected(method: str, header: dict[str, str], served: Served) -> None:
    address = f"http://{HOST}:{served.port}/api/2.0/mlflow/runs/search"
    body = b"{}" if method == "POST" else None
    own = urllib.request.Request(address, body, {"Content-Type": "application/json"}, method=method)
    foreign = urllib.request.Request(address, body, {"Content-Type": "application/json"} | header, method=method)
    assert answer(own) != 403
    assert answer(foreign) == 403


def stored(served: Served) -> list[Any]:
    """Return the runs in the store."""
    with store.connect(store.default_uri(Layout(served.project.folder))) as client:
        return store.search_runs(client, store.get_or_create_experiment(client, "sample"), "")


def history(served: Served, name: str, column: str) -> list[tuple[int, float]]:
    """Return a column of a training's history."""
    lines = (served.project.folder / "models/sample" / name / "history.jsonl").read_text().splitlines()
    assert len(lines) == EPOCHS
    return [(line["epoch"], line[column]) for line in map(json.loads, lines)]


def listed(browser: WebDriver) -> list[str]:
    """Return the names in the list of runs."""
    return sorted(link.text for link in browser.find_elements(By.CSS_SELECTOR, "[role=row] a[href*='/runs/']"))


def headers(browser: WebDriver) -> list[str]:
    """Return the names of the columns in the table of runs."""
    return [header.text for header in browser.find_elements(By.CSS_SELECTOR, "[role=columnheader]")]


def cells(browser: WebDriver) -> list[str]:
    """Return the first line of each cell in the table of runs."""
    return [cell.text.partition("\n")[0] for cell in browser.find_elements(By.CSS_SELECTOR, "[role=gridcell]")]


def words(browser: WebDriver) -> set[str]:
    """Return the lines of text on the page."""
    lines = browser.find_element(By.TAG_NAME, "body").text.splitlines()
    return {line.rstrip(": ") for line in lines}


def drawn(browser: WebDriver) -> dict[str, Curves]:
    """Return the lines of each chart of a metric by step, by the metric's name."""
    code = """
    const named = box => box && (/^\\S+ \\((\\w+\\/\\w+)\\)$/m.exec(box.innerText)?.[1] ?? named(box.parentElement));
    return [...document.querySelectorAll('.js-plotly-plot')]
      .filter(plot => plot.data?.length && plot.data[0].type == 'scatter')
      .map(plot => [named(plot), plot.data.map(line => [line.name, line.x, line.y])])
    """  # the legend is next to the plot; an entry is, for example, cnn/0 (curves/dev_loss)
    charts = browser.execute_script(code)
    return {metric: {name: list(zip(steps, values)) for name, steps, values in lines} for metric, lines in charts}


def ticked(browser: WebDriver, names: list[str]) -> bool:
    """Tick the first run of `names` that is not ticked yet; return whether all were."""
    for name in names:
        row = f"//a[normalize-space()='{name}']/ancestor::*[@role='row']"
        box = browser.find_element(By.XPATH, f"{row}//input[contains(@class, 'ag-checkbox-input')]")
        if not box.is_selected():
            box.click()
            return False
    return True


def click(browser: WebDriver, place: str) -> bool:
    browser.find_element(By.XPATH, place).click()
    return True


def rows(browser: WebDriver) -> dict[str, list[str]]:
    """Return the rows of all tables: their first cell, and the others."""
    code = "return [...document.querySelectorAll('tr')].map(row => [...row.cells].map(cell => cell.innerText))"
    return {first: [plain(cell) for cell in others] for first, *others in browser.execute_script(code)}


def plain(text: str) -> str:
    """Return a cell without the space by which MLflow lays out lists."""
    return "".join(text.split())


def answer(request: urllib.request.Request) -> int:
    """Return the status of the answer."""
    try:
        with urllib.request.urlopen(request, timeout=30) as got:
            return int(got.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def picture(path: Path) -> None:
    """Check that a picture shows something: one of a single colour packs into a few kB."""
    assert path.stat().st_size > 20_000
