"""What the tests of pages share: opening one at what a link says, pressing its buttons, and reading what it shows."""

import base64
import json
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from mfview.chapters import by_slug
from tests.conftest import ROOT


def open_page(slug: str, **params: str | list[str]) -> AppTest:
    """A chapter's page as a link with these query parameters opens it; without an exception."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    at.switch_page(by_slug(slug).page)
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
