"""How long a visitor waits: from a press to the new picture, in Chromium, on the data the pages open with."""

import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from tests.conftest import CHROMIUM, running_app, settle

TABLES = "d => d.querySelector('.js-plotly-plot').textContent"
CURVE = "d => d.querySelector('.js-plotly-plot .scatterlayer .js-line').getAttribute('d')"


WATCH = """event => {
    const shown = () => picture(document);
    window.waited = new Promise(done => addEventListener(event, () => {
        const before = shown(), begun = performance.now();
        const look = () => shown() !== before ? done(performance.now() - begun) : requestAnimationFrame(look);
        look();
    }, { capture: true, once: true }));
}"""


def _waited(page: Page, event: str, picture: str, act: Callable[[], None]) -> float:
    """Milliseconds, by the browser's clock, from the event that `act` sets off to the frame that shows a new picture.

    picture: JavaScript, a function of the document whose value is another one when the picture is.
    """
    page.evaluate(WATCH.replace("picture(document)", f"({picture})(document)"), event)
    act()
    return float(page.evaluate("window.waited"))


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
            took = _waited(page, "click", TABLES, press.click)
            found.setdefault("microscope: Step → the new tables", []).append(took)
            settle(page)
        page.goto(f"{url}/plain_mf?view=Real+films")
        settle(page)
        slider = page.get_by_role("slider", name=re.compile("^k"))
        slider.focus()
        for _ in range(rounds):  # a k that nobody has asked for yet: the model is trained within the time
            took = _waited(page, "keydown", CURVE, lambda: page.keyboard.press("ArrowRight"))
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
