"""A page's frame: title, question, messages about the link, figures with their text, cards, and where to go next."""

import warnings
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import plotly.graph_objects as go
import streamlit as st

from mfapp import jobs, state, theme
from mfcore import LeastNormWarning
from mfview import cards, chapters, style

HOME = "pages/home.py"
_ENTERED = "_entered_through_app"
# A last subscript or bracket stands 2 px outside the box KaTeX reserves, and a box that overflows wants to scroll.
TRAIL = r"\,"
ICON = Path(__file__).with_name("icon.png")
# An equation that fits a page's width is too wide for a phone's, and what must be scrolled sideways is hard to read.
# A link may open a late view, so the tabs go on in further lines: in one, the open tab would be out of sight.
LOOK = f"""<style>{theme.APART}
@media (max-width: 640px) {{
.katex-display > .katex {{ font-size: 0.92em; }}
[role="tablist"] {{ flex-wrap: wrap; row-gap: 0; }}
}}</style>"""


def navigation() -> dict[str, list[st.Page]]:
    """The pages by section, from the table of contents.

    They carry no icons: Streamlit would take one for the browser tab and fetch it from another host.
    """
    home = st.Page(HOME, title="Start here", default=True)
    rooms = [st.Page(c.page, title=f"{c.number:02d} · {c.title}", url_path=c.slug) for c in chapters.CHAPTERS]
    return {"": [home], "Chapters": rooms}


def run() -> None:
    """Run the page that the address names: all of app.py."""
    st.session_state[_ENTERED] = True
    st.navigation(navigation(), position="hidden").run()


def start(slug: str) -> chapters.Chapter:
    """Open a chapter's page: what it is called, what it asks, and the place for messages about the link."""
    chapter = chapters.by_slug(slug)
    _prepare(chapter.title)
    state.enter(slug)
    jobs.begin()
    note(f"Chapter {chapter.number} · notes §{chapter.notes}")
    st.title(chapter.title, anchor=False)
    st.header(chapter.question, anchor=False)
    state.place_notices()
    return chapter


def start_home() -> None:
    """Open the home page."""
    _prepare("Matrix factorization")
    state.enter("home")
    jobs.begin()
    jobs.leave()
    state.place_notices()


def _prepare(title: str) -> None:
    # A fresh server runs the first page that a link names without app.py and lists the folder's files as its
    # navigation. Calling st.navigation ends that for the whole server; the run after it goes through app.py.
    if not st.session_state.pop(_ENTERED, False):
        st.navigation(navigation(), position="hidden")
        st.rerun()
    st.set_page_config(page_title=f"{title} · mfcore", page_icon=ICON, layout="wide")
    st.html(LOOK)
    theme.follow()
    _contents()
    # The pages say in words and pictures where a solution is not unique; the server's log need not repeat it.
    warnings.simplefilter("ignore", LeastNormWarning)


def _contents() -> None:
    """The table of contents in the sidebar. Streamlit's own list, with sections, makes screen readers stumble."""
    with st.sidebar:
        for section, pages in navigation().items():
            if section:
                st.markdown(f"**{section}**")
            for page in pages:
                st.page_link(page, width="stretch")
        st.divider()


def note(text: str) -> None:
    """Small print in the colour of the text: st.caption's grey falls short of the contrast that small print needs."""
    st.markdown(f":small[{text}]")


def palette() -> style.Palette:
    """The colours of the visitor's theme."""
    return style.DARK if theme.dark() else style.LIGHT


def show(fig: go.Figure, key: str, on_select: Callable[[], None] | None = None) -> None:
    """A figure across the width it is given, with its text alternative. It keeps its own colours.

    on_select: called before the next run when a point is clicked, which stands in st.session_state[key].
    """
    st.plotly_chart(
        fig,
        key=key,
        theme=None,
        alt=style.alt_of(fig),
        config={"displaylogo": False},
        on_select=on_select or "ignore",
        selection_mode="points",
    )


def show_card(function: Callable[..., object], remark: str = "") -> None:
    """The equation a function computes and the function itself, as it runs."""
    card = cards.card(function)
    st.latex(card.latex + TRAIL)
    # Without a language: the colours Streamlit gives to Python fall short of the contrast that small print needs.
    st.code(card.source, language=None, wrap_lines=True)
    note(f"`{function.__module__}.{card.name}` · notes §{card.notes}{' · ' + remark if remark else ''}")


def end(chapter: chapters.Chapter) -> None:
    """Close a chapter's page: scenarios to open, its lesson, the chapters before and after."""
    st.divider()
    st.header("Worth a look", anchor=False)
    for column, scenario in zip(st.columns(len(chapter.scenarios)), chapter.scenarios, strict=True):
        with column.container(border=True, height="stretch"):
            # A link of its own, not page_link: it opens the page afresh, with nothing left of the present state.
            address = f"./{chapter.slug}?{urlencode(scenario.params)}"
            st.link_button(scenario.title, address, icon=":material/science:", width="stretch")
            st.markdown(scenario.notice)
    st.markdown(f"The lesson of this chapter, to run and change in Jupyter: `{chapter.lesson}`")
    at = chapters.CHAPTERS.index(chapter)
    before, after = st.columns(2)
    if at > 0:
        previous = chapters.CHAPTERS[at - 1]
        before.page_link(previous.page, label=f"Previous: {previous.title}", icon=":material/arrow_back:")
    if at + 1 < len(chapters.CHAPTERS):
        following = chapters.CHAPTERS[at + 1]
        after.page_link(following.page, label=f"Next: {following.title}", icon=":material/arrow_forward:")
    jobs.leave()
