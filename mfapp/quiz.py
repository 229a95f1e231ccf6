"""Predict first, then reveal: a question of the bank with its answer box, hints one by one, and what to say."""

import streamlit as st

from mfapp import frame
from mfview import questions
from mfview.question import Question, Verdict


def ask(key: str) -> bool:
    """Show a question. Whether it is settled: answered rightly, or its answer asked for; a page may wait for that.

    Raises LookupError if no question has that key.
    """
    question = questions.by_key(key)
    tried, hints, shown = (f"_quiz_{key}_{what}" for what in ("verdict", "hints", "shown"))
    with st.container(border=True):
        st.markdown(f":material/quiz: **Your prediction.** {question.prompt}")
        given = _form(question)
        if given is not None:
            st.session_state[tried] = question.check(given)
        verdict: Verdict | None = st.session_state.get(tried)
        settled = bool(st.session_state.get(shown)) or (verdict is not None and verdict.right)
        if verdict is not None:
            _say(verdict)
        for number, hint in enumerate(question.hints[: st.session_state.get(hints, 0)], 1):
            st.markdown(f":material/lightbulb: **Hint {number}.** {hint}")
        if not settled:
            _help(question, hints, shown, tried=verdict is not None)
        elif st.session_state.get(shown):
            st.markdown(f":material/key: **Answer:** {question.solution}")
    return settled


def told(key: str, at_start: bool) -> bool:
    """Show a question. Whether to show what it asks for as well: once it is settled, or to who is past predicting.

    A view is never without a picture: only the number, the sentence or the curve that is the answer waits.
    at_start: whether the controls stand where the view opens; who moves one, or follows a link, wants to see.
    """
    return ask(key) or not at_start


def _form(question: Question) -> float | str | None:
    """The answer box and its button; what was entered at the moment it is pressed."""
    name = f"_quiz_{question.key}"
    given: float | str | None
    with st.form(f"{name}_form", border=False):
        if question.options:
            given = st.radio(
                "Your answer",
                list(question.options),
                index=None,
                format_func=question.options.__getitem__,
                key=name,
            )
        else:
            given = st.number_input(
                f"Your answer, in {question.unit}" if question.unit else "Your answer",
                value=None,
                step=None,
                format="%.10g",
                placeholder="A number",
                key=name,
                width=260,
            )
        pressed = st.form_submit_button("Check", icon=":material/check:")
    if pressed and given is None:
        frame.note("Enter a guess first; it is fine to be wrong.")
    return given if pressed else None


def _say(verdict: Verdict) -> None:
    if verdict.right:
        st.success(verdict.message, icon=":material/check_circle:")
    else:
        st.info(f"Not yet. {verdict.message}", icon=":material/replay:")


def _help(question: Question, hints: str, shown: str, tried: bool) -> None:
    """The buttons below an open question. The answer is one press away, but after the hints."""
    used = st.session_state.get(hints, 0)
    with st.container(horizontal=True):
        if used < len(question.hints):
            st.button(
                f"Hint {used + 1} of {len(question.hints)}",
                icon=":material/lightbulb:",
                key=f"{hints}_button",
                on_click=_set,
                args=(hints, used + 1),
            )
        st.button(
            "Show the answer" if tried else "Show the answer without a guess",
            icon=":material/key:",
            key=f"{shown}_button",
            on_click=_set,
            args=(shown, True),
        )


def _set(name: str, value: int | bool) -> None:
    st.session_state[name] = value
