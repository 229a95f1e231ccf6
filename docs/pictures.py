"""The README's pictures, taken of the running app: `python -m docs.pictures` (needs requirements-dev.txt, Chromium)."""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.conftest import CHROMIUM, running_app, settle

HERE = Path(__file__).parent
PICTURES = {"microscope": ("/plain_mf?step=21", 1440, 1262)}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for name, (path, width, height) in PICTURES.items():
            page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=1)
            page.goto(url + path)
            settle(page)
            page.locator(".js-plotly-plot .main-svg").first.wait_for()
            page.wait_for_timeout(1500)
            page.screenshot(path=HERE / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
