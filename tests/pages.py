"""What the tests of pages share: opening one at what a link says, pressing its buttons, and reading what it shows."""

from streamlit.testing.v1 import AppTest

from mfview.chapters import by_slug
from tests.conftest import ROOT


def open_page(slug: str, **params: str) -> AppTest:
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


def alts(at: AppTest) -> str:
    """What a screen reader says of the page's figures."""
    return "\n".join(chart.proto.alt for chart in at.get("plotly_chart"))
