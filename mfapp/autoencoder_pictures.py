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
from mfview.figures.picture import Panel

KINDS: dict[str, pictures.Kind] = {"scattered pixels": "pixels", "a square": "block", "from below": "half"}
DAMAGE = state.Param("damage", "Blacked out")
SHARE = state.Param("share", "Share of the picture, %", "How much of it is taken away.")
FACE = state.Param("face", "Face", "None of these was among the faces the networks learnt from.")
TRAINED = state.Param("noise", "ρ while it learnt", "The share of pixels that was hidden from it at every step.")
NOISELESS = completed.WHOLE[0.0]
KIND, RHO, START, FIRST = "scattered pixels", 0.5, 70, 31


def view() -> None:
    """The view: a face, what is left of it, and two completions; then all of them against the damage; then the mask."""
    word = controls.choose(DAMAGE, list(KINDS), KIND)
    with st.container(horizontal=True):
        rho = controls.one_of(TRAINED, RHO, completed.NOISES, sidebar=False)
        share = controls.whole(SHARE, 10, 90, START, sidebar=False)
        face = controls.whole(FACE, 1, 40, FIRST, sidebar=False)
    kind = KINDS[word]
    x, m = completed.new()[face - 1 : face], completed.hidden(kind, share)[face - 1 : face]
    at_start = (word, rho, share, face) == (KIND, RHO, START, FIRST)
    if _completed(x, m, rho, at_start):
        _against(completed.errors(kind), share)
    _holes_in_training(x, m, at_start)
    with st.expander("The equations and the code"):
        frame.show_card(denoise.seen)
        frame.show_card(denoise.complete)
        frame.show_card(denoise.gradient)


def _completed(x: Floats, m: Floats, rho: float, at_start: bool) -> bool:
    """The four pictures, and what they say. Whether the network without noise is shown."""
    left, right = st.columns([2, 3], gap="medium")
    with right:
        words = st.container()
        told = quiz.told("12-no-noise", at_start)
    cfg = completed.WHOLE[rho]
    beside, name = (
        (_filled(x, m, NOISELESS), "Learnt with ρ = 0")
        if rho
        else (completed.mean_picture()[None], "Mean of all pictures")
    )
    filled = _filled(x, m, cfg)
    wrong, other = (denoise.rmse_hidden(x, y, m) for y in (filled, beside))
    with left:
        _show("faces", x, m, (name, beside if told else None), (f"Learnt with ρ = {rho:g}", filled))
    with words:
        compared = (
            f", the one that never saw noise by **{other:.3f}**"
            if rho
            else f", the mean of all training pictures, which looks at nothing, by **{other:.3f}**"
        )
        st.markdown(
            f"**{int((1 - m).sum())} of {m.size} pixels are gone.** The network that learnt with ρ = {rho:g} misses "
            f"the hidden ones by **{wrong:.3f}** grey values (RMSE, black 0 to white 1){compared if told else ''}. "
            "Move the share: nothing is trained again, the picture just passes through the network."
        )
    return told


def _filled(x: Floats, m: Floats, cfg: Config, whole: bool = True) -> Floats:
    found: Floats = denoise.complete(completed.state(cfg, whole), x, m, cfg)
    return found


def _show(key: str, x: Floats, m: Floats, *ends: tuple[str, Floats | None]) -> None:
    """The face, what is left of it, and two completions, each with what it misses the hidden pixels by."""
    square = (pictures.SIDE, pictures.SIDE)
    shown, said = [Panel("The picture", x.reshape(square)), Panel("What is left", (m * x).reshape(square))], []
    for name, y in ends:
        if y is None:
            shown.append(Panel(name, None))
        else:
            shown.append(Panel(f"{name}: {denoise.rmse_hidden(x, y, m):.3f}", y.reshape(square)))
            said.append(f"{name}, RMSE {denoise.rmse_hidden(x, y, m):.3f}, mean grey {float(y.mean()):.2f}")
    alt = f"A face, the same with {int((1 - m).sum())} pixels gone, and completions: {'; '.join(said)}."
    frame.show(picture.panels(shown, frame.palette(), alt=alt), key)


def _against(found: dict[str, list[tuple[int, float]]], share: int) -> None:
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
            "nothing about faces: give it holes and it passes the holes on. Noise makes copying costly. Too much of it "
            "leaves too little to learn from: where single pixels are missing, ρ near their share does best."
            + (
                ""
                if here[best] < here[completed.MEAN]
                else " A hole this large is more than any of them learnt to fill: the mean picture does better."
            )
        )


def _holes_in_training(x: Floats, m: Floats, at_start: bool) -> None:
    st.header("When the training pictures have holes themselves", anchor=False)
    left, right = st.columns([2, 3], gap="medium")
    with right:
        st.markdown(
            f"That is the situation with ratings: nobody has ever seen the whole matrix. Here {completed.UNKNOWN:.0%} "
            "of the training pictures' pixels were unknown. With the mask they are left out of the loss. Without it "
            "each counts as the 0 that happens to be stored there."
        )
        told = quiz.told("12-black-holes", at_start)
    by_mask, without = (_filled(x, m, cfg, whole=False) for cfg in (completed.MASKED, completed.UNMASKED))
    with left:
        _show("masked", x, m, ("Masked", by_mask), ("Unmasked", without if told else None))
    if told:
        right.markdown(
            f"A 0 is black, and the network learns to draw black. Mean grey of the picture: {float(x.mean()):.2f}. "
            f"Masked: {float(by_mask.mean()):.2f}. Unmasked: **{float(without.mean()):.2f}**, about "
            f"{1 - completed.UNKNOWN:.0%} of it."
        )
