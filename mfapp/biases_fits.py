"""The same k with and without biases; biases in turn with the vectors, and together with them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import numpy as np
import streamlit as st

from mfapp import controls, frame, jobs, quiz, runs, state
from mfapp.biases import LAM, K
from mfcore import als, explained, metrics, steps
from mfcore.ratings import Floats
from mfview.figures import bias_fits as figures

KS = (1, 2, 3, 5, 8, 12)
T = 10
HALVES = 8  # half sweeps compared from the same State
ALONG = state.Param("along", "Along")


class Path(NamedTuple):
    """RMSE after every sweep of one kind of model at one k: on train, and on held-out ratings."""

    k: int
    kind: explained.Kind
    errors: tuple[tuple[float, ...], tuple[float, ...]]


def compared() -> None:
    """The view: RMSE on train and held-out ratings of three kinds of model, along k or along the sweeps."""
    ds = controls.data()
    k, lam, seed = controls.k(K), controls.lam(LAM), controls.seed()
    st.markdown(
        "Three models with the same k and the same λ: the product alone (§6), the product around μ, and the product "
        "beside all biases (§7). The first has to spend its vectors on saying *about three and a half stars*."
    )
    question = st.container()
    along = controls.choose(ALONG, ("k", "sweeps"), "k")
    at_defaults = (ds.key, lam, seed, along) == (runs.dataset("ml-small").key, LAM, 0, "k")
    with question:
        waiting = not quiz.told("04-without", at_defaults)
    train, test = runs.split(ds, ds.key, seed)
    ks = KS if along == "k" else (k,)
    work = [(each, kind) for each in ks for kind in explained.KINDS]

    mean = [metrics.rmse(np.full(R.n, train.mu), R.r) for R in (train, test)]

    def fits() -> Iterator[Path]:
        return (path(ds, ds.key, each, kind, lam, seed) for each, kind in work)

    jobs.run(
        "with_and_without",
        (ds.key, ks, lam, seed),
        fits,
        len(work),
        lambda t: f"k = {work[t][0]}, r̂ = {work[t][1]}",
        lambda found: _curves(found, along, ks, mean, waiting),
    )
    frame.note(f"{T} sweeps from the same random start; with biases [w, b] and [u, c] are solved together.")


def _curves(found: Sequence[Path], along: str, ks: Sequence[int], mean: Sequence[float], waiting: bool) -> None:
    """Both errors as far as they are found; waiting: that on held-out ratings is still to be predicted."""

    def of(kind: explained.Kind, part: int) -> Sequence[float]:
        paths = [p for p in found if p.kind == kind]
        if along == "k":
            return [p.errors[part][-1] for p in paths]
        return paths[0].errors[part] if paths else ()

    x = list(ks) if along == "k" else list(range(T + 1))
    curves = [{kind: of(kind, part) for kind in explained.KINDS} for part in (0, 1)]
    # A diverging curve leaves the picture rather than flattening the others.
    shown = [v for lines in curves for ys in lines.values() for v in ys] + list(mean)
    scale = (0.9 * min(shown), 1.05 * min(2 * max(mean), max(shown)))
    for column, part, lines, alone in zip(st.columns(2), ("train", "held out"), curves, mean, strict=True):
        with column:
            if waiting and part == "held out":
                st.info("Held-out ratings are shown here once you have answered.", icon=":material/visibility_off:")
                continue
            what = "k" if along == "k" else "sweep"
            frame.show(figures.errors(x, lines, alone, scale, part, what, frame.palette()), f"errors_{part}")
    if not waiting and len(found) == len(ks) * len(explained.KINDS):
        _summed_up(found)


def _summed_up(found: Sequence[Path]) -> None:
    best = [min((p for p in found if p.kind == kind), key=lambda p: p.errors[1][-1]) for kind in explained.KINDS]
    said = "; ".join(
        f"r̂ = {p.kind}: **{p.errors[1][-1]:.3f}** at k = {p.k} (train {p.errors[0][-1]:.3f})" for p in best
    )
    st.markdown(f"Lowest RMSE on held-out ratings after {T} sweeps, in stars: {said}.")


@st.cache_resource(show_spinner=False, max_entries=512)
def path(_ds: runs.Dataset, key: str, k: int, kind: explained.Kind, lam: float, seed: int) -> Path:
    """T sweeps of one kind. key: the data set's."""
    train, test = runs.split(_ds, key, seed)
    found = explained.errors(kind, train, test, k, lam, T, seed)
    on_train, on_test = zip(*found, strict=True)
    return Path(k, kind, (on_train, on_test))


def in_turn() -> None:
    """The view: J after each block, w then b against both at once; then both from the same States."""
    ds = controls.data()
    k, lam, seed = controls.k(K), controls.lam(LAM), controls.seed()
    turn = als.Config(k=k, lam=lam)
    together = replace(turn, joint=True)
    st.markdown(
        "The notes solve W, b, U, c one after the other. But $b_i$ is only a weight on a feature that is always 1: put "
        "a 1 beside $u_j$, and $[w_i, b_i]$ come out of one system of $k + 1$ equations. That makes two blocks per "
        "sweep instead of four."
    )
    at_defaults = (ds.key, k, lam, seed) == (runs.dataset("ml-small").key, K, LAM, 0)
    settled = quiz.told("04-joint", at_defaults)
    fits = {"in turn: W, b, U, c": turn, "together: [W, b], [U, c]": together}
    points = {name: runs.trajectory(ds, cfg, T, seed).points for name, cfg in fits.items()}
    log = st.toggle(state.LOG.label, True, key=state.LOG.key, help=state.LOG.help, bind="query-params")
    left, right = st.columns(2)
    with left:
        frame.show(figures.blocks(points, log, frame.palette()), "blocks")
    a, b = (found[-1] for found in points.values())
    lower = "together" if b.J < a.J else "in turn"
    st.markdown(
        f"Two whole runs. After {T} sweeps J is {a.J:,.0f} in turn and {b.J:,.0f} together, so the run *{lower}* is "
        f"the lower one at this seed; on held-out ratings they miss by {a.test:.4f} and {b.test:.4f} stars (RMSE). "
        "After the first block the runs stand in different places, and J has more than one valley. For whole runs only "
        "the saved work is certain: no separate pass over the ratings for the biases."
    )
    with right:
        if settled:
            _same_state(missed(ds, ds.key, turn, seed))
        else:
            st.info("Answer the question above to see both from the same State.", icon=":material/visibility_off:")
    with st.expander("The equations and the code"):
        frame.show_card(als.update_W, "with cfg.joint, b along with it")
        frame.show_card(als.update_b, "what the joint solve does away with")


def _same_state(parts: Floats) -> None:
    frame.show(figures.missed(parts, frame.palette()), "missed")
    st.markdown(
        "**From the same State the joint block is never the higher one**: it minimises over w and b at once, and the "
        f"pair that two steps in turn reach is one of its options. Solving in turn misses {parts.min():.1%} to "
        f"{parts.max():.1%} of the fall."
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def missed(_ds: runs.Dataset, key: str, cfg: als.Config, seed: int) -> Floats:
    """What is missed in turn, from each of the first States of that run: (HALVES, 2), users and films."""
    train, _ = runs.split(_ds, key, seed)
    return np.array([explained.missed_in_turn(s, train, cfg) for s in islice(steps(als, train, cfg, seed), HALVES)])
