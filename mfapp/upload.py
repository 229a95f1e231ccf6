"""A visitor's own ratings: read in memory, kept in their session alone, refused with a message that says why."""

import streamlit as st

from mfapp import runs, state
from mfcore import DataError, data
from mfcore.ratings import Duplicates
from mfview import labels

KINDS = ["csv", "tsv", "txt", "dat", "data", "gz", "parquet", "zip"]
MOST_RATINGS, MOST_ROWS, MOST_BYTES = 1_000_000, 20_000, 300 << 20
LEAST_RATINGS = 20  # so that a tenth can be held out, and ten folds made
_KEPT, _ASKED = "_own_ratings", "_own_ratings_asked"
REPEATED: dict[str, Duplicates] = {"refuse": "error", "keep the last": "last", "take the mean": "mean"}


def own() -> runs.Dataset | None:
    """The file chosen in the sidebar, or the last good one of this session; None before there was any."""
    with st.sidebar:
        file = st.file_uploader(
            "Your ratings",
            type=KINDS,
            key="own_file",
            help="A table of user, item and rating, one rating per line; or a MovieLens file, zipped or not. "
            "It is read in memory, kept for this visit only and sent nowhere.",
        )
        named = st.text_input("Columns, if not recognized", placeholder="user, item, rating", key="own_columns")
        repeated = st.selectbox("If a user rated a film twice", list(REPEATED), key="own_repeated")
    asked = file and (file.file_id, named, repeated)
    if file and asked != st.session_state.get(_ASKED):
        st.session_state[_ASKED] = asked
        st.session_state.pop("_own_error", None)
        try:
            with st.spinner(f"Reading {state.plain(file.name)} …"):
                st.session_state[_KEPT] = _read(file, named, REPEATED[repeated])
        except DataError as e:
            st.session_state["_own_error"] = str(e)
    if "_own_error" in st.session_state:
        st.sidebar.error(state.plain(st.session_state["_own_error"]), icon=":material/error:")
    kept: runs.Dataset | None = st.session_state.get(_KEPT)
    if kept and not file:
        st.sidebar.markdown(f":small[Your {kept.R.n:,} ratings are still in view.]")
    return kept


def _read(file: "st.runtime.uploaded_file_manager.UploadedFile", named: str, repeated: Duplicates) -> runs.Dataset:
    R, films = data.read(file, file.name, _columns(named), repeated, limit=MOST_BYTES)
    if R.n < LEAST_RATINGS:
        raise DataError(
            f"{file.name} holds {labels.counted(R.n, 'rating')}. To learn from some and test on others, the pages "
            f"need {LEAST_RATINGS} or more"
        )
    if R.n > MOST_RATINGS or max(R.N, R.M) > MOST_ROWS:
        raise DataError(
            f"{file.name} holds {R.n:,} ratings of {R.N:,} users and {R.M:,} items. This page takes up to "
            f"{MOST_RATINGS:,} ratings and {MOST_ROWS:,} users or items; mfcore itself, in a notebook, takes them all"
        )
    return runs.named(R, films)


def _columns(named: str) -> tuple[str, str, str] | None:
    if not named.strip():
        return None
    names = [name.strip() for name in named.split(",")]
    if len(names) != 3:
        raise DataError(f"name three columns, as in: user, item, rating; {named!r} names {len(names)}")
    return names[0], names[1], names[2]
