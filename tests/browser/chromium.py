"""A headless browser."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

FLAGS = [
    "headless",
    "no-sandbox",  # as root, Chromium runs only without its sandbox
    "disable-dev-shm-usage",
    "disable-gpu",
    "disable-quic",
    "no-first-run",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
    "window-size=1600,1200",
]
# MLflow opens its assistant over a quarter of the page, once per profile: this profile has seen it.
ASSISTANT = "localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true')"


@contextmanager
def chromium(profile: Path) -> Iterator[webdriver.Chrome]:
    """Yield headless Chromium with the profile in this folder, logging its console, and quit it at the end."""
    options = Options()
    options.binary_location = str(shutil.which("chromium"))
    for flag in [*FLAGS, f"user-data-dir={profile}"]:
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
    try:
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": ASSISTANT})
        yield driver
    finally:
        driver.quit()
