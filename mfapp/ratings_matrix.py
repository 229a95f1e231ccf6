"""Chapter 01's room: the matrix as a picture, its tails, its bytes, its size against W and U, and a stored 0."""

import numpy as np
import streamlit as st

from mfapp import controls, frame, quiz, runs, state
from mfcore import Ratings, overview, storage
from mfcore.ratings import Ints
from mfcore.storage import Size
from mfview import labels
from mfview.figures import matrix
from mfview.figures import storage as pictures

ORDER = state.Param("order", "Order of users and films")
ORDERS = ("as stored", "by number of ratings")
N = state.Param("N", "N · users", "Rows of the matrix.")
M = state.Param("M", "M · films", "Columns of the matrix.")
RATINGS = state.Param("n", "|Ω| · ratings", "How many of the cells are known.")
MOST = {N: 10_000_000, M: 10_000_000, RATINGS: 10_000_000_000, state.K: 200}
START = Size(N=671, M=9066, n=100_004, k=10)
SMALL, CROP = 400, (20, 24)


def picture(ds: runs.Dataset) -> None:
    """How much of the table is known, and where."""
    R = ds.R
    st.markdown(
        f"{R.N:,} users × {R.M:,} films make **{R.N * R.M:,} cells**. **{R.n:,}** of them hold a rating: "
        f"**{R.density:.2%}**. A hole is not a bad rating. It is a question that nobody has answered yet."
    )
    _in_short(R)
    ordered = controls.choose(ORDER, ORDERS, "as stored") == "by number of ratings"
    users = overview.by_count(R.users_counts) if ordered else np.arange(R.N)
    films = overview.by_count(R.items_counts) if ordered else np.arange(R.M)
    where = "most ratings first" if ordered else "as stored"
    if R.N * R.M <= SMALL:
        _cells(ds, users, films, where, named=True)
        return
    seen = overview.tiles(R, users, films)
    whole, crop = st.columns([3, 2], gap="medium")
    with whole:
        frame.show(matrix.tiles(seen, R.N, R.M, where, frame.palette()), "whole")
        frame.note(
            f"One square stands for {labels.counted(seen.users, 'user')} × {labels.counted(seen.films, 'film')} = "
            f"{labels.counted(seen.users * seen.films, 'cell')}. "
            + (
                "It is tinted as soon as one of its cells is rated, grey only if none is: the table is emptier than it "
                "looks."
                if seen.users * seen.films > 1
                else "Grey cells hold no rating."
            )
        )
    with crop:
        _cells(ds, users[: CROP[0]], films[: CROP[1]], where)
        frame.note("The top left corner of the same table, every cell on its own. Point at a cell for its film.")


def _in_short(R: Ratings) -> None:
    """The page's answer in two sentences, where leaving the holes out saves anything."""
    size = Size(N=R.N, M=R.M, n=R.n, k=START.k)
    bytes_of = {store.name: store.bytes for store in storage.expected(size)}
    if bytes_of["csr"] < bytes_of["dense"]:
        st.markdown(
            f"**Store** what is there and leave the holes out: {labels.size(bytes_of['csr'])} in place of "
            f"{labels.size(bytes_of['dense'])} (view *Memory*). **Fill** them with the product of two thin tables: "
            f"{labels.amount(storage.parameters(size))} numbers at k = {size.k} (view *Two thin tables*)."
        )


def _cells(ds: runs.Dataset, users: Ints, films: Ints, where: str, named: bool = False) -> None:
    people = [f"user {ds.R.user_ids[i]}" if not named else str(ds.R.user_ids[i]) for i in users]
    titles = [ds.labels[j] for j in films]
    seen = overview.cells(ds.R, users, films)
    stars = min(matrix.STARS[0], float(ds.R.r.min())), max(matrix.STARS[1], float(ds.R.r.max()))
    frame.show(matrix.cells(seen, people, titles, where, frame.palette(), named, stars), "cells")


def prepare() -> None:
    """Heed a link for all of the page's views, whichever is open."""
    for param, default in ((N, START.N), (M, START.M), (RATINGS, START.n), (state.K, START.k)):
        state.heed_number(param, 1, MOST[param], default)


def long_tails(ds: runs.Dataset) -> None:
    """How ratings spread over values, users and films."""
    R = ds.R
    half = overview.holding(R.users_counts), overview.holding(R.items_counts)
    left, right = st.columns(2, gap="medium")
    with left:
        frame.show(matrix.histogram(*overview.histogram(R), overview.mean(R), frame.palette()), "histogram")
    with right:
        ranks = overview.ranked(R.users_counts), overview.ranked(R.items_counts)
        frame.show(matrix.tails(*ranks, half, frame.palette()), "tails")
    st.markdown(
        f"**{half[0]:,}** of {R.N:,} users gave half of all ratings, and **{half[1]:,}** of {R.M:,} films received "
        "half of them. "
        + (
            "So a model sees plenty of a few films and next to nothing of most, which is why later chapters care so "
            "much about the rows with few ratings."
            if half[1] < R.M / 4
            else "The tail is short here: in a real catalogue a far smaller share of the films has most of the ratings."
        )
    )


def memory(ds: runs.Dataset) -> None:
    """Bytes of five ways to keep the same ratings, and what they come to at the notes' size."""
    stores = _measured(ds, ds.key)
    notes = storage.expected(storage.NOTES, stores, ds.R.n)
    here, there = st.columns(2, gap="medium")
    with here:
        frame.show(pictures.memory(stores, "the data in view", frame.palette()), "bytes")
        frame.note(
            "Measured: each of the five was built from these ratings and its bytes were added up, arrays by their "
            "size, Python objects one by one. All of them use 64-bit ratings and 32-bit indices."
            + ("" if stores[0].how == "measured" else " The dense table is too large to build here and was counted.")
        )
    with there:
        frame.show(pictures.memory(notes, "130,000 × 26,000", frame.palette()), "bytes_notes")
        scaled = (
            "Hatched: the bytes per rating measured on the left, times 20 million; a dict grows by doubling, so this "
            "is a rough figure."
            if ds.R.n >= storage.ENOUGH_TO_SCALE
            else f"Dict and LIL are left out: {ds.R.n} ratings are too few to extrapolate from."
        )
        frame.note(
            "The notes' matrix with 20 million ratings, not built here. Plain bars are counted: numbers times their "
            f"bytes, a rule that gives the bars on the left to the byte. {scaled}"
        )
    st.markdown(
        "The notes keep a **dict** `{(i, j): r}`: easy to write, but one Python tuple and three numbers for each "
        "rating. **LIL** is a list per user, good for filling in. **COO** is three arrays i, j, r. **CSR** sorts them "
        r"by user and stores where each user begins, so that all of $\Psi_i$ lies side by side; that is what this "
        "project uses, once by user and once by film."
    )
    quiz.ask("01-density")


@st.cache_data(show_spinner="Building the matrix five ways …", max_entries=8)
def _measured(_ds: runs.Dataset, key: str) -> tuple[storage.Store, ...]:
    return storage.measured(_ds.R)


def thin_tables(ds: runs.Dataset) -> None:
    """N·M, the ratings and Nk + Mk for any size."""
    st.markdown(
        r"Write the table as a product of two thin ones, as 15 = 3 · 5: $\hat R = W U^\top$, with k numbers for every "
        "user and k for every film. How thin must they be to hold fewer numbers than there are ratings?"
    )
    view = Size(N=ds.R.N, M=ds.R.M, n=ds.R.n)
    with st.container(horizontal=True):
        st.button("The notes' 130,000 × 26,000", on_click=_set, args=(storage.NOTES,))
        st.button("The data in view", on_click=_set, args=(view,))
    shown, turned = st.columns([3, 2], gap="medium")
    with turned:
        size = Size(
            N=_number(N, START.N),
            M=_number(M, START.M),
            n=_number(RATINGS, START.n),
            k=_number(state.K, START.k, typed=False),
        )
    with shown:
        frame.show(pictures.sizes(size, frame.palette()), "sizes")
        most = storage.break_even(size)
        count, enough = storage.parameters(size), most >= size.k
        st.markdown(
            f"Nk + Mk = **{count:,}**, {'fewer than' if enough else 'more than'} the {size.n:,} ratings. "
            f"The two are equal at k = **{most:,.1f}**, which is $|\\Omega| / (N + M)$: "
            + ("up to there W and U are the smaller." if enough else "beyond it W and U are the larger.")
        )
        if size.n > storage.cells(size):
            st.warning(f"{size.n:,} ratings do not fit into {storage.cells(size):,} cells.", icon=":material/grid_off:")
    with st.expander("The equations and the code"):
        frame.show_card(storage.parameters)
        frame.show_card(storage.break_even)


def _number(param: state.Param, default: int, typed: bool = True) -> int:
    return controls.whole(param, 1, MOST[param], default, sidebar=False, typed=typed)


def _set(size: Size) -> None:
    for param, value in ((N, size.N), (M, size.M), (RATINGS, size.n), (state.K, size.k)):
        st.session_state[param.key] = value


def stored_zero() -> None:
    """Why the mask is what is stored, never what differs from zero; told once the question is settled."""
    if not quiz.ask("01-zero"):
        return
    users, films, r = ["Ana", "Ana", "Bo"], ["Goat Holiday", "Wrong Tuba", "Wrong Tuba"], [4, 0, 2.5]
    R = Ratings.from_arrays(users, films, r)
    st.code(f"R = Ratings.from_arrays({users}, {films}, {r})\nR.n, R.mu", language=None, wrap_lines=True)
    left, right = st.columns(2)
    left.metric(f"{R.n} ratings, mean μ", f"{overview.mean(R):.2f}", help="What is stored was rated.")
    right.metric("If 0 meant “not rated”", f"{overview.mean_without_zeros(R):.2f}", help="The mean of the others.")
    st.markdown(
        "Ana hated *Wrong Tuba*, and Bo has not seen *Goat Holiday*. A stored 0 is a rating; a hole is a pair that is "
        "not stored. So the **mask**, which cells count, is the structure of the matrix and not its values. It matters "
        "again as soon as μ is subtracted, because then every average rating becomes exactly 0. Dense arrays have lost "
        "this difference, and need a separate mask (§18)."
    )
