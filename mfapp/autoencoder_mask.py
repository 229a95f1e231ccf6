"""The mask: what happens to predictions when cells without a rating count, and a rating of exactly μ (notes §18)."""

from collections.abc import Mapping, Sequence

import streamlit as st

from mfapp import autoencoder, controls, frame, jobs, quiz, runs, state
from mfcore import autorec, nn, trials
from mfcore.ratings import Ratings
from mfcore.trials import Scored
from mfview import hole, labels
from mfview.figures import autoencoder_runs as figures
from mfview.figures.autoencoder_runs import Look
from mfview.figures.layout import whole
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
        "over the first. The mistake is to sum over all cells, where the holes are the majority."
    )
    defaults = autorec.Config(hidden=autoencoder.HIDDEN, lam=autoencoder.LAM, dtype="float32")
    at_start = (cfg, T_, seed) == (defaults, T, 0) and ds is runs.dataset("ml-small")
    told = quiz.told("12-unmasked", at_start)
    jobs.shared(
        "mask",
        (ds.key, cfg, T_, seed),
        lambda: trials.by_mask(train, test, cfg, T_, seed),
        3 * (T_ + 1),
        lambda n: f"epoch {n // 3}, {list(trials.ways(cfg))[n % 3]}",
        lambda found: _outcome(found, train, test, T_, told),
    )
    _at_mean()
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


def _outcome(found: Sequence[Scored], train: Ratings, test: Ratings, T: int, told: bool) -> None:
    """All three ways, or the masked one alone while the question is open."""
    if len(found) < 3:
        return
    p, mean = frame.palette(), trials.at_the_mean(train, test)
    ended = found[: len(found) // 3 * 3]  # epochs that all three have come to the end of
    last = {row.way: row for row in ended if told or row.way == trials.MASKED}
    # Those without a mask that fill with 0 stars are off the scale on which the other two can be told apart.
    drawn: dict[str, list[tuple[float, float]]] = {
        way: [(row.t, row.test) for row in found if row.way == way] for way in last if way != trials.STARS
    }
    drawn["μ alone"] = [(0, mean), (T, mean)]
    left, right = st.columns(2)
    with left:
        fig = figures.curves(
            drawn,
            looks(p),
            p,
            title="Error on held-out ratings",
            x="epoch",
            y="RMSE in stars",
            xaxis=dict(range=(-0.02 * T, 1.02 * T)) | whole(T),
        )
        frame.show(fig, "mask_errors")
    with right:
        counts = {"held-out ratings": trials.of_ratings(test)} | {way: row.counts for way, row in last.items()}
        frame.show(figures.spread(counts, trials.EDGES, looks(p), train.mu, p), "mask_spread")
    rows = [f"| {way} | {row.test:.3f} | {row.train:.3f} | {row.mean:.2f} |" for way, row in last.items()]
    st.markdown(
        "\n".join(
            [f"| after epoch {ended[-1].t} | test RMSE | train RMSE | mean prediction |", "|---|---|---|---|", *rows]
        )
    )
    if not told:
        frame.note("What happens without the mask is shown after your prediction.")
        return
    st.markdown(_said(last, mean))


def _said(last: Mapping[str, Scored], mean: float) -> str:
    """The three errors, and whether the mask has the lowest."""
    masked, stars = last[trials.MASKED], last[trials.STARS]
    lower = [way for way, row in last.items() if row.test < masked.test]
    return (
        f"With the mask: **{masked.test:.3f}**. Without it every hole says “μ”, or, where nothing was subtracted, “0 "
        f"stars”, and J pulls predictions towards that value: to μ, with an error of "
        f"**{last[trials.UNMASKED].test:.3f}** where μ alone has {mean:.3f}; or to 0 stars, with "
        f"**{stars.test:.3f}**, which is not in the plot of errors, and a mean prediction of {stars.mean:.2f}. "
        + (f"Lower than with the mask, so far: {', '.join(lower)}." if lower else "The mask has the lowest error.")
    )


def _at_mean() -> None:
    st.header("A rating equal to μ", anchor=False)
    cell = controls.choose(HOLE, list(hole.named()), hole.farthest(), "list")
    found, mu = hole.rated_mu(cell), hole.table()[0].mu
    st.markdown(
        f"A small network of the tiny table, where μ = {mu:.3f}. Centred, a rating of exactly μ is stored as 0, and a "
        "hole is fed in as 0 too. What if this hole held such a rating?"
    )
    told = quiz.told("12-equal-mu", at_start=cell == hole.farthest())
    rated = f"0 | {found.J[1]:.4f} | {labels.decimal(found.slope[1], 4)}" if told else "? | ? | ?"
    st.markdown(
        "| the cell | goes in | J | ∂J/∂cⱼ |\n|---|---|---|---|\n"
        f"| a hole | 0 | {found.J[0]:.4f} | {labels.decimal(found.slope[0], 4)} |\n"
        f"| a rating of μ | {rated} |"
    )
    if not told:
        return
    st.markdown(
        f"The encoder cannot tell them apart: its input differs by {found.fed:g}. The loss can, because what counts is "
        "whether the cell is *stored*, not which value it holds."
    )
    frame.note(
        f"Here r̂ = μ {'−' if found.residual > 0 else '+'} {abs(found.residual):.3f}: J grows by its square, "
        f"{found.residual**2:.4f}, and the slope changes by {labels.decimal(-2 * found.residual, 4)}. A mask made of "
        "the values that are not 0 would lose this rating; so would `eliminate_zeros()`."
    )
