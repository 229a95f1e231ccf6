"""Pictures with blacked-out parts, completed by networks that learnt with noise and by one that did not (notes §17)."""

import streamlit as st

from mfapp import controls, frame, quiz, state
from mfcore import denoise
from mfcore.data import pictures
from mfcore.denoise import Config
from mfcore.ratings import Floats
from mfview import completed
from mfview.figures import autoencoder_runs as figures
from mfview.figures import picture
from mfview.figures.autoencoder_runs import Look

KINDS: dict[str, pictures.Kind] = {"scattered pixels": "pixels", "a square": "block", "from below": "half"}
DAMAGE = state.Param("damage", "Blacked out")
SHARE = state.Param("share", "Share of the picture, %", "How much of it is taken away.")
FACE = state.Param("face", "Face", "None of these was among those that the networks learnt from.")
TRAINED = state.Param("noise", "ρ while it learnt", "The share of pixels that was hidden from it at every step.")
NOISES = {f"{rho:g}": cfg for rho, cfg in completed.WHOLE.items() if rho}
NOISELESS = completed.WHOLE[0.0]
START, FIRST = 70, 31


def view() -> None:
    """The view: a face, what is left of it, and two completions; then all of them against the damage; then the mask."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        word = controls.choose(DAMAGE, list(KINDS), "scattered pixels")
        rho = controls.choose(TRAINED, list(NOISES), "0.5")
    with st.container(horizontal=True):
        share = _slider(SHARE, 10, 90, START)
        face = _slider(FACE, 1, 40, FIRST)
    kind, cfg = KINDS[word], NOISES[rho]
    x, m = completed.new()[face - 1 : face], completed.hidden(kind, share)[face - 1 : face]
    _four(x, m, cfg, rho)
    at_start = (word, rho, share, face) == ("scattered pixels", "0.5", START, FIRST)
    if quiz.ask("12-no-noise") or not at_start:  # whoever changes a control is past predicting
        _against(completed.errors(kind), share, rho)
    _holes_in_training(x, m)
    quiz.ask("12-black-holes")
    with st.expander("The equations and the code"):
        frame.show_card(denoise.seen)
        frame.show_card(denoise.complete)
        frame.show_card(denoise.gradient)


def _slider(param: state.Param, low: int, high: int, default: int) -> int:
    state.heed_number(param, low, high, default)
    return st.slider(param.label, low, high, default, key=param.key, help=param.help, bind="query-params")


def _four(x: Floats, m: Floats, cfg: Config, rho: str) -> None:
    copied, filled = (denoise.complete(completed.state(c, whole=True), x, m, c) for c in (NOISELESS, cfg))
    wrong = [denoise.missed(x, y, m) for y in (copied, filled)]
    st.markdown(
        f"**{int((1 - m).sum())} of {m.size} pixels are gone.** The network that never saw noise misses the hidden "
        f"ones by **{wrong[0]:.3f}** grey values (RMSE, black 0 to white 1); the one that learnt with ρ = {rho} by "
        f"**{wrong[1]:.3f}**. Move the share: nothing is trained again, the picture passes through once."
    )
    shown = (
        ("The picture", x, "A face, drawn by a rule."),
        ("What is left of it", m * x, f"The same with {int((1 - m).sum())} pixels gone."),
        (f"Learnt with ρ = 0: {wrong[0]:.3f}", copied, f"Completed without noise: RMSE {wrong[0]:.3f}."),
        (f"Learnt with ρ = {rho}: {wrong[1]:.3f}", filled, f"Completed with noise {rho}: RMSE {wrong[1]:.3f}."),
    )
    _row(shown, "face")


def _row(shown: tuple[tuple[str, Floats, str], ...], key: str) -> None:
    for n, (column, (title, cells, alt)) in enumerate(zip(st.columns(len(shown)), shown, strict=True)):
        with column:
            square = cells.reshape(pictures.SIDE, pictures.SIDE)
            frame.show(picture.grey(square, frame.palette(), title=title, alt=alt), f"{key}{n}")


def _against(found: dict[str, list[tuple[int, float]]], share: int, rho: str) -> None:
    st.header("Why a copy is no use", anchor=False)
    p = frame.palette()
    colours = (p.test, p.positive, p.train, p.negative)
    looks = {
        name: Look(colour, dash, symbol)
        for (name, colour, dash, symbol) in zip(
            found,
            (*colours, p.quiet, p.quiet),
            ("solid", "dot", "solid", "dash", "dash", "dot"),
            ("x", "diamond", "circle", "square", "triangle-up", "triangle-down"),
            strict=True,
        )
    }
    left, right = st.columns([3, 2], gap="medium")
    with left:
        fig = figures.curves(
            found,
            looks,
            p,
            title="Error on the hidden pixels",
            x="share blacked out, %",
            y="RMSE in grey values",
            yaxis=dict(rangemode="tozero"),
        )
        frame.show(fig, "against")
    at = min(completed.SHARES, key=lambda s: abs(s - share))
    here = {name: dict(points)[at] for name, points in found.items()}
    worse = here["ρ = 0"] > here[completed.MEAN]
    best = min((name for name in here if name.startswith("ρ")), key=here.__getitem__)
    with right:
        st.markdown(
            f"{completed.NEW} faces that no network has seen, {at}% of each taken away. Best: **{best}**, with "
            f"{here[best]:.3f}. Learnt without noise: **{here['ρ = 0']:.3f}**, "
            + (
                f"worse than the mean of all training pictures, {here[completed.MEAN]:.3f}, which looks at nothing."
                if worse
                else f"against {here[completed.MEAN]:.3f} for the mean of all training pictures."
            )
        )
        st.markdown(
            "Without noise the loss is lowest when the output *is* the input, and a network that copies has learnt "
            "nothing of faces: give it holes and it hands on holes. Noise makes a copy cost something. Too much of it "
            "leaves too little to learn from: where single pixels are missing, ρ near their share does best."
            + (
                ""
                if here[best] < here[completed.MEAN]
                else " So large a hole is more than any of them learnt to fill: the mean picture is ahead."
            )
        )


def _holes_in_training(x: Floats, m: Floats) -> None:
    st.header("When the training pictures have holes themselves", anchor=False)
    by_mask, without = (
        denoise.complete(completed.state(cfg, whole=False), x, m, cfg) for cfg in (completed.MASKED, completed.UNMASKED)
    )
    wrong = [denoise.missed(x, y, m) for y in (by_mask, without)]
    st.markdown(
        f"That is the case of ratings: nobody has ever seen the whole matrix. Here {completed.UNKNOWN:.0%} of the "
        "training pictures' pixels were known to nobody. With the mask they are left out of the loss. Without it each "
        "counts as the 0 that happens to stand there, black, and the network learns to draw black."
    )
    _row(
        (
            ("The picture", x, "The face."),
            (f"Masked: {wrong[0]:.3f}", by_mask, f"Completed, mask on: RMSE {wrong[0]:.3f}."),
            (f"Unmasked: {wrong[1]:.3f}", without, f"Completed, mask off, too dark: RMSE {wrong[1]:.3f}."),
        ),
        "masked",
    )
    st.markdown(
        f"Mean grey of the picture: {float(x.mean()):.2f}. Masked: {float(by_mask.mean()):.2f}. Unmasked: "
        f"**{float(without.mean()):.2f}**, about {1 - completed.UNKNOWN:.0%} of it."
    )
