"""The only widgets. A control has one name, symbol and place on every page: data, k, λ, sweeps, seed, i, j."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import streamlit as st

from mfapp import runs, state, upload
from mfcore.ratings import Ints, Ratings

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
    state.heed_number(state.K, 1, most, default)
    return st.sidebar.slider(state.K.label, 1, most, default, key=state.K.key, help=state.K.help, bind="query-params")


def lam(default: float = 5.0, values: Sequence[float] = state.LAMBDAS) -> float:
    """Regularization, from a list that is even on a log scale."""
    texts = [f"{x:g}" for x in values]
    state.heed_choice(state.LAM, texts, f"{default:g}")
    if st.session_state.get(state.LAM.key) not in (None, *values):
        st.session_state[state.LAM.key] = default
    return st.sidebar.select_slider(
        state.LAM.label,
        values,
        default,
        format_func=lambda x: f"{x:g}",
        key=state.LAM.key,
        help=state.LAM.help,
        bind="query-params",
    )


def sweeps(default: int = 15, most: int = 50) -> int:
    """How long to train."""
    state.heed_number(state.SWEEPS, 1, most, default)
    return st.sidebar.slider(
        state.SWEEPS.label, 1, most, default, key=state.SWEEPS.key, help=state.SWEEPS.help, bind="query-params"
    )


def seed(default: int = 0, most: int = 9999) -> int:
    """The seed of the start and the split."""
    state.heed_number(state.SEED, 0, most, default)
    return st.sidebar.number_input(
        state.SEED.label, 0, most, default, key=state.SEED.key, help=state.SEED.help, bind="query-params"
    )


def user(R: Ratings, default: int | None = None) -> int:
    """A user by id; returns the row number i. The most active users come first."""
    labels = [str(u) for u in R.user_ids]
    return _one_of(state.USER, labels, R.users_counts, default, "user")


def item(ds: runs.Dataset, default: int | None = None) -> int:
    """A film by title; returns the row number j. The most rated films come first."""
    return _one_of(state.ITEM, ds.labels, ds.R.items_counts, default, "film")


def _one_of(param: state.Param, labels: Sequence[str], counts: Ints, default: int | None, what: str) -> int:
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
