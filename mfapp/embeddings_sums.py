"""Arithmetic with films: a sum of three, drawn, and how often such sums find what they should (notes §13)."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mfapp import controls, frame, quiz, runs, state
from mfapp import embeddings_films as films
from mfcore import nearness, words
from mfcore.ratings import Floats, Ints
from mfview import labels
from mfview.figures import arithmetic as drawn
from mfview.figures import shares

TRIPLES = 200
FIRST, LESS, PLUS = (
    state.Param("first", "a"),
    state.Param("less", "b, taken away"),
    state.Param("plus", "c, added"),
)


def view() -> None:
    """The view: three films, their a − b + c, and how often such sums find the expected genres, beside planted data."""
    ds = controls.data()
    k, lam, seed = controls.k(films.K), controls.lam(films.LAM), controls.seed()
    cast = films.cast_of(ds)
    if not films.enough(cast):
        return
    triples = _triples(cast, seed)
    three = _picked(cast, triples)
    U = films.vectors(ds, k, lam, seed)
    if U is None:
        return
    _three(cast, U[cast.j], three)
    st.header("Counted, not picked", anchor=False)
    if not quiz.ask("09-films"):
        return
    if not len(triples):
        st.info(
            "To measure this, films are needed that differ by exactly one genre, and these data have none. "
            "Choose `ml-small` or `planted`.",
            icon=":material/theaters:",
        )
        return
    _scores(ds, U, k, lam, seed)


def _picked(cast: films.Cast, triples: Ints) -> tuple[int, int, int]:
    """The films a, b and c that the reader picked; at first the best known of those that make a sum."""
    start = triples[np.argmax(cast.counts[triples].min(axis=1))].tolist() if len(triples) else [0, 1, 2]
    a, b, c = (
        _film(param, cast, row, column)
        for param, row, column in zip((FIRST, LESS, PLUS), start, st.columns(3), strict=True)
    )
    return a, b, c


def _three(cast: films.Cast, U: Floats, three: tuple[int, int, int]) -> None:
    a, b, c = three
    found, cosines = words.analogy(U, a, b, c, 6, exclude=False)
    answer = words.analogy(U, a, b, c, 1)[0]
    if cast.genres:
        more, fewer = _names(cast, cast.has[a] & ~cast.has[b]), _names(cast, cast.has[b] & ~cast.has[a])
        good = bool(nearness.right(cast.has, a, b, c)[answer[0]])
        st.markdown(
            f"a has {more} beyond b{f', b has {fewer} beyond a' if fewer != 'nothing' else ''}; c is "
            f"{_names(cast, cast.has[c])}. The answer, with the three given films left out: "
            f"**{labels.markdown(cast.titles[answer[0]])}**, {_names(cast, cast.has[answer[0]])}. "
            + ("That is what was asked for." if good else "That is not what was asked for.")
        )
    left, right = st.columns([3, 2])
    with left:
        seen = words.seen_from(U, a, b, c)
        fig = drawn.parallelogram(seen, drawn.Corners(a, b, c, int(answer[0])), cast.titles, [], frame.palette())
        frame.show(fig, "films")
    with right:
        given = [q in (a, b, c) for q in found.tolist()]
        titles = [cast.titles[q] for q in found]
        frame.show(
            drawn.ranked(titles, cosines, given, frame.palette(), title="Nearest, nobody left out"), "films_ranked"
        )


@st.cache_data(show_spinner="Adding up …", max_entries=64)
def _scored(
    _ds: runs.Dataset, _U: Floats, key: tuple[str, int], k: int, lam: float, seed: int
) -> tuple[int, nearness.Score]:
    """How many sums there are, and how they come out with U."""
    cast = films.cast_of(_ds)
    triples = _triples(cast, seed)
    return len(triples), nearness.scored(_U[cast.j], cast.has, triples)


def _triples(cast: films.Cast, seed: int) -> Ints:
    return nearness.analogies(cast.has, TRIPLES, np.random.default_rng(seed))


def _scores(ds: runs.Dataset, U: Floats, k: int, lam: float, seed: int) -> None:
    p = frame.palette()
    planted = runs.dataset("planted")
    other = films.vectors(planted, k, lam, seed)
    if other is None:
        return
    tables = ((ds, U), (planted, other))
    scores = {_called(one): _scored(one, V, films.key_of(one), k, lam, seed)[1] for one, V in tables}
    count = _scored(ds, U, films.key_of(ds), k, lam, seed)[0]
    here = scores[_called(ds)]
    st.markdown(
        f"{count} random sums, in which a has one more genre than b and c lacks it. The answer is right if it has that "
        f"genre and one of c's. **Right: {here.arithmetic:.0%}.** By chance it would be {here.chance:.0%}; the film "
        f"nearest to a alone is right in {here.near_a:.0%}, the one nearest to c alone in {here.near_c:.0%}. "
        + _worth(here)
    )
    curves = [
        shares.Curve("a − b + c", [score.arithmetic for score in scores.values()], p.highlight),
        shares.Curve("nearest to a", [score.near_a for score in scores.values()], p.neutral),
        shares.Curve("nearest to c", [score.near_c for score in scores.values()], p.quiet),
        shares.Curve("by chance", [score.chance for score in scores.values()], p.missing),
    ]
    frame.show(shares.bars(list(scores), curves, p, title="First answers that are right", y="% of sums"), "scores")
    st.markdown(
        "In planted data every film *is* a sum of genres, so taking one away means something. Real tastes hardly "
        "follow genres, and much of a vector is the luck of its start (see *Films near films*). A sum that works makes "
        "a good story, and a story can always be picked. So count, and compare with chance."
    )
    with st.expander("The code"):
        frame.show_card(words.analogy)
        frame.show_card(nearness.right)


def _worth(score: nearness.Score) -> str:
    if score.arithmetic > max(score.near_a, score.near_c, score.chance) + 0.1:
        return "So the arithmetic does something that no single neighbour does."
    return "**So the arithmetic adds next to nothing.**"


def _called(ds: runs.Dataset) -> str:
    return {runs.dataset(name).key: f"{name} films" for name in ("planted", "ml-small")}.get(ds.key, "these films")


def _film(param: state.Param, cast: films.Cast, row: int, column: "st.delta_generator.DeltaGenerator") -> int:
    with column:
        title = controls.choose(
            param, cast.titles, cast.titles[row], "list", f"{param.key} is one of the films with the most ratings"
        )
    return cast.titles.index(title)


def _names(cast: films.Cast, which: Sequence[bool] | nearness.Bools) -> str:
    return ", ".join(labels.markdown(name) for name, yes in zip(cast.genres, which, strict=True) if yes) or "nothing"
