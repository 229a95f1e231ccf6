"""What the views of chapter 14 share: your shelf of films, a model of everybody else, and you folded into it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

import numpy as np
import streamlit as st

from mfapp import controls, runs, state
from mfcore import als, fold_in
from mfcore.fold_in import Folded
from mfcore.ratings import Ints
from mfview import labels
from mfview.shelves import levels, shelves

K, LAM, T = 5, 5.0, 15
LIST = 10  # films of a list
LEAST, ENOUGH = 50, 40  # ratings a film needs to be recommended, where so many films have as many
MOST = 30  # films on a shelf
RATED = state.Param("rated", "Films you know", "Add a film by its title, then press its stars. A link holds them all.")
# A shelf is kept for the visit, like ratings of one's own: by data set, and of which data it is that is in view.
_SHELVES, _OF, _PICKED = "_own_shelves", "_own_shelf_of", "_picked"
Shelf = dict[int, float | None]  # film j: stars, or None where it is picked and not rated yet


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """These data, a model of all their ratings, and you: f.  places: of f.items, in the order of your shelf."""

    ds: runs.Dataset
    cfg: als.Config
    seed: int
    f: Folded
    places: Ints

    @property
    def s(self) -> als.State:
        return self.f.s

    @property
    def known(self) -> Ints:
        """The films a list may name: well known where there are enough such, else rated at all."""
        counts = self.ds.R.items_counts
        return np.flatnonzero(counts >= (LEAST if np.sum(counts >= LEAST) >= ENOUGH else 1))

    @property
    def unrated(self) -> Ints:
        """`known`, without what you have rated; all of it where you rated everything."""
        rest = self.known[~np.isin(self.known, self.f.items)]
        return rest if len(rest) else self.known

    def best(self) -> Ints:
        """The films of your list, the highest r̂ first."""
        order = np.argsort(-fold_in.predict(self.f, self.unrated), kind="stable")
        return self.unrated[order[:LIST]]

    def name(self, j: int) -> str:
        """A film's name, for Markdown."""
        return labels.markdown(self.ds.labels[j])

    @property
    def at_start(self) -> bool:
        """Whether shelf and controls stand where the page opens."""
        first = next(iter(shelves_of(self.ds).values()))
        return (
            dict(zip(self.f.items.tolist(), self.f.r.tolist(), strict=True)) == first
            and (self.cfg.k, self.cfg.lam, self.seed) == (K, LAM, 0)
            and self.ds.key == runs.dataset("ml-small").key
        )


def asked(*, opened: bool = False) -> Asked:
    """The controls: data, model, and the shelf in an expander. opened: the view draws the shelf itself."""
    ds = controls.data()
    k, lam, seed = controls.k(K), controls.lam(LAM, state.LAMBDAS[1:]), controls.seed()
    settle(ds)
    if not opened:
        rated = sum(stars is not None for stars in shelf().values())
        with st.expander(f"Your shelf: {labels.counted(rated, 'film')} rated", icon=":material/star:"):
            panel(ds)
    return folded(ds, als.Config(k=k, lam=lam, joint=True), seed)


def folded(ds: runs.Dataset, cfg: als.Config, seed: int) -> Asked:
    """Train on everybody else, and fold in who filled the shelf."""
    s = runs.fitted(ds, cfg, T, seed)
    rated = {j: stars for j, stars in shelf().items() if stars is not None}
    items = np.array([*rated], np.int64)
    f = fold_in.fold(s, items, np.array([*rated.values()], np.float64), cfg)
    return Asked(ds, cfg, seed, f, np.searchsorted(f.items, items))


def shelf() -> Shelf:
    """The films picked so far, in their order."""
    found: Shelf = st.session_state[_SHELVES][st.session_state[_OF]]
    return found


@st.cache_data(show_spinner=False, max_entries=16)
def _shelves(_ds: runs.Dataset, key: str, names: int) -> dict[str, dict[int, float]]:
    return shelves(_ds.R, _ds.labels, _ds.films.genres)


def shelves_of(ds: runs.Dataset) -> dict[str, dict[int, float]]:
    """The shelves these data can begin with. Equal ratings may be of films that are called otherwise."""
    return _shelves(ds, ds.key, hash((ds.labels, ds.films.genres)))


def settle(ds: runs.Dataset) -> None:
    """Have a shelf for these data: at first what the link says, later what was made of it; of other data the first."""
    kept: dict[str, Shelf] = st.session_state.setdefault(_SHELVES, {})
    if ds.key not in kept:
        link = None if kept else st.query_params.get(RATED.key)
        kept[ds.key] = dict(next(iter(shelves_of(ds).values()))) if link is None else read(ds, link)
    st.session_state[_OF] = ds.key
    text = write(ds, shelf())
    st.session_state[RATED.key] = text
    if text == write(ds, next(iter(shelves_of(ds).values()))):
        st.query_params.pop(RATED.key, None)
    elif st.query_params.get(RATED.key) != text:
        st.query_params[RATED.key] = text


def write(ds: runs.Dataset, rated: Mapping[int, float | None]) -> str:
    """A shelf as a link says it: "318:5 296:4", ids and stars; "none" if nothing is rated."""
    words = [f"{quote(str(ds.R.item_ids[j]), safe='')}:{stars:g}" for j, stars in rated.items() if stars is not None]
    return " ".join(words) or "none"


def read(ds: runs.Dataset, text: str) -> Shelf:
    """The shelf that a link asks for, with a message for each kind of thing in it that cannot be had."""
    number = {str(ident): j for j, ident in enumerate(ds.R.item_ids)}
    scale, found = levels(ds.R), Shelf()
    for word in text.split() if text != "none" else ():
        ident, _, stars = word.rpartition(":")
        j, given = number.get(unquote(ident)), next((x for x in scale if f"{x:g}" == stars), None)
        if j is None:
            _refuse(word, "no film of these data has that id")
        elif given is None:
            _refuse(word, f"a rating is one of {', '.join(f'{x:g}' for x in scale)}")
        elif j in found:
            _refuse(word, "that film is rated already")
        elif len(found) == MOST:
            _refuse(word, f"a shelf holds no more than {MOST} films")
            break
        else:
            found[j] = given
    return found


def _refuse(word: str, allowed: str) -> None:
    state.refuse(RATED, word, allowed, "the other ratings")


def panel(ds: runs.Dataset) -> None:
    """The shelf: shelves to begin with, a search by title, and stars for every film on it."""
    st.markdown("**What you rated.** Begin with somebody's shelf, or with none:")
    with st.container(horizontal=True, gap="small"):
        for n, (what, rated) in enumerate([*shelves_of(ds).items(), ("An empty shelf", {})]):
            st.button(labels.markdown(what), key=f"_shelf_{n}", on_click=_put, args=(dict(rated),))
    number = {name: j for j, name in enumerate(ds.labels)}
    often = np.argsort(-ds.R.items_counts, kind="stable")[: controls.MOST_OPTIONS]
    names = [ds.labels[j] for j in shelf()]
    # Widgets follow the shelf, which buttons and links fill too.
    st.session_state[_PICKED] = names
    st.multiselect(
        RATED.label,
        [*dict.fromkeys([*(ds.labels[j] for j in often), *names])],
        key=_PICKED,
        help=RATED.help,
        max_selections=MOST,
        placeholder="Search by title",
        on_change=lambda: _put({number[name]: shelf().get(number[name]) for name in st.session_state[_PICKED]}),
    )
    with st.grid(min_column_width=210, gap="small"):
        for j, given in shelf().items():
            key = f"_stars_{j}"
            st.session_state[key] = given
            stars(ds, j, key, labels.short(ds.labels[j], 28))
    waiting = sum(stars is None for stars in shelf().values())
    if waiting:
        st.info(f"{labels.counted(waiting, 'film')} without a rating yet: press a number.", icon=":material/star:")


def _put(rated: Shelf) -> None:
    st.session_state[_SHELVES] = {**st.session_state[_SHELVES], st.session_state[_OF]: rated}


def stars(ds: runs.Dataset, j: int, key: str, label: str, *, disabled: bool = False) -> None:
    """The control that rates film j, wherever on the page it stands. label: plain text."""
    st.segmented_control(
        labels.markdown(label),
        levels(ds.R),
        format_func=lambda x: f"{x:g}",
        key=key,
        on_change=lambda: _put({**shelf(), j: st.session_state[key]}),
        disabled=disabled,
    )
