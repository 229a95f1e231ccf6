"""Embeddings charged by L2 are probabilistic matrix factorization: two objectives a constant apart (notes §11, 14)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import streamlit as st

from mfapp import controls, frame, jobs, pmf, quiz, runs
from mfcore import Ratings, als, embedding, fit, nn, steps
from mfcore import pmf as model
from mfcore.ratings import Floats
from mfview import cards, labels
from mfview.figures import network_descent as figures
from mfview.figures.layout import minus

K, SIGMA, PRIOR = 2, 0.5, 2.0
SIGMAS, PRIORS = (0.3, 0.5, 0.7, 1.0), (0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
RATE, EPOCHS, SWEEPS = 0.2, 600, 500
SEEN: list[int] = (np.unique(np.geomspace(1, EPOCHS + 1, 50).astype(int)) - 1).tolist()  # epochs that are drawn
PARTS = range(0, SWEEPS + 1, 100)  # sweeps after which MAP may be cancelled


def view() -> None:
    """The view: both objectives wherever one looks, the slopes of both, and where both programs end."""
    ds = runs.dataset("tiny")
    k, sigma, lam = controls.k(K, 4), pmf.sigma(SIGMA, SIGMAS), pmf.prior(PRIOR, PRIORS)
    seed = controls.seed()
    i = controls.user(ds.R)
    cfg = model.Config(k=k, sigma=sigma, lam_prior=lam, biases=True)
    ridge = round(lam * sigma**2, 9)
    net = embedding.Config(k, ridge, rule=nn.Rule("momentum", RATE), batch=ds.R.n, init_scale=1.0)
    st.markdown(
        "Chapter 7 drew ratings from Gaussians and put a Gaussian prior on every row. A network with an L2 penalty on "
        "its embeddings knows nothing of probabilities, yet **lowers the same thing**:"
    )
    st.latex(
        r"\begin{aligned} -2\sigma^2 \log p(W, U, b, c \mid R) &= J + \text{const} \\"
        r" \lambda &= \lambda_{\text{prior}}\,\sigma^2 \end{aligned}" + frame.TRAIL
    )
    if quiz.told("10-weight-decay", at_start=(sigma, lam) == (SIGMA, PRIOR)):
        st.markdown(f"With the σ and λ_prior of the sidebar, λ = {lam:g} · {sigma:g}² = **{ridge:.6g}**.")
    units = [*(f"network, epoch {t}" for t in SEEN), *(f"MAP, sweep {t}" for t in PARTS)]
    found = jobs.whole("pmf", (net, cfg, seed), lambda: _work(ds.R, net, cfg, seed), len(units), units.__getitem__)
    if found is None:
        return
    path, climbed = [s for s in found if isinstance(s, embedding.State)], found[-1]
    assert isinstance(climbed, model.State)
    _falling(ds.R, cfg, net, path, climbed)
    _places(ds.R, cfg, net, path[-1], climbed, seed)
    _slopes(ds, cfg, net, i, seed)
    with st.expander("The code of both"):
        frame.show_card(embedding.losses)
        frame.show_card(nn.l2_back)
        frame.show_card(model.log_prior)
        frame.show_card(model.apart)


def _work(R: Ratings, net: embedding.Config, cfg: model.Config, seed: int) -> Iterator[embedding.State | model.State]:
    """The network after the epochs of its descent that are `SEEN`, then MAP by closed forms after those of `PARTS`."""
    yield from (s for s in islice(steps(embedding, R, net, seed), EPOCHS + 1) if s.t in SEEN)
    yield from islice(steps(model, R, cfg, seed), PARTS.start, PARTS.stop, PARTS.step)


def _falling(
    R: Ratings, cfg: model.Config, net: embedding.Config, path: Sequence[embedding.State], climbed: model.State
) -> None:
    """Both objectives along the descent, and where MAP is."""
    J = np.array([embedding.objective(s, R, net) for s in path])
    turned = np.array([_turned(s, R, cfg, climbed) for s in path])
    ends = embedding.objective(climbed, R, net), _turned(climbed, R, cfg, climbed)
    frame.show(figures.parallel(np.array(SEEN), J, turned, ends, frame.palette()), "parallel")


def _turned(s: als.State, R: Ratings, cfg: model.Config, like: model.State) -> float:
    """−2σ² log p of any tables, at the σ and the priors of `like`."""
    return 2 * like.sigma**2 * model.objective(model.around(s, like.sigma, like.lam_W, like.lam_U), R, cfg)


def _places(
    R: Ratings,
    cfg: model.Config,
    net: embedding.Config,
    descended: embedding.State,
    climbed: model.State,
    seed: int,
) -> None:
    """A table: −2σ² log p, J and their difference at several places."""
    start = fit(embedding, R, net, 0, seed)
    rng = np.random.default_rng(seed)
    W, U, b, c = (2 * rng.standard_normal(x.shape) for x in (start.W, start.U, start.b, start.c))
    places: dict[str, als.State] = {
        "start": start,
        "far off": replace(start, W=W, U=U, b=b, c=c),
        "network": descended,
        "MAP": climbed,
    }
    rows = [r"| at | $-2\sigma^2 \log p$ | $J$ | difference |", "|---|---|---|---|"]
    for name, s in places.items():
        turned = _turned(s, R, cfg, climbed)
        J = embedding.objective(s, R, net)
        rows.append(f"| {name} | {minus(f'{turned:,.2f} | {J:,.2f} | **{turned - J:,.6f}')}** |")
    st.markdown("\n".join(rows))
    i, j = np.indices((R.N, R.M))
    apart = float(np.abs(als.predict(descended, i, j) - als.predict(climbed, i, j)).max())
    higher = embedding.objective(descended, R, net) - embedding.objective(climbed, R, net)
    constant = minus(f"{model.apart(climbed, R, cfg):,.9f}")
    st.markdown(
        f"The random start, a point far away, and where two programs end. One difference: **{constant}**, worked out "
        "from n, N, M, k, σ and λ alone. The programs know nothing of each other. The network descends with momentum, "
        f"for {EPOCHS:,} epochs; MAP jumps by closed forms, for {SWEEPS} sweeps. They end with J "
        f"${cards.number(higher, 0)}$ apart, and their predictions of all {R.N} × {R.M} ratings differ by at most "
        f"${cards.number(apart, 0)}$ stars. Their tables need not be the same: any rotation of both predicts the same "
        "and costs the same (E10)."
    )


def _slopes(ds: runs.Dataset, cfg: model.Config, net: embedding.Config, i: int, seed: int) -> None:
    """One user's row: the slopes of J by the layers, those of −2σ² log p by moving the numbers."""
    st.header("The same slopes", anchor=False)
    R, s = ds.R, fit(embedding, ds.R, net, 3, seed)
    like = fit(model, R, cfg, 0, seed)

    def turned(row: Floats) -> float:
        W, b = s.W.copy(), s.b.copy()
        W[i], b[i] = row[:-1], row[-1]
        return _turned(replace(s, W=W, b=b), R, cfg, like)

    g = embedding.gradient(s, embedding.everything(R, net))
    by_layers = R.n * np.append(g["W"][i], g["b"][i])
    by_density = nn.differences(turned, np.append(s.W[i], s.b[i]), 1e-3)
    names = [*(f"w_{{{f + 1}}}" for f in range(net.k)), "b"]
    rows = [r"| | $\partial J$, by layers | $-2\sigma^2\, \partial \log p$, by differences |", "|---|---|---|"]
    for name, a, d in zip(names, by_layers.tolist(), by_density.tolist(), strict=True):
        rows.append(f"| ${name}$ | {labels.decimal(a, 6)} | {labels.decimal(d, 6)} |")
    st.markdown(
        f"{ds.R.user_ids[i]}'s row after three epochs. The left column comes back through look-up and dot product, "
        f"the mean over {R.n} ratings times {R.n}; the right one comes from the Gaussians, without a network."
    )
    st.markdown("\n".join(rows))
