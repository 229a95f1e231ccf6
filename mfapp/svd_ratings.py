"""The ratings matrix at rank k: filled, decomposed, and the same corner before and after (notes §5, 10; E9)."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from mfapp import controls, frame, runs, state
from mfcore import fills, lowrank, overview, svd
from mfcore.als import State
from mfcore.data import picture
from mfcore.fills import Filling
from mfcore.ratings import Floats, Ints, Ratings
from mfview import labels
from mfview.figures import matrix, spectrum

K, MOST = 10, 60
FILL = state.Param("fill", "What stands in the holes", "SVD needs every cell, so the holes must be filled.")
FILLS: dict[str, Filling] = dict(
    zip(("zeros", "μ", "user means", "film means", "film and user means"), fills.ALL, strict=True)
)
CROP, STRIDE = (18, 26), 6  # cells shown; one of so many users and films, where there are enough


def view() -> None:
    """The view: a corner of R with its holes, filled, and at rank k; then the spectrum of what the fill leaves."""
    ds = controls.data()
    k = controls.k(K, MOST)
    word = controls.choose(FILL, list(FILLS), "film means")
    most = min(MOST, ds.R.N, ds.R.M)
    whole = _decomposed(ds, ds.key, word, most)
    k = min(k, most)
    total = _total(ds, ds.key, word)
    s = svd.singular_values(whole)
    shares = lowrank.energy(s, total)
    st.markdown(
        f"**R has {1 - ds.R.density:.1%} holes, and SVD can take none.** With {word} in them every cell has a number. "
        f"Subtract the fill everywhere and what is left, A, is 0 in every hole: as sparse as R{_found(ds.R)}. "
        f"**{k} triplets keep {shares[k - 1] if total else 0:.1%} of A.**"
    )
    _corner(ds, svd.truncated(whole, k), word, k)
    left, right = st.columns(2)
    with left:
        frame.show(spectrum.values(s, k, frame.palette(), unit="stars"), "spectrum")
    with right:
        frame.show(spectrum.energy(shares, k, frame.palette()), "energy")
    st.markdown(
        f"{_beside_a_picture(k, float(shares[k - 1]))} And {ds.R.density:.1%} of what is approximated here are "
        "ratings, the rest is holes: the view *Holes (E9)* shows what that does to predictions."
    )
    with st.expander("The equations and the code"):
        frame.show_card(FILLS[word])
        frame.show_card(fills.unexplained)
        frame.show_card(svd.add_triplet)
        frame.show_card(svd.predict)


def _found(R: Ratings) -> str:
    """What it is worth that A is sparse: nothing, where it is so small that it is written out."""
    if min(R.N, R.M) <= lowrank.DENSE:
        return ""
    return f", so that its triplets are found without writing out {R.N:,} × {R.M:,} cells"


def _beside_a_picture(k: int, share: float) -> str:
    """How much k triplets keep of A beside what as many keep of the lighthouse."""
    P = picture.lighthouse()
    kept = float(lowrank.energy(lowrank.decomposed(P).s, float((P**2).sum()))[k - 1])
    slower = ", whose values fall more slowly" if share < kept else ""
    return f"With {labels.counted(k, 'triplet')} the lighthouse keeps {kept:.1%} of itself, A {share:.1%}{slower}."


def _corner(ds: runs.Dataset, s: State, filled: str, k: int) -> None:
    R = ds.R
    users, films = _some(R.users_counts, CROP[0]), _some(R.items_counts, CROP[1])
    seen = overview.cells(R, users, films)
    F = s.b[users][:, None] + s.c[films] + s.mu
    predicted = svd.predict(s, users[:, None], films[None, :])
    stars = min(matrix.STARS[0], float(R.r.min())), max(matrix.STARS[1], float(R.r.max()))
    shown = {
        "R, with its holes": seen,
        f"Filled with {filled}": np.where(np.isnan(seen), F, seen),
        f"At rank {k}": predicted,
    }
    for column, (title, cells) in zip(st.columns(3), shown.items(), strict=True):
        with column:
            frame.show(_table(ds, cells, users, films, title, stars), title.split()[0])
    frame.note(
        f"{len(users)} users × {len(films)} films, busiest first. Grey: a hole. Dark: few stars, bright: many, "
        f"from {stars[0]:g} to {stars[1]:g}; values beyond are drawn at the end. Point at a cell for its film."
    )


def _table(
    ds: runs.Dataset, cells: Floats, users: Ints, films: Ints, title: str, stars: tuple[float, float]
) -> go.Figure:
    people, titles = [f"user {ds.R.user_ids[i]}" for i in users], [ds.labels[j] for j in films]
    fig = matrix.cells(np.clip(cells, *stars), people, titles, "from the busiest on", frame.palette(), stars=stars)
    return fig.update_traces(showscale=False).update_layout(title_text=title, height=320)


def _some(counts: Ints, most: int) -> Ints:
    """Rows from the busiest on, every STRIDE-th where there are enough of them."""
    order = overview.by_count(counts)
    return order[:: STRIDE if len(order) >= STRIDE * most else 1][:most]


@st.cache_resource(show_spinner="Decomposing …", max_entries=16)
def _decomposed(_ds: runs.Dataset, key: str, word: str, k: int) -> State:
    return svd.fit_at_once(_ds.R, svd.Config(k=k, fill=FILLS[word]))


@st.cache_data(show_spinner=False, max_entries=64)
def _total(_ds: runs.Dataset, key: str, word: str) -> float:
    """‖A‖²_F."""
    return lowrank.SparsePlusLowRank.of(fills.unexplained(_ds.R, FILLS[word](_ds.R))).squared_norm
