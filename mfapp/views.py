"""Views of a page: tabs of which only the open one runs, each with its own defaults for the shared controls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import streamlit as st

from mfapp import player, state

_OPEN, _LEFT = "_view_open", "_view_left"


@dataclass(frozen=True, slots=True)
class View:
    """What draws a view, and what the controls it shares with other views stand at when it is first opened."""

    draw: Callable[[], None]
    defaults: Mapping[str, int | float | str] = field(default_factory=dict)


def show(views: Mapping[str, View]) -> None:
    """The tabs. A view that is opened again finds its controls as it left them. views: {label: View}."""
    first = next(iter(views))
    state.heed_choice(state.VIEW, list(views), first)
    tabs = st.tabs(list(views), key=state.VIEW.key, on_change=_switch, args=(views,), bind="query-params")
    for tab, (label, view) in zip(tabs, views.items(), strict=True):
        if tab.open:
            st.session_state[_OPEN] = label
            with tab:
                view.draw()


def _switch(views: Mapping[str, View]) -> None:
    """Keep what the controls of the closing view stood at; set those of the opening one."""
    player.pause()
    left = st.session_state.setdefault(_LEFT, {})
    closing, opening = str(st.session_state.get(_OPEN)), str(st.session_state[state.VIEW.key])
    if closing in views:
        keys = views[closing].defaults
        left[closing] = {key: st.session_state[key] for key in keys if key in st.session_state}
    st.session_state.update({**views[opening].defaults, **left.get(opening, {})})
