"""Denoising autoencoders of generated faces that come with the package, so that pages and lessons open on them at once.

    python -m mfview.completed

trains them again (some seconds) and writes completed.npz, and what they miss by, completed.json, beside this file.
"""

import json
from collections.abc import Callable
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from mfcore import denoise, nn
from mfcore.data import pictures
from mfcore.denoise import Config, Pictures, State
from mfcore.ratings import Floats

FILE = Path(__file__).with_suffix(".npz")
MISSED = FILE.with_suffix(".json")
COUNT, T, SEED = 4000, 60, 0
NEW, NEW_SEED = 200, 1  # pictures that no network has seen
UNKNOWN = 0.4  # of the training pictures' pixels, where they have holes themselves
NOISES = (0.0, 0.25, 0.5, 0.75)
WHOLE = {rho: Config(rho=rho) for rho in NOISES}
SHARES = tuple(range(10, 100, 10))  # of a new picture, blacked out, in per cent
MEAN, COPY = "mean picture", "holes left black"
MASKED, UNMASKED = Config(rho=0.25), Config(rho=0.25, masked=False)


@cache
def learnt_from(whole: bool) -> Pictures:
    """The training pictures, whole or with UNKNOWN of their pixels known to nobody."""
    X = pictures.faces(COUNT, SEED).astype(np.float32)
    known = pictures.damage(COUNT, "pixels", 0.0 if whole else UNKNOWN, SEED).astype(np.float32)
    return Pictures.of(X, known)


@cache
def new() -> Floats:
    """(NEW, PIXELS) whole pictures to be damaged and completed."""
    return pictures.faces(NEW, NEW_SEED).astype(np.float32)


@cache
def mean_picture() -> Floats:
    """(PIXELS,) the mean of the training pictures: what to guess without looking."""
    mean: Floats = learnt_from(whole=True).X.mean(axis=0)
    return mean


def state(cfg: Config, whole: bool) -> State:
    """The trained network of these settings. Raises LookupError where it is not shipped."""
    found = _shipped().get(_name(cfg, whole))
    if found is None:
        raise LookupError(f"no network is shipped for {cfg} on {'whole pictures' if whole else 'pictures with holes'}")
    return found


def trained(cfg: Config, whole: bool, passes: int = T) -> State:
    """The same, trained now."""
    return next(islice(denoise.states(learnt_from(whole), cfg, SEED), passes, None))


def hidden(kind: pictures.Kind, share: int) -> Floats:
    """m (NEW, PIXELS) of the new pictures with `share` per cent of each blacked out."""
    return pictures.damage(NEW, kind, share / 100, seed=3).astype(np.float32)


def errors(kind: pictures.Kind) -> dict[str, list[tuple[int, float]]]:
    """What is shipped of `measured`, to five digits."""
    held = json.loads(MISSED.read_text(encoding="utf-8"))[kind]
    return {name: list(zip(SHARES, row, strict=True)) for name, row in held.items()}


def measured(kind: pictures.Kind) -> dict[str, list[float]]:
    """RMSE on hidden pixels of all new pictures at each of SHARES, by training noise and for two that do not learn."""
    x = new()
    found: dict[str, list[float]] = {}
    for share in SHARES:
        m = hidden(kind, share)
        said = {f"ρ = {rho:g}": denoise.complete(state(cfg, True), x, m, cfg) for rho, cfg in WHOLE.items()}
        said |= {MEAN: np.broadcast_to(mean_picture(), x.shape), COPY: m * x}
        for name, y in said.items():
            found.setdefault(name, []).append(round(denoise.rmse_hidden(x, y, m), 5))
    return found


def plans() -> tuple[tuple[Config, bool], ...]:
    """What is shipped: settings, and whether the training pictures were whole."""
    return (*((cfg, True) for cfg in WHOLE.values()), (MASKED, False), (UNMASKED, False))


def build(say: Callable[[str], None] = print, passes: int = T) -> dict[str, Any]:
    """All weights as arrays for one npz file, in half precision."""
    held: dict[str, Any] = {}
    for cfg, whole in plans():
        name = _name(cfg, whole)
        say(name)
        s = trained(cfg, whole, passes)
        held[f"{name} mu"] = s.mu
        held |= {f"{name} {part}": x.astype(np.float16) for part, x in s.params.items()}
    return held


def _name(cfg: Config, whole: bool) -> str:
    return f"rho={cfg.rho:g} {'masked' if cfg.masked else 'unmasked'} {'whole' if whole else 'holes'} {cfg.hidden}"


@cache
def _shipped() -> dict[str, State]:
    found = {}
    with np.load(FILE) as held:
        for name in (_name(cfg, whole) for cfg, whole in plans()):
            params = {part: held[f"{name} {part}"].astype(np.float32) for part in "AaVc"}
            found[name] = State(T, params, float(held[f"{name} mu"]), nn.at_rest({}))
    return found


if __name__ == "__main__":
    np.savez_compressed(FILE, **build())
    MISSED.write_text(json.dumps({kind: measured(kind) for kind in pictures.KINDS}, indent=1) + "\n", encoding="utf-8")
