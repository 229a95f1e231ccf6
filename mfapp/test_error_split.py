"""A clean split: statistics from training ratings or from everything, and what different splits ask (notes §19)."""

from collections.abc import Iterator, Sequence

import streamlit as st

from mfapp import controls, frame, jobs, quiz, runs
from mfcore import DataError, leaks
from mfcore.leaks import Leak, Split
from mfview.figures import test_error as figures

K, LAM = 5, 10.0
KINDS: tuple[leaks.Kind, ...] = ("ratings", "each user's ratings", "whole users")
UNITS = (*(f"{way}, clean and leaked" for way in leaks.WAYS), *(f"held out: a tenth of {kind}" for kind in KINDS))


def view() -> None:
    """The view: each statistic clean and leaked, then three ways to split."""
    ds = controls.data()
    k, lam, seed = controls.k(K), controls.lam(LAM), controls.seed()
    st.markdown(
        "Whatever is computed from ratings, a mean, a bias, an encoding, is part of the model. If it is computed "
        "*before* the split, the test ratings are in it. Nothing else changes below: the same test ratings, the same "
        "formulas, computed once from the training part and once from everything."
    )
    quiz.ask("13-item-mean")
    jobs.shared("leaks", (ds.key, k, lam, seed), lambda: _work(ds, k, lam, seed), len(UNITS), UNITS.__getitem__, _draw)
    frame.note(
        "The rule for autoencoders is the same: a test rating may be compared with the output and used nowhere else, "
        "neither in μ, nor in the input, nor in the choice of λ or of when to stop."
    )


def _work(ds: runs.Dataset, k: int, lam: float, seed: int) -> Iterator[Leak | Split | None]:
    """All ways to leak, then all ways to split; None for one that these ratings are too few for."""
    train, test = runs.split(ds, ds.key, seed)
    yield from leaks.each(ds.R, train, test, k, lam, seed)
    for kind in KINDS:
        try:
            yield leaks.described(ds.R, kind, lam, seed)
        except DataError:  # where nobody has ten ratings, a tenth of everybody's is nothing
            yield None


def _draw(found: Sequence[Leak | Split | None]) -> None:
    """The leaks so far, and what is to be said of them and of the splits once all are there."""
    known = [leak for leak in found if isinstance(leak, Leak)]
    if known:
        frame.show(figures.leaks(known, frame.palette()), "leaks")
    if len(known) == len(leaks.WAYS):
        _told(known)
    if len(found) == len(UNITS):
        st.header("What to hold out", anchor=False)
        _kinds([split for split in found if isinstance(split, Split)])


def _told(found: Sequence[Leak]) -> None:
    by_name = {leak.name: leak for leak in found}
    means, mean, encoded = by_name["item means"], by_name["μ"], by_name["means, then factors"]
    st.markdown(
        f"Item means from everything seem to miss by **{means.leaked:.3f}** stars; the true error is "
        f"**{means.clean:.3f}**. A film with few ratings has a mean that is mostly its own test rating. Even with "
        f"factors trained on the training part alone, means that knew the test ratings turn {encoded.clean:.3f} into "
        f"{encoded.leaked:.3f}. μ is a mean of so many ratings that the leak in it is "
        f"{abs(mean.clean - mean.leaked):.5f}: small enough to be overlooked, but still a leak."
    )


def _kinds(found: Sequence[Split]) -> None:
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
        "*The busiest users* are the tenth with most ratings. All three splits are clean, but they ask different "
        "questions: what else will known users like; the same, with every user represented; or what will newcomers "
        "like, about whom nothing is known?"
    )
