"""A whole number by its control: what a link may ask for, what is said of the rest, and that it can still be chosen."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import text


def page() -> None:
    import streamlit as st

    from mfapp import controls, state

    state.place_notices()
    typed, sidebar = st.session_state["typed"], st.session_state["sidebar"]
    state.heed_number(state.Param("n", "How many"), 0, 99, 5)  # as a page does for views that are closed
    n = controls.whole(state.Param("n", "How many"), 0, 99, 5, sidebar=sidebar, typed=typed)
    st.markdown(f"n is {n}")


@pytest.fixture(params=[True, False], ids=["typed", "slider"])
def typed(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def opened(asked: str, typed: bool, sidebar: bool = True) -> AppTest:
    at = AppTest.from_function(page)
    at.session_state["typed"], at.session_state["sidebar"] = typed, sidebar
    at.query_params["n"] = asked
    at.run()
    assert not at.exception
    return at


@pytest.mark.parametrize(
    "asked", ["inf", "-inf", "1e400", "nan", "3.7", "3.0", "100", "-1", "1e9", "9" * 5000, "three", ""]
)
@pytest.mark.parametrize("sidebar", [True, False])
def test_what_cannot_be_is_told_once_and_can_be_put_right(asked, typed, sidebar) -> None:
    at = opened(asked, typed, sidebar)
    assert text(at) == "n is 5", "what the message says is shown in its place"
    assert len(at.warning) == 1
    assert f"`n={asked[:40]}" in at.warning[0].value
    assert "Showing `5` instead" in at.warning[0].value
    assert "n" not in at.query_params
    box = (at.number_input if typed else at.slider)(key="n")
    box.set_value(7).run()
    assert (text(at), len(at.warning)) == ("n is 7", 0)


@pytest.mark.parametrize("asked", ["0", "7", "99"])
def test_what_can_be_is_shown_without_a_word(asked, typed) -> None:
    at = opened(asked, typed)
    assert (text(at), len(at.warning)) == (f"n is {asked}", 0)
    assert at.query_params["n"] == asked
