"""What several test modules share: where the project and the real ratings lie, a running app, and a browser on it."""

import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

# Several test processes share the cores: a matrix product that keeps to one is done sooner than one that waits for all.
# Nothing here has loaded numpy yet; servers, notebooks and workers started from here inherit it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ROOT = Path(__file__).parents[1]
expect.set_options(timeout=30_000)  # several browsers and servers share the cores
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, each for whichever process is free; the others keep to their module and its fixtures."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)
    for item in items:
        alone = item.get_closest_marker("browser") is not None
        item.add_marker(pytest.mark.xdist_group(item.name if alone else item.path.stem))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real MovieLens files, which are not part of the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real ratings are not on this machine")
    return folder


@contextmanager
def running_app(folder: Path, script: Path = ROOT / "app.py") -> Iterator[str]:
    """The address of the app, or another script, on a server whose log in `folder` holds no traceback at the end."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    log = folder / "log.txt"
    address = (f"--server.port={port}", "--server.address=127.0.0.1")
    command = [sys.executable, "-m", "streamlit", "run", str(script), *address]
    with log.open("w") as out:
        app = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", app, log)
        yield f"http://127.0.0.1:{port}"
        said = log.read_text()
        assert "Traceback" not in said, said
    finally:
        app.terminate()
        try:
            app.wait(10)
        except subprocess.TimeoutExpired:  # the first server on a machine may still be compiling in the background
            app.kill()
            app.wait(10)


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app, started for these tests."""
    with running_app(tmp_path_factory.mktemp("app")) as url:
        yield url


def _wait_until_healthy(url: str, app: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        assert app.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the app did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Where there is none these tests skip, unless MF_REQUIRE_BROWSER says that they may not."""
    if CHROMIUM is None:
        if os.environ.get("MF_REQUIRE_BROWSER"):
            pytest.fail("Chromium is not installed, and this run may not go without it")
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]
        running = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=flags)
        yield running
        running.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(app_url: str, browser: Browser) -> Iterator[Visit]:
    """Open a path of the app and wait until it is drawn. At the end: no console error, no request to another host."""
    troubles: list[str] = []
    contexts = []

    def open_page(path: str = "/", width: int = 1440, dark: bool = False, base: str = app_url) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: troubles.append(f"console: {m.text}") if _is_grave(m) else None)
        page.on("pageerror", lambda e: troubles.append(f"page error: {e}"))
        page.on("request", lambda q: None if _is_ours(q.url, base) else troubles.append(f"outside: {q.url}"))
        page.goto(base + path)
        settle(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not troubles, "\n".join(troubles)


def _is_grave(message: ConsoleMessage) -> bool:
    """Streamlit's client looks for its server below the page's own path first; those two misses are its way."""
    misses = ("/_stcore/health", "/_stcore/host-config")
    return message.type == "error" and not message.location["url"].endswith(misses)


def _is_ours(url: str, app_url: str) -> bool:
    return url.startswith((app_url, app_url.replace("http", "ws", 1), "data:", "blob:"))


def settle(page: Page) -> None:
    """Wait until the script has finished and what it drew stands."""
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for(timeout=120_000)
    page.wait_for_timeout(300)
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for(timeout=120_000)
    # What is about to be drawn anew is pale until it is; a job draws anew until it has ended; what needs more of
    # Streamlit's own code than was loaded is grey until that has come.
    unfinished = "[data-stale=true], [data-testid=stProgress], [data-testid=stSkeleton]"
    page.wait_for_function(f"() => !document.querySelector('{unfinished}')", timeout=120_000)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C reaches the test: what a shell starts in the background is told to ignore it, and so are its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """AppTest leaves the script it ran as the main module, which processes spawned later would run again."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def client() -> Iterator[Any]:
    """Of a Dask cluster of two processes."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as workers,
        distributed.Client(workers) as client,
    ):
        yield client
    gc.collect()  # Of answers nobody heard asyncio tells when they are collected: not while Python 3.11 reads a module.
