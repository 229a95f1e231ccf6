"""What a page's URL may say. Every parameter is declared here once; whatever else a link holds gets a clear message.

Widgets bind themselves to the URL under these names (Streamlit drops a value that it cannot use, silently);
`heed` says first what was wrong, so that nobody looks at a default and takes it for what the link asked for.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True, slots=True)
class Param:
    """One query parameter: its name in the URL and in the session, its label beside the widget, and its help."""

    key: str
    label: str
    help: str | None = None


DATA = Param("data", "Data", "Which ratings to factorize.")
K = Param("k", "k · latent dimensions", "How many numbers describe each user and each film.")
LAM = Param("lam", "λ · regularization", "How strongly squared weights are penalized. 0 means no penalty, as in §6.")
SWEEPS = Param("sweeps", "Sweeps", "How many passes: each solves for all users, then for all films.")
SEED = Param("seed", "Seed", "The same seed gives the same random start and the same split.")
USER = Param("user", "User i")
ITEM = Param("item", "Film j")
VIEW = Param("view", "View")
STEP = Param("step", "Step")
LOG = Param("log", "Log scale", "Equal distances are equal ratios, so small, late gains stay visible.")
AXIS = Param("axis", "Axis")
ROW = Param("row", "Solve for")
STRIDE = Param("stride", "One step is", "A row: one vector. A half sweep: all of W, or all of U. A sweep: both.")

_PAGE = "_page"
_SAID, _AGAIN = "_said", "_again"
# By how their names begin: where the visitor is, their own ratings, their answers to questions, jobs yet to be ended.
_STAYS = (_PAGE, "own_", "_own_", "_quiz_", "_held")

LAMBDAS = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 5.0, 10.0, 30.0, 100.0)


def enter(page: str) -> None:
    """Open a page at what its link says, else at its defaults: of other pages only data and answers stay.

    What one page calls k may go further than another's slider, which would stop the app.
    """
    if st.session_state.get(_PAGE) == page:
        return
    st.session_state[_PAGE] = page
    named = {DATA.key, *st.query_params}
    for key in [str(key) for key in st.session_state]:
        if key not in named and not key.startswith(_STAYS):
            del st.session_state[key]


def heed(param: Param, usable: Callable[[str], bool], allowed: str, instead: object) -> bool:
    """Warn on the page if the link asks for something `usable` refuses. Whether it does not.

    allowed: what can be asked for, in words.  instead: what is shown in its place.
    """
    asked = st.query_params.get(param.key)
    if asked is None or usable(asked):
        return True
    refuse(param, asked, allowed, f"`{_plain(str(instead))}`")
    return False


def forget(param: Param) -> None:
    """Take what is of no use out of the link and run the page again, as if it had not been asked for."""
    if param.key in st.query_params:
        del st.query_params[param.key]
    rerun()


def refuse(param: Param, asked: str, allowed: str, shows: str) -> None:
    """Say on the page, once, that what the link asks for cannot be had. shows: what is shown in its place."""
    shown = asked if len(asked) <= 40 else asked[:40] + "…"
    message = f"The link asks for `{param.key}={_plain(shown)}`, but {allowed}. Showing {shows} instead."
    said = st.session_state.setdefault(_SAID, [])
    if message not in said:
        said.append(message)
        _warn(message)


def heed_number(param: Param, low: float, high: float, instead: float) -> bool:
    """`heed` for a whole number from low to high. Whether the link asks for none but such."""
    return heed(
        param,
        lambda asked: whole_within(asked, low, high),
        f"{param.key} is a whole number from {low} to {high}",
        instead,
    )


def heed_choice(param: Param, options: Sequence[str], instead: str, allowed: str | None = None) -> None:
    """`heed` for one of a few words. allowed: what to say of them, where listing them all would be too long."""
    known = allowed or f"{param.key} is one of {', '.join(options)}"
    heed(param, lambda asked: asked in options, known, instead)


def whole_within(text: str, low: float, high: float) -> bool:
    """Whether text is a whole number between low and high, both included."""
    try:
        return low <= int(text) <= high
    except ValueError:
        return False


def place_notices() -> None:
    """Reserve the place at the top of the page where `heed` writes, and where `rerun` says once more what it wrote."""
    st.session_state["_notices"] = st.container()
    said = st.session_state.pop(_SAID, [])
    if st.session_state.pop(_AGAIN, False):
        st.session_state[_SAID] = said
        for message in said:
            _warn(message)


def rerun() -> None:
    """Run the page again for a reason of its own: what was said of the link stays, though widgets have put it right."""
    st.session_state[_AGAIN] = True
    st.rerun()


def _warn(message: str) -> None:
    notices().warning(message, icon=":material/link_off:")


def notices() -> "st.delta_generator.DeltaGenerator":
    """The place for messages about the link. Raises RuntimeError where `place_notices` has reserved none."""
    place: st.delta_generator.DeltaGenerator | None = st.session_state.get("_notices")
    if place is None:
        raise RuntimeError("a page begins with frame.start, which reserves the place for messages about its link")
    return place


def plain(text: str) -> str:
    """Text from a file or a link, so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])", r"\\\1", text)


def _plain(text: str) -> str:
    """Text that stays text inside a Markdown code span."""
    return "".join(c if c.isprintable() and c != "`" else "�" for c in text)
