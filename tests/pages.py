"""What the tests of pages share: opening one at what a link says, pressing its buttons, and reading what it shows."""

import base64
import json
import re
import time
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from mfapp import runs, upload
from mfcore import Ratings, data
from mfview.chapters import by_slug
from tests.conftest import ROOT


def alike(stars: float = 4.0) -> runs.Dataset:
    """The tiny table with all ratings equal: after the mean, and after many a fit, nothing at all is left."""
    R, films = data.load("tiny")
    return runs.named(Ratings.from_codes(R.i, R.j, np.full(R.n, stars), R.user_ids, R.item_ids), films)


def open_page(slug: str, *, own: runs.Dataset | None = None, **params: str | list[str]) -> AppTest:
    """A chapter's page as a link with these query parameters opens it; without an exception. own: ratings uploaded."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    at.switch_page(by_slug(slug).page)
    if own is not None:
        assert own.R.n >= upload.LEAST_RATINGS
        at.session_state[upload._KEPT] = own
        at.query_params["data"] = "yours"
    for name, value in params.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def press(at: AppTest, label: str) -> AppTest:
    """The page after a press of the button that is called so."""
    next(b for b in at.button if b.label == label).click().run()
    assert not at.exception
    return at


def finished(at: AppTest, seconds: float = 120) -> AppTest:
    """The page once its jobs have ended, as its clock would bring it there."""
    end = time.monotonic() + seconds
    while any(b.label == "Cancel" for b in at.button):
        assert time.monotonic() < end
        at.run()
        assert not at.exception
    return at


def cancelled(at: AppTest, runs: int = 3) -> int:
    """How many units the page's job has done after a few runs and a press of Cancel, which ends it for good."""
    for _ in range(runs):
        at.run()
    press(at, "Cancel")
    done, total = map(int, re.search(r"Cancelled after (\d+) of (\d+); what was found is kept", text(at)).groups())
    assert runs <= done < total
    at.run()
    assert f"Cancelled after {done} of {total}; " in text(at)
    return done


def text(at: AppTest) -> str:
    """All Markdown of the page."""
    return "\n".join(m.value for m in at.markdown)


def latex(at: AppTest) -> str:
    """All displayed equations of the page."""
    return "\n".join(block.value for block in at.latex)


def drawn(at: AppTest, title: str) -> dict[str, Any]:
    """The figure that is called so, or whose title begins so, as the browser gets it; arrays are numpy's."""
    specs = (chart.proto.spec for chart in at.get("plotly_chart"))
    figures = [json.loads(spec, object_hook=_with_arrays) for spec in specs]
    titles = [str(fig["layout"]["title"]["text"]) for fig in figures]
    found = [n for n, own in enumerate(titles) if own == title] or [
        n for n, own in enumerate(titles) if own.startswith(title)
    ]
    assert len(found) == 1, f"{len(found)} of {titles} are called {title}"
    return figures[found[0]]


def trace(figure: dict[str, Any], name: str) -> dict[str, Any]:
    """The trace of that name."""
    return next(one for one in figure["data"] if one.get("name") == name)


def _with_arrays(found: dict[str, Any]) -> Any:
    """Plotly's typed arrays, which travel as bytes."""
    if "bdata" not in found:
        return found
    flat = np.frombuffer(base64.b64decode(found["bdata"]), found["dtype"])
    return flat.reshape([int(n) for n in found["shape"].split(",")]) if "shape" in found else flat


def alts(at: AppTest) -> str:
    """What a screen reader says of the page's figures."""
    return "\n".join(chart.proto.alt for chart in at.get("plotly_chart"))
