"""Step, back, play and scrub: a position in a finished history, moved by buttons, a clock or the slider.

The history is computed before it is played; moving only chooses what is drawn, inside a fragment, so that a step
redraws the picture and nothing else of the page.
"""

import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from mfapp import controls, state

TICK = 1.0  # seconds between two steps of play
_PLAYING, _TICKED = "_playing", "_ticked"

# What one press may be called, and the positions it stops at, ascending, from the first to the last.
Strides = Mapping[str, Sequence[int]]


def stops(last: int, *gaps: int) -> tuple[int, ...]:
    """0, then one gap further each time, the gaps taken in turn, up to and including `last`."""
    found = [0]
    while found[-1] < last:
        found.append(min(found[-1] + gaps[(len(found) - 1) % len(gaps)], last))
    return tuple(found)


def forward(at: int, stops: Sequence[int]) -> int:
    """The first stop after `at`; the last one once it is reached."""
    return stops[min(bisect_right(stops, at), len(stops) - 1)]


def back(at: int, stops: Sequence[int]) -> int:
    """The last stop before `at`; the first one once it is reached."""
    return stops[max(bisect_left(stops, at) - 1, 0)]


def pause() -> None:
    """Stop the clock."""
    st.session_state[_PLAYING] = False


def show(strides: Strides, draw: Callable[[int], None], default: int = 0) -> None:
    """The buttons and the slider, and below them what `draw` makes of the position they stand at.

    The first of the strides is chosen at the start; all end at the same last position. One alone is no choice.
    """
    first = next(iter(strides))
    last = strides[first][-1]
    if len(strides) > 1:
        state.heed_choice(state.STRIDE, list(strides), first)
    playing = bool(st.session_state.get(_PLAYING, False))

    def live() -> None:
        _tick(strides, default)
        at = _transport(strides, default, last)
        draw(at)
        if bool(st.session_state.get(_PLAYING, False)) != playing:
            st.rerun()  # the clock belongs to the fragment, so starting and stopping it needs the whole page once

    st.fragment(live, run_every=TICK if playing else None)()


def _transport(strides: Strides, default: int, last: int) -> int:
    playing = bool(st.session_state.get(_PLAYING, False))
    buttons = st.container(horizontal=True, vertical_alignment="bottom")
    at = controls.whole(state.STEP, 0, last, default, sidebar=False)
    with buttons:
        if len(strides) > 1:
            st.segmented_control(
                state.STRIDE.label,
                list(strides),
                default=next(iter(strides)),
                key=state.STRIDE.key,
                help=state.STRIDE.help,
                required=True,
                bind="query-params",
            )
        st.button("Reset", key="_reset", icon=":material/first_page:", disabled=at == 0, on_click=_reset)
        st.button(
            "Back",
            key="_back",
            icon=":material/chevron_left:",
            disabled=at == 0,
            on_click=_move,
            args=(back, strides, default),
        )
        st.button(
            "Step",
            key="_forward",
            icon=":material/chevron_right:",
            disabled=at >= last,
            on_click=_move,
            args=(forward, strides, default),
        )
        # Two buttons, not one with two names: while the clock runs Streamlit may deliver a press twice.
        if playing:
            st.button("Pause", key="_pause", icon=":material/pause:", disabled=at >= last, on_click=pause)
        else:
            st.button("Play", key="_play", icon=":material/play_arrow:", disabled=at >= last, on_click=_play)
    return at


def _move(how: Callable[[int, Sequence[int]], int], strides: Strides, default: int) -> None:
    word = st.session_state.get(state.STRIDE.key, next(iter(strides)))
    at = st.session_state.get(state.STEP.key, default)
    st.session_state[state.STEP.key] = how(at, strides[word])


def _reset() -> None:
    pause()
    st.session_state[state.STEP.key] = 0


def _play() -> None:
    st.session_state[_PLAYING] = True
    st.session_state[_TICKED] = time.monotonic()


def _tick(strides: Strides, default: int) -> None:
    """One step of play, if its time has come; other reruns of the fragment in between move nothing."""
    if not st.session_state.get(_PLAYING, False) or time.monotonic() - st.session_state[_TICKED] < 0.8 * TICK:
        return
    st.session_state[_TICKED] = time.monotonic()
    _move(forward, strides, default)
    if st.session_state[state.STEP.key] == strides[next(iter(strides))][-1]:
        pause()
