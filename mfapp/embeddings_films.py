"""Films near films: neighbours by cosine, held against genres and against another random start (notes §13)."""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from mfapp import controls, frame, jobs, runs
from mfcore import Ratings, als, interpret, nearness, rotation, steps
from mfcore.ratings import Floats, Ints
from mfview import labels
from mfview.figures import shares

K, LAM, T = 10, 10.0, 15
LEAST, MOST = 20, 500  # ratings a film needs to take part, where enough have them; films that take part
NEAR, GROUPS = 10, 5


class Cast(NamedTuple):
    """The films that take part: their numbers j, names, ratings and genres, and which of these are known at all."""

    j: Ints
    titles: list[str]
    counts: Ints
    has: nearness.Bools
    genres: list[str]


def near() -> None:
    """The view: a film's neighbours from two random starts, then all films' held against genres and another start."""
    ds = controls.data()
    k, lam, seed = controls.k(K), controls.lam(LAM), controls.seed()
    film = controls.item(ds)
    cast = cast_of(ds)
    if not enough(cast):
        return
    U = vectors(ds, k, lam, seed)
    other = None if U is None else vectors(ds, k, lam, seed + 1)
    if U is None or other is None:
        return
    st.markdown(
        "Nothing but ratings went in. Films whose vectors point the same way are rated alike, whatever they are about. "
        f"Below, the nearest to **{labels.markdown(ds.labels[film])}** by cosine among the {len(cast.j):,} films with "
        "the most ratings; twice, from two random starts of the same training."
    )
    found = [_nearest_to(V, cast, film) for V in (U, other)]
    for column, (rows, cosines), title, twin in zip(
        st.columns(2, gap="medium"), found, (f"Seed {seed}", f"Seed {seed + 1}"), found[::-1], strict=True
    ):
        with column:
            st.subheader(title, anchor=False)
            _list(cast, rows, cosines, set(twin[0].tolist()))
    again = len(set(found[0][0].tolist()) & set(found[1][0].tolist()))
    frame.note(f"✓ also near from the other start: {again} of {len(found[0][0])}. Turning all axes changes no cosine.")
    _measured(cast, _worth(U, other, ds, key_of(ds), k, lam, seed))
    with st.expander("The equations and the code"):
        frame.show_card(interpret.cosine)
        frame.show_card(nearness.agreement)
        frame.show_card(nearness.overlap)


class Worth(NamedTuple):
    """For every film of the cast: the share of its neighbours found again, the share of its kind, and that by lot."""

    again: Floats
    same: Floats
    chance: Floats


@st.cache_data(show_spinner="Comparing all neighbours …", max_entries=64)
def _worth(_U: Floats, _other: Floats, _ds: runs.Dataset, key: tuple[str, int], k: int, lam: float, seed: int) -> Worth:
    cast = cast_of(_ds)
    n = min(NEAR, len(cast.j) - 1)
    here, there = (nearness.nearest(table[cast.j], n) for table in (_U, _other))
    again = nearness.overlap(here, there)
    return Worth(again, nearness.agreement(here, cast.has), nearness.agreement_by_chance(cast.has))


def _measured(cast: Cast, worth: Worth) -> None:
    st.header("What the neighbours are worth", anchor=False)
    n = min(NEAR, len(cast.j) - 1)
    again, same, chance = worth
    lot = n / (len(cast.j) - 1)
    said = (
        f"Of a film's {n} nearest, **{again.mean():.0%}** are among its {n} nearest from another start ({lot:.0%} by "
        "chance). "
    )
    p = frame.palette()
    groups = np.array_split(np.argsort(cast.counts, kind="stable"), min(GROUPS, len(cast.j)))
    curves = [
        shares.Curve("near again", [float(again[g].mean()) for g in groups], p.highlight),
        shares.Curve("near again, by chance", [lot] * len(groups), p.highlight, "dot", ""),
    ]
    if cast.genres:
        said += f"**{same.mean():.0%}** share a genre with it ({chance.mean():.0%} by chance). " + _verdict(
            float(same.mean()), float(chance.mean()), float(again.mean())
        )
        curves += [
            shares.Curve("share a genre", [float(same[g].mean()) for g in groups], p.ink, "solid", "diamond"),
            shares.Curve("share a genre, by chance", [float(chance[g].mean()) for g in groups], p.ink, "dot", ""),
        ]
    else:
        said += "These data have no genres to compare them with."
    st.markdown(said)
    names = [f"{cast.counts[g].min():,}–{cast.counts[g].max():,}" for g in groups]
    names = [f"{name} ({n})" if names.count(name) > 1 else name for n, name in enumerate(names, 1)]
    fig = shares.shares(
        names, curves, p, title=f"A film's {n} nearest", along="ratings of the film", y="% of neighbours"
    )
    frame.show(fig, "worth")
    frame.note(
        "Dotted: the same if neighbours were drawn at random. From left to right: the films by their ratings, in "
        f"{len(groups)} groups of equal size, give or take one."
    )


def _verdict(same: float, chance: float, again: float) -> str:
    """What these numbers allow to be said."""
    if same < chance + 0.25 or again < 0.5:
        return (
            "So a list of neighbours is a hint, not a fact: a good part of it is the luck of the start, and what films "
            "have in common for their raters is only partly what genres say."
        )
    return "Here nearness means something: another start finds the same films, and they are of the same kind."


def key_of(ds: runs.Dataset) -> tuple[str, int]:
    """Under which results on films and genres are kept: equal ratings may be of films that are called otherwise."""
    return ds.key, hash(ds.films.genres)


def cast_of(ds: runs.Dataset) -> Cast:
    """The most rated films, with LEAST ratings at least where 60 or more have as many."""
    counts = ds.R.items_counts
    least = LEAST if np.count_nonzero(counts >= LEAST) > 60 else 1
    order = np.argsort(-counts, kind="stable")
    j = order[counts[order] >= least][:MOST]
    own = [ds.films.genres[q] for q in j]
    genres = rotation.common_genres(own, most=40)
    has = np.array([[name in mine for name in genres] for mine in own], bool).reshape(len(j), len(genres))
    return Cast(j, [ds.labels[q] for q in j], counts[j], has, genres)


def enough(cast: Cast) -> bool:
    if len(cast.j) < 4:
        st.info("At least four films are needed: three, and an answer.", icon=":material/theaters:")
    return len(cast.j) >= 4


def vectors(ds: runs.Dataset, k: int, lam: float, seed: int) -> Floats | None:
    """U after T sweeps on all ratings; None while it is being trained."""
    cfg = als.Config(k=k, lam=lam, joint=True)
    say = f"seed {seed}, sweep"
    found = jobs.whole("films", (ds.key, cfg, seed), lambda: _sweeps(ds.R, cfg, seed), T + 1, lambda t: f"{say} {t}")
    return None if found is None else found[-1]


def _sweeps(R: Ratings, cfg: als.Config, seed: int) -> Iterator[Floats | None]:
    """U of the last sweep; nothing is kept of those before."""
    for s in islice(steps(als, R, cfg, seed), T + 1):
        yield s.U if s.t == T else None


def _nearest_to(U: Floats, cast: Cast, film: int) -> tuple[Ints, Floats]:
    """Rows of the cast nearest to a film, which need not be one of them, and their cosines."""
    others = np.flatnonzero(cast.j != film)
    rows, cosines = interpret.neighbours(np.vstack([U[film], U[cast.j[others]]]), 0, n=8)
    return others[rows - 1], cosines


def _list(cast: Cast, rows: Ints, cosines: Floats, again: set[int]) -> None:
    st.table(
        pd.DataFrame(
            {
                "Film": [labels.markdown(cast.titles[q]) for q in rows],
                "cos\u00a0θ": [labels.decimal(x) for x in cosines],
                "Ratings": [f"{cast.counts[q]:,}" for q in rows],
                "Again": ["✓" if q in again else "" for q in rows.tolist()],
            }
        ),
        border="horizontal",
        hide_index=True,
    )
