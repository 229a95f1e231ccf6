"""The controls. One has the same name, symbol and place on every page: data, k, λ, sweeps, seed, i, j."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

import numpy as np
import streamlit as st

from mfapp import runs, state, upload
from mfcore.ratings import Ints, Ratings

Number = TypeVar("Number", int, float)

OWN = "yours"
DATA_NAMES = {
    "ml-small": "MovieLens small · 100,004 real ratings",
    "planted": "Planted · invented films, known truth",
    "tiny": "Tiny · 6 users, 8 films",
    OWN: "Yours · a file of your own",
}
MOST_OPTIONS = 500


def data(default: str = "ml-small", names: Sequence[str] = tuple(DATA_NAMES)) -> runs.Dataset:
    """Which ratings."""
    state.heed_choice(state.DATA, names, default)
    name = st.sidebar.selectbox(
        state.DATA.label,
        names,
        index=list(names).index(default),
        key=state.DATA.key,
        help="\n".join(f"- **{name}**: {DATA_NAMES[name]}" for name in names),
        bind="query-params",
    )
    if name != OWN:
        with st.sidebar:
            st.markdown(f":small[{DATA_NAMES[name]}]")
        return runs.dataset(name)
    ds = upload.own()
    if ds is None:
        state.notices().info(
            f"Choose a file of ratings in the sidebar. Until then you see `{default}`.", icon=":material/upload_file:"
        )
    return ds or runs.dataset(default)


def k(default: int = 5, most: int = 20) -> int:
    """Latent dimensionality."""
    return whole(state.K, 1, most, default)


def lam(default: float = 5.0, values: Sequence[float] = state.LAMBDAS) -> float:
    """Regularization, from a list that is even on a log scale."""
    return one_of(state.LAM, default, values)


def sweeps(default: int = 15, most: int = 50) -> int:
    """How long to train."""
    return whole(state.SWEEPS, 1, most, default)


def seed(default: int = 0, most: int = 9999) -> int:
    """The seed of the start and the split."""
    return whole(state.SEED, 0, most, default, typed=True)


def user(R: Ratings, default: int | None = None) -> int:
    """A user by id; returns the row number i. The most active users come first."""
    labels = [str(u) for u in R.user_ids]
    return _row_of(state.USER, labels, R.users_counts, default, "user")


def item(ds: runs.Dataset, default: int | None = None) -> int:
    """A film by title; returns the row number j. The most rated films come first."""
    return _row_of(state.ITEM, ds.labels, ds.R.items_counts, default, "film")


def _row_of(param: state.Param, labels: Sequence[str], counts: Ints, default: int | None, what: str) -> int:
    """A selectbox over the most frequent rows, and over any other row that the link or the session names."""
    number = {label: n for n, label in enumerate(labels)}
    frequent = [labels[n] for n in np.argsort(-counts, kind="stable")[:MOST_OPTIONS]]
    first = frequent[0] if default is None else labels[default]
    state.heed_choice(param, number, first, f"no {what} of these data has that name")  # type: ignore[arg-type]
    named = [st.query_params.get(param.key), st.session_state.get(param.key), first]
    options = [*dict.fromkeys([*frequent, *(name for name in named if name in number)])]
    if st.session_state.get(param.key) not in (None, *options):
        st.session_state[param.key] = first
    chosen = st.sidebar.selectbox(
        param.label, options, index=options.index(first), key=param.key, help=param.help, bind="query-params"
    )
    return number[chosen]


def whole(
    param: state.Param,
    low: int,
    high: int,
    default: int,
    sidebar: bool = True,
    typed: bool = False,
    width: int | Literal["stretch"] = "stretch",
) -> int:
    """A whole number from low to high, by a slider or typed in, in the sidebar or in the page's body."""
    usable = state.heed_number(param, low, high, default)
    place: Any = st.sidebar if sidebar else st
    widget: Callable[..., int] = place.number_input if typed else place.slider
    # Of what a link asks for Streamlit would make 3 from 3.7, and an exception from infinity.
    bind = "query-params" if usable else None
    number = widget(param.label, low, high, default, key=param.key, help=param.help, bind=bind, width=width)
    if not usable:
        state.forget(param)
    return number


def one_of(
    param: state.Param,
    default: Number,
    values: Sequence[Number],
    sidebar: bool = True,
    allowed: str | None = None,
    width: int | Literal["stretch"] = "stretch",
) -> Number:
    """One of a few numbers, by a slider in the sidebar or in the page's body. The link says it as `:g` writes it.

    allowed: what to say of the values where there are too many to list.
    """
    state.heed_choice(param, [f"{x:g}" for x in values], f"{default:g}", allowed)
    if st.session_state.get(param.key) not in (None, *values):
        st.session_state[param.key] = default
    slider = st.sidebar.select_slider if sidebar else st.select_slider
    return slider(
        param.label,
        values,
        default,
        format_func=lambda x: f"{x:g}",
        key=param.key,
        help=param.help,
        bind="query-params",
        width=width,
    )


def choose(
    param: state.Param,
    options: Sequence[str],
    default: str,
    kind: Literal["segments", "list"] = "segments",
    allowed: str | None = None,
) -> str:
    """One of a few words, in the page's body. The link says the word that is seen, as Streamlit writes it there.

    allowed: what to say of the options where there are too many to list.
    """
    state.heed_choice(param, options, default, allowed)
    if kind == "list":
        if st.session_state.get(param.key) not in (None, *options):
            st.session_state[param.key] = default
        return st.selectbox(
            param.label, options, list(options).index(default), key=param.key, help=param.help, bind="query-params"
        )
    return st.segmented_control(
        param.label,
        options,
        default=default,
        key=param.key,
        help=param.help,
        required=True,
        bind="query-params",
    )
