"""Compare configurations of one model in the MLflow UI."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from lemma.tracking import store
from tests.browser.serving import serving
from tests.browser.test_ui import cells, click, headers, listed, picture, rows, ticked
from tests.project import until
from tests.unit.tracking.conftest import written

TRIED = {
    "cnn": {},
    "cnn dropout=0.3": {"dropout": 0.3},
    "cnn dropout=0.7": {"dropout": 0.7},
    "cnn learning_rate=0.0003": {"learning_rate": 0.0003},
}


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The links of `lemma ui` to a store in which dropouts and learning rates were tried one after the other."""
    project = written(tmp_path_factory.mktemp("tried"))
    for values in TRIED.values():
        for run in project.runs:
            project.train("cnn", run, **values)
        project.track()
    with serving(project.root, store.default_uri(project)) as addresses:
        yield addresses


def test_dropouts_and_learning_rates_compare_by_axes_and_by_differing_parameters(
    links: list[str], browser: WebDriver, keep: Callable[[str], Path]
) -> None:
    browser.get(links[1])
    until(lambda: {"Dataset", "dev_accuracy"} <= set(headers(browser)), WebDriverException)
    until(lambda: ticked(browser, list(TRIED)), WebDriverException)
    picture(keep("configurations"))
    until(lambda: click(browser, "//button[normalize-space()='Compare']"), WebDriverException)
    until(lambda: {"settings.dropout", "settings.learning_rate", "dev_accuracy"} <= axes(browser), WebDriverException)
    picture(keep("coordinates"))
    names = rows(browser)["Run Name:"]
    until(lambda: browser.find_elements(By.XPATH, "//button[@role='switch']"), WebDriverException)
    browser.find_elements(By.XPATH, "//button[@role='switch']")[0].click()
    until(lambda: "settings.kernel_sizes" not in rows(browser), WebDriverException)
    displayed = {name: values for name, values in rows(browser).items() if name.startswith(("settings.", "train."))}
    values = {name: {"settings.dropout": 0.5, "settings.learning_rate": 0.001} for name in names}
    for name in names:
        tried = next(changed for key, changed in TRIED.items() if key.replace(" ", "") == name)
        values[name] |= {f"settings.{key}": value for key, value in tried.items()}
    assert displayed == {key: [str(values[name][key]) for name in names] for key in sorted(values[names[0]])}
    picture(keep("parameters"))


def test_the_data_set_has_a_column_and_the_present_results_have_a_link(links: list[str], browser: WebDriver) -> None:
    browser.get(links[0].replace("CHART", "TABLE"))
    last = list(TRIED)[-1]
    until(lambda: last in listed(browser), WebDriverException)
    assert not (set(TRIED) - {last}) & set(listed(browser))
    until(lambda: any(cell.startswith("tiny (") for cell in cells(browser)), WebDriverException)


def axes(browser: WebDriver) -> set[str]:
    """Return the titles of the axes of the plot of parallel coordinates."""
    return {title.text for title in browser.find_elements(By.CSS_SELECTOR, ".parcoords .axis-title, .axis-title")}
