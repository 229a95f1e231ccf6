"""How long a visitor waits: from a press to the new picture, in Chromium, on the data the pages open with."""

import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from tests.conftest import CHROMIUM, running_app, settle

CURVE = ".js-plotly-plot .scatterlayer .js-line"
J = "[data-testid='stMetricValue']"


def _waited(page: Page, what: str, attribute: str, act: Callable[[], None]) -> float:
    """Milliseconds from `act` until the first element matching `what` shows something else."""
    read = f"() => document.querySelector({what!r})?.{attribute}"
    before = page.evaluate(read)
    begun = time.perf_counter()
    act()
    page.wait_for_function(f"before => {{ const now = ({read})(); return now && now !== before }}", arg=before)
    return 1000 * (time.perf_counter() - begun)


def table(rounds: int = 7) -> str:
    """A Markdown table of medians in milliseconds."""
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{url}/plain_mf")
        settle(page)
        press = page.get_by_role("button", name="Step", exact=True)
        for _ in range(rounds):
            took = _waited(page, J, "textContent", press.click)
            found.setdefault("microscope: Step → the new J", []).append(took)
            settle(page)
        page.goto(f"{url}/plain_mf?view=Real+films")
        settle(page)
        slider = page.get_by_role("slider", name=re.compile("^k"))
        slider.focus()
        for _ in range(rounds):  # a k that nobody has asked for yet: the model is trained within the time
            took = _waited(page, CURVE, "getAttribute('d')", lambda: page.keyboard.press("ArrowRight"))
            found.setdefault("MovieLens small: k + 1 → the new curve", []).append(took)
            settle(page)
        for path in ("/", "/ratings_matrix", "/dot_product", "/plain_mf"):
            fresh = browser.new_page(viewport={"width": 1440, "height": 900})
            begun = time.perf_counter()
            fresh.goto(url + path)
            fresh.locator(".js-plotly-plot .main-svg").first.wait_for()
            found.setdefault(f"{path}: opened → its picture", []).append(1000 * (time.perf_counter() - begun))
            fresh.close()
        browser.close()
    rows = [f"| {what} | {median(times):.0f} | {max(times):.0f} |" for what, times in found.items()]
    return "\n".join(["| what | median, ms | worst, ms |", "|---|---|---|", *rows])
