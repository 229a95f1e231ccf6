"""The mask: what happens to predictions when cells without a rating count, and a rating of exactly μ (notes §18)."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mfapp import autoencoder, controls, frame, jobs, quiz, runs, state
from mfcore import autorec, fit, nn, trials
from mfcore.ratings import Ratings
from mfcore.trials import Scored
from mfview import labels
from mfview.figures import autoencoder_runs as figures
from mfview.figures.autoencoder_runs import Look
from mfview.style import Palette

T = 10
HOLE = state.Param("hole", "Cell", "A person and a film of the tiny table that they have not rated.")


def view() -> None:
    """The view: three ways to count, as they learn; then one cell in which a rating equals the mean."""
    ds = controls.data()
    cfg = autoencoder.config(noise=False)
    T_, seed = autoencoder.epochs(T, 30), controls.seed()
    train, test = runs.split(ds, ds.key, seed)
    holes = train.N * train.M - train.n
    st.markdown(
        f"{labels.amount(train.n)} cells hold a training rating, {labels.amount(holes)} hold none. Masked, J is a sum "
        "over the first. The mistake is to sum over all: then every hole says “μ”, or, where nothing was "
        "subtracted, “0 stars”, and the holes have the majority."
    )
    jobs.shared(
        "mask",
        (ds.key, cfg, T_, seed),
        lambda: trials.by_mask(train, test, cfg, T_, seed),
        3 * (T_ + 1),
        lambda n: f"epoch {n // 3}, {list(trials.ways(cfg))[n % 3]}",
        lambda found: _outcome(found, train, test),
    )
    quiz.ask("12-unmasked")
    _at_mean()
    quiz.ask("12-equal-mu")
    with st.expander("The equations and the code"):
        frame.show_card(autorec.loss)
        frame.show_card(nn.masked_error_back)


def looks(p: Palette) -> dict[str, Look]:
    """Masked in the colour of test errors, the mistakes in others."""
    return {
        trials.MASKED: Look(p.test, "solid"),
        trials.UNMASKED: Look(p.highlight, "dash", "square"),
        trials.STARS: Look(p.negative, "dot", "diamond"),
        "held-out ratings": Look(p.neutral, "solid"),
        "μ alone": Look(p.neutral, "dash"),
    }


def _outcome(found: Sequence[Scored], train: Ratings, test: Ratings) -> None:
    if len(found) < 3:
        return
    p, mean = frame.palette(), trials.at_the_mean(train, test)
    drawn: dict[str, list[tuple[float, float]]] = {}
    for row in found:
        drawn.setdefault(row.way, []).append((row.t, row.test))
    last = {row.way: row for row in found}
    far = drawn.pop(trials.STARS)[-1][1]  # off the scale on which the other two can be told apart
    drawn["μ alone"] = [(0, mean), (last[trials.MASKED].t, mean)]
    left, right = st.columns(2)
    with left:
        fig = figures.curves(
            drawn,
            looks(p),
            p,
            title="Error on held-out ratings",
            x="epoch",
            y="RMSE in stars",
        )
        frame.show(fig, "mask_errors")
    with right:
        counts = {"held-out ratings": trials.of_ratings(test)} | {way: row.counts for way, row in last.items()}
        frame.show(figures.spread(counts, trials.EDGES, looks(p), train.mu, p), "mask_spread")
    rows = [f"| {way} | {row.test:.3f} | {row.train:.3f} | {row.mean:.2f} |" for way, row in last.items()]
    st.markdown(
        "\n".join(
            [f"| after epoch {found[-1].t} | test RMSE | train RMSE | mean prediction |", "|---|---|---|---|", *rows]
        )
    )
    st.markdown(
        f"With the mask: **{last[trials.MASKED].test:.3f}**. Without it predictions shrink to what the holes say: to "
        f"μ, with an error of **{last[trials.UNMASKED].test:.3f}** where μ alone has {mean:.3f}; or towards 0 stars, "
        f"with **{far:.3f}**, far above the left picture."
    )


def _at_mean() -> None:
    st.header("A rating equal to μ is no hole", anchor=False)
    ds = runs.dataset("tiny")
    R = ds.R
    holes = {f"{R.user_ids[i]}, {ds.labels[j]}": (i, j) for i in range(R.N) for j in range(R.M) if j not in R.Psi(i)}
    cfg = autorec.Config(hidden=3, lam=1.0, activation="tanh")
    s = _small(cfg)
    said = autorec.predict(s, *np.array(list(holes.values())).T)
    i, j = holes[controls.choose(HOLE, list(holes), list(holes)[int(np.argmax(np.abs(said - R.mu)))], "list")]
    found = trials.at_mean(s, R, cfg, i, j)
    st.markdown(
        f"Centred, a rating of exactly μ = {R.mu:.3f} is stored as 0, and a hole is fed in as 0 too. The encoder "
        f"cannot tell them apart: its input differs by {found.fed:g}. The loss can, because what counts is whether the "
        "cell is *stored*, not what value stands in it."
    )
    st.markdown(
        "\n".join(
            [
                "| the cell | goes in | J | ∂J/∂cⱼ |",
                "|---|---|---|---|",
                f"| a hole | 0 | {found.J[0]:.4f} | {labels.decimal(found.slope[0], 4)} |",
                f"| a rating of μ | 0 | {found.J[1]:.4f} | {labels.decimal(found.slope[1], 4)} |",
            ]
        )
    )
    frame.note(
        f"Here r̂ = μ {'−' if found.missed > 0 else '+'} {abs(found.missed):.3f}: J grows by its square, "
        f"{found.missed**2:.4f}, and the slope changes by {labels.decimal(-2 * found.missed, 4)}. A mask made by "
        "asking which values are not 0 would lose this rating; so would `eliminate_zeros()`."
    )


@st.cache_resource(show_spinner=False)
def _small(cfg: autorec.Config) -> autorec.State:
    return fit(autorec, runs.dataset("tiny").R, cfg, T=300)
