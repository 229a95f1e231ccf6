"""A clean split: statistics from training ratings or from everything, and what different splits ask (notes §19)."""

import streamlit as st

from mfapp import controls, frame, quiz, runs
from mfcore import DataError, leaks
from mfcore.leaks import Leak, Split
from mfview.figures import test_error as figures

K, LAM = 5, 10.0
KINDS: tuple[leaks.Kind, ...] = ("ratings", "each user's ratings", "whole users")


def view() -> None:
    """The view: each statistic clean and leaked, then three ways to split."""
    ds = controls.data()
    k, lam, seed = controls.k(K), controls.lam(LAM), controls.seed()
    st.markdown(
        "Whatever is computed from ratings, a mean, a bias, an encoding, is part of the model. If it is computed "
        "*before* the split, the test ratings are in it. Nothing else changes below: the same test ratings, the same "
        "formulas, once from the training part and once from everything."
    )
    quiz.ask("13-item-mean")
    found = _leaks(ds, ds.key, k, lam, seed)
    frame.show(figures.leaks(found, frame.palette()), "leaks")
    _told(found)
    st.header("What to hold out", anchor=False)
    _kinds(_splits(ds, ds.key, lam, seed))
    frame.note(
        "The rule for autoencoders is the same: a test rating may be compared with the output and may be nowhere "
        "else, neither in μ, nor in the input, nor in the choice of λ or of when to stop."
    )


def _told(found: tuple[Leak, ...]) -> None:
    by_name = {leak.name: leak for leak in found}
    means, mean, encoded = by_name["item means"], by_name["μ"], by_name["means, then factors"]
    st.markdown(
        f"Item means from everything seem to miss by **{means.leaked:.3f}** stars; truly it is **{means.clean:.3f}**. "
        "A film with few ratings has a mean that is mostly its own test rating. Even with factors trained on the "
        "training part alone, means that knew the test ratings turn "
        f"{encoded.clean:.3f} into {encoded.leaked:.3f}. μ is a mean of so many ratings that the leak in it "
        f"is {abs(mean.clean - mean.leaked):.5f}: small enough to be overlooked, and still a leak."
    )


def _kinds(found: tuple[Split, ...]) -> None:
    head = ("held out: a tenth of", *(split.kind for split in found))
    lines = (
        ("test ratings", *(f"{split.test:,}" for split in found)),
        ("users without a training rating", *(f"{split.users:,}" for split in found)),
        ("test ratings of films without one", *(f"{split.films:.1%}" for split in found)),
        ("test ratings by the busiest users", *(f"{split.busiest:.0%}" for split in found)),
        ("RMSE of μ + b + c", *(f"{split.rmse:.3f}" for split in found)),
    )
    table = (head, ("---",) * len(head), *lines)
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in table))
    st.markdown(
        "*The busiest users* are the tenth with most ratings. Each split is clean and each asks something else: what "
        "else people who are here will like; the same, and nobody is forgotten; or what newcomers will like, of whom "
        "nothing is known."
    )


@st.cache_resource(show_spinner="Fitting with and without the test ratings …", max_entries=16)
def _leaks(_ds: runs.Dataset, key: str, k: int, lam: float, seed: int) -> tuple[Leak, ...]:
    train, test = runs.split(_ds, key, seed)
    return leaks.found(_ds.R, train, test, k, lam, seed)


@st.cache_resource(show_spinner=False, max_entries=16)
def _splits(_ds: runs.Dataset, key: str, lam: float, seed: int) -> tuple[Split, ...]:
    """Those of `KINDS` that these ratings are enough for."""
    found = []
    for kind in KINDS:
        try:
            found.append(leaks.described(_ds.R, kind, lam, seed))
        except DataError:  # where nobody has ten ratings, a tenth of everybody's is nothing
            continue
    return tuple(found)
