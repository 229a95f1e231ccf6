"""How long a visitor waits: from a press to the new picture, in Chromium, on the data the pages open with."""

import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.compare import processor
from mfview.chapters import CHAPTERS
from tests.conftest import CHROMIUM, running_app, settle

OPENINGS = 3
PATIENCE = 5000  # milliseconds, after which no new picture is expected
AT_ITS_END = "e => +(e.getAttribute('aria-valuenow') ?? e.value) >= +(e.getAttribute('aria-valuemax') ?? e.max)"
PICTURES = "d => [...d.querySelectorAll('.js-plotly-plot')].map(p => p.innerHTML).join()"
PICTURE = ".js-plotly-plot .main-svg"
TABLES = "d => d.querySelector('.js-plotly-plot').textContent"
CURVE = "d => d.querySelector('.js-plotly-plot .scatterlayer .js-line').getAttribute('d')"


WATCH = """event => {
    const shown = () => picture(document);
    window.waited = new Promise(done => addEventListener(event, () => {
        const before = shown(), begun = performance.now();
        const cancel = () => [...document.querySelectorAll('button')].some(b => b.textContent.includes('Cancel'));
        window.offered = false;
        const look = () => {
            const took = performance.now() - begun;
            window.offered ||= cancel();
            shown() !== before || took > PATIENCE ? done(took) : requestAnimationFrame(look);
        };
        look();
    }, { capture: true, once: true }));
}"""


def _waited(page: Page, event: str, picture: str, act: Callable[[], None]) -> float:
    """Milliseconds, by the browser's clock, from the event that `act` sets off to the frame that shows a new picture.

    picture: JavaScript, a function of the document whose value is another one when the picture is.
    """
    page.evaluate(
        WATCH.replace("picture(document)", f"({picture})(document)").replace("PATIENCE", str(PATIENCE)), event
    )
    act()
    return float(page.evaluate("window.waited"))


def _opened(browser: Browser, address: str) -> float:
    """Milliseconds from nothing, with an empty cache, to the page's first picture."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    begun = time.perf_counter()
    page.goto(address)
    page.locator(PICTURE).first.wait_for()
    took = 1000 * (time.perf_counter() - begun)
    page.close()
    return took


def _walked(page: Page, title: str) -> list[float]:
    """Milliseconds from a press on the chapter's link, on the home page, to the chapter's first picture."""
    found = []
    for _ in range(OPENINGS):
        page.get_by_role("link", name="Start here").first.click()
        page.get_by_role("link", name=CHAPTERS[0].title).first.wait_for()
        settle(page)
        begun = time.perf_counter()
        page.locator("[data-testid='stSidebar']").get_by_role("link").filter(has_text=title).click()
        page.get_by_role("heading", name=title, level=1).wait_for()
        page.locator(PICTURE).first.wait_for()
        found.append(1000 * (time.perf_counter() - begun))
        settle(page)
    return found


def _moved(page: Page) -> str:
    """From an arrow key on the view's first slider to new pictures: the median; "–" if there is none, or none follow.

    Where the work goes on beside a Cancel button, that is said.
    """
    sliders, found, offered = page.get_by_role("slider"), [], False
    for _ in range(OPENINGS if sliders.count() else 0):
        sliders.first.focus()
        key = "ArrowLeft" if sliders.first.evaluate(AT_ITS_END) else "ArrowRight"
        found.append(_waited(page, "keydown", PICTURES, lambda key=key: page.keyboard.press(key)))
        offered |= page.evaluate("window.offered")
        settle(page)
    if not found or max(found) >= PATIENCE:
        return "–"
    return f"{median(found):.0f}{', Cancel' if offered else ''}"


def _bare() -> list[float]:
    """Milliseconds until Streamlit shows a chart of three points and nothing else."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        script = Path(folder) / "bare.py"
        script.write_text("import streamlit as st\nst.plotly_chart({'data': [{'y': [1, 3, 2]}]})\n")
        with running_app(Path(folder), script) as url:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            return [_opened(browser, url) for _ in range(OPENINGS)]


def table(rounds: int = 7) -> str:
    """A Markdown table of medians in milliseconds."""
    found: dict[str, list[float]] = {}
    pages: dict[str, tuple[float, float, str]] = {}
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
        for chapter in CHAPTERS:
            cold = [_opened(browser, f"{url}/{chapter.slug}") for _ in range(OPENINGS)]
            walked = median(_walked(page, chapter.title))
            pages[f"{chapter.number:02} {chapter.title}"] = median(cold), walked, _moved(page)
        browser.close()
    lines = [f"Chromium and the server on the same 2 cores; {processor()}.", ""]
    lines += ["| what | median, ms | worst, ms |", "|---|---|---|"]
    lines += [f"| {what} | {median(times):.0f} | {max(times):.0f} |" for what, times in found.items()]
    lines += [
        "",
        "| until the picture, ms | opened from nothing | from the home page | a slider moved |",
        "|---" * 4 + "|",
    ]
    lines += [f"| {name} | {cold:.0f} | {walked:.0f} | {moved} |" for name, (cold, walked, moved) in pages.items()]
    return "\n".join([*lines, f"| Streamlit alone, with a chart of three points | {median(_bare()):.0f} | – | – |"])
