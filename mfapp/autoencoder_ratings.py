"""Ratings in, ratings out: a row's way through AutoRec, with its numbers, while the network learns (notes §16)."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mfapp import autoencoder, controls, frame, jobs, quiz, runs
from mfapp.autoencoder import Epoch
from mfcore import autorec, nn, trials
from mfcore.ratings import Ints, Ratings
from mfview import labels
from mfview.figures import autoencoder as figures
from mfview.figures import autoencoder_runs
from mfview.figures.autoencoder import Cell

FED, HELD, HOLES = 6, 3, 3  # places that are drawn


def view() -> None:
    """The view: the network as it learns, its curve, what a pass costs, and the code."""
    ds = controls.data()
    cfg = autoencoder.config()
    T, seed = autoencoder.epochs(), controls.seed()
    train, test = runs.split(ds, ds.key, seed)
    at = controls.user(ds.R, someone(ds.R)) if cfg.by == "users" else controls.item(ds)
    jobs.shared(
        "autorec",
        (ds.key, cfg, T, seed),
        lambda: autoencoder.learn(ds, cfg, T, seed),
        T + 1,
        lambda t: f"epoch {t}" if t else "the random start",
        lambda found: _draw(ds, train, test, cfg, T, at, found),
    )
    quiz.ask("12-by-hand")
    _cost(train, cfg)
    quiz.ask("12-passes")
    if quiz.ask("12-new-user"):
        st.markdown("So a new row costs a sum and no fit: its predictions are there at once.")
    with st.expander("The equations and the code"):
        frame.show_card(autorec.code)
        frame.show_card(cfg.f.f, "f, as chosen above")
        frame.show_card(cfg.f.back)
        frame.show_card(nn.sampled)
        frame.show_card(autorec.objective)


def _draw(
    ds: runs.Dataset,
    train: Ratings,
    test: Ratings,
    cfg: autorec.Config,
    T: int,
    at: int,
    found: Sequence[Epoch],
) -> None:
    if not found or found[-1].latest.state is None:
        return
    last, s = found[-1], found[-1].latest.state
    users = cfg.by == "users"
    whose = f"User {ds.R.user_ids[at]}" if users else ds.labels[at]
    names = ds.labels if users else tuple(f"user {u}" for u in ds.R.user_ids)
    one, R, held = (s, train, test) if users else (s.T, train.T, test.T)
    mean = trials.at_the_mean(train, test)
    gain = "less" if last.test < mean else "no less"
    st.markdown(
        f"After epoch {last.t}: **{last.train:.3f}** stars of error on the ratings that go in, **{last.test:.3f}** on "
        f"ratings that were held out, {gain} than the {mean:.3f} of always saying μ. {labels.markdown(whose)} has "
        f"{labels.counted(len(R.Psi(at)), 'training rating')}. They become {len(one.W[at])} numbers, and those "
        f"numbers a prediction for each of {R.M:,} {'films' if users else 'users'}, rated or not."
    )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        frame.show(
            figures.network(cells(one, R, held, at, names), one.W[at], frame.palette(), whose=labels.short(whose)),
            "network",
        )
    with right:
        fig = autoencoder_runs.learning(
            [row.train for row in found], [row.test for row in found], T, mean, frame.palette()
        )
        frame.show(fig, "learning")
    frame.note(
        "Blue rings: ratings that went in and came out. Orange rings: held-out ratings, with the actual rating. No "
        "ring: not rated; the answer is a recommendation. "
        + (f"An epoch took {last.seconds / last.t * 1000:,.0f} ms." if last.t else "")
    )


def someone(R: Ratings) -> int:
    """A user who rated more than three quarters of the others did: the busiest few drive every code to its end."""
    return int(np.argsort(-R.users_counts, kind="stable")[R.N // 4])


def cells(s: autorec.State, R: Ratings, held: Ratings, i: int, names: Sequence[str]) -> list[Cell]:
    """Places of row i to be drawn: ratings that go in, held-out ones, and holes, the columns with most ratings first.

    s, R, held: by users, or all three transposed.
    """
    counts = R.items_counts
    places, stars = held.of_user(i)
    truth = dict(zip(places.tolist(), stars.tolist(), strict=True))
    own, given = R.of_user(i)
    fed = dict(zip(own.tolist(), given.tolist(), strict=True))
    free = np.setdiff1d(np.arange(R.M), [*fed, *truth])
    chosen = [*_busiest(own, counts, FED), *_busiest(places, counts, HELD), *_busiest(free, counts, HOLES)]
    said = autorec.predict(s, np.full(len(chosen), i), np.array(chosen, np.int64))
    return [
        Cell(names[j], fed.get(j), truth.get(j), float(r_hat)) for j, r_hat in zip(chosen, said.tolist(), strict=True)
    ]


def _busiest(j: Ints, counts: Ints, many: int) -> list[int]:
    return [int(column) for column in j[np.argsort(-counts[j], kind="stable")[:many]]]


def _cost(train: Ratings, cfg: autorec.Config) -> None:
    st.header("Factorization with an encoder", anchor=False)
    done = autorec.counted(train, cfg)
    rows, columns = (train.N, train.M) if cfg.by == "users" else (train.M, train.N)
    whose, what = ("users", "films") if cfg.by == "users" else ("films", "users")
    learnt = 2 * columns * cfg.hidden + cfg.hidden + columns
    st.markdown(
        "The decoder is linear, so a prediction is the dot product of chapter 2 with a bias and μ. Only one thing has "
        f"changed: the vectors of {whose} are not learnt one by one, they are *computed* from the ratings."
    )
    st.markdown(
        "\n".join(
            [
                "| a pass | goes over | steps |",
                "|---|---|---|",
                f"| this autoencoder | **{done.rows:,}** {whose}, {cfg.batch} at a time | {done.steps:,} |",
                f"| descent on single ratings | **{done.ratings:,}** ratings | {done.ratings:,} |",
            ]
        )
    )
    frame.note(
        f"Learnt: A and U, two tables of {columns:,} {what} × {cfg.hidden}, and the biases a and c, "
        f"{labels.amount(learnt)} numbers in all, however many {whose} there are ({rows:,} here). Rows of a batch are "
        "slices of the sparse matrix; no hole is ever written out (§18)."
    )
