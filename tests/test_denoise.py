"""The denoising autoencoder: slopes by finite differences, the mask, parity with torch, and what noise is good for."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from mfcore import denoise, nn
from mfcore.data import pictures
from mfcore.denoise import Config, Pictures
from mfcore.errors import DivergedError
from tests import authority

rng = np.random.default_rng(0)
X = rng.random((7, 12))
KNOWN = (rng.random(X.shape) < 0.7).astype(float)
SEEN = KNOWN * (rng.random(X.shape) < 0.6)
P = Pictures.of(X, KNOWN)
SMALL = Config(hidden=5, activation="tanh", batch=3)


def params_of(cfg: Config) -> nn.Params:
    drawn = np.random.default_rng(1)
    return {name: x + 0.1 * drawn.standard_normal(x.shape) for name, x in denoise.init(P, cfg, drawn).params.items()}


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("activation", nn.ACTIVATIONS)
def test_slopes_are_those_of_the_loss(activation, masked) -> None:
    cfg = replace(SMALL, activation=activation, masked=masked)
    params = params_of(cfg)
    found = denoise.gradient(params, P, SEEN, cfg)
    for name, x in params.items():
        slopes = np.empty_like(x)
        for at in np.ndindex(x.shape):
            ends = []
            for h in (1e-6, -1e-6):
                moved = x.copy()
                moved[at] += h
                ends.append(denoise.loss({**params, name: moved}, P, SEEN, cfg))
            slopes[at] = (ends[0] - ends[1]) / 2e-6
        np.testing.assert_allclose(found[name], slopes, rtol=1e-6, atol=1e-8)


def test_what_is_not_known_has_no_say_and_unmasked_it_does() -> None:
    blind = KNOWN.copy()
    blind[:, 4] = 0
    part = Pictures.of(X, blind)
    params = params_of(SMALL)
    g = denoise.gradient(params, part, SEEN * blind, SMALL)
    assert not g["V"][:, 4].any()
    assert g["c"][4] == 0
    assert not g["A"][4].any()
    other = Pictures(X * blind + 9 * (1 - blind), blind, part.mu)  # whatever stands where nothing is known
    for name, slope in denoise.gradient(params, other, SEEN * blind, SMALL).items():
        np.testing.assert_array_equal(slope, g[name])
    assert denoise.gradient(params, part, SEEN * blind, replace(SMALL, masked=False))["c"][4] != 0


def test_a_pixel_equal_to_the_mean_is_no_hole() -> None:
    even = Pictures(np.full((2, 12), 0.5), np.ones((2, 12)), 0.5)
    params = {**params_of(SMALL), "c": np.full(12, 0.3)}
    assert denoise.gradient(params, even, even.known, SMALL)["c"].all()


def test_what_goes_in_is_made_up_for_by_the_share_that_is_seen() -> None:
    z = denoise.seen(X, SEEN, 0.4)
    for row, x, m in zip(z, X, SEEN, strict=True):
        np.testing.assert_allclose(row, [12 / m.sum() * (v - 0.4) if here else 0 for v, here in zip(x, m, strict=True)])
    assert not denoise.seen(X, np.zeros_like(X), 0.4).any()


@pytest.mark.parametrize("masked", [True, False])
def test_three_steps_agree_with_torch(masked) -> None:
    torch = authority.torch()
    cfg = replace(SMALL, masked=masked)
    params = denoise.init(P, cfg, np.random.default_rng(2)).params
    theirs = {name: torch.tensor(x, requires_grad=True) for name, x in params.items()}
    adam = torch.optim.Adam(theirs.values(), lr=cfg.rule.rate)
    moments = nn.at_rest(params)
    m, x, known = (torch.tensor(a) for a in (SEEN, P.X, P.known))
    for _ in range(3):
        z = m * (x - P.mu) * x.shape[1] / m.sum(dim=1, keepdim=True)
        x_hat = torch.tanh(z @ theirs["A"] + theirs["a"]) @ theirs["V"] + theirs["c"] + P.mu
        wrong = (x - x_hat) ** 2
        J = (wrong * known).sum() / known.sum() if masked else wrong.mean()
        adam.zero_grad()
        J.backward()
        adam.step()
        params, moments = nn.step(params, denoise.gradient(params, P, SEEN, cfg), moments, cfg.rule)
    for name, x_ours in params.items():
        np.testing.assert_allclose(x_ours, theirs[name].detach().numpy(), rtol=1e-10, atol=1e-12)


def test_any_state_resumes_bit_for_bit_and_every_picture_is_used_once() -> None:
    run = list(islice(denoise.states(P, SMALL, seed=4), 4))
    again = denoise.sweep(run[2], P, SMALL, np.random.default_rng([4, 3]))
    np.testing.assert_array_equal(again.params["A"], run[3].params["A"])
    assert [s.moments.steps for s in run] == [0, 3, 6, 9]  # seven pictures in batches of three


def test_every_batch_every_pass_and_every_seed_has_noise_of_its_own(monkeypatch) -> None:
    """What is hidden is looked at where slopes are asked for: of 60 pictures of which all is known, 20 at a time."""
    whole = Pictures.of(np.random.default_rng(5).random((60, 12)), np.ones((60, 12)))
    cfg = replace(SMALL, batch=20, rho=0.3)
    seen: list[np.ndarray] = []
    real = denoise.gradient
    monkeypatch.setattr(denoise, "gradient", lambda params, P, m, cfg: seen.append(m) or real(params, P, m, cfg))
    for seed in (0, 1):
        list(islice(denoise.states(whole, cfg, seed), 4))
    assert len(seen) == 2 * 3 * 3
    assert all(set(np.unique(m)) == {0.0, 1.0} for m in seen)
    rows = np.concatenate(seen)
    assert abs((1 - rows).mean() - 0.3) < 5 * np.sqrt(0.3 * 0.7 / rows.size)
    for n, m in enumerate(seen):
        for other in seen[:n]:
            # Of two independent draws 0.3² + 0.7² of the pixels agree.
            assert abs((m == other).mean() - 0.58) < 5 * np.sqrt(0.58 * 0.42 / m.size)


def test_one_picture_is_learnt_by_heart() -> None:
    one = Pictures.of(X[:1], np.ones((1, 12)))
    cfg = replace(SMALL, rho=0.0, rule=nn.Rule(rate=0.01))
    last = next(islice(denoise.states(one, cfg), 800, None))
    np.testing.assert_allclose(denoise.complete(last, one.X, one.known, cfg), one.X, atol=1e-3)


@pytest.fixture(scope="module")
def faces():
    drawn = pictures.faces(1100, seed=0).astype(np.float32)
    return drawn[:1000], drawn[1000:]


def trained(P: Pictures, cfg: Config) -> denoise.State:
    return next(islice(denoise.states(P, cfg), 12, None))


def test_noise_in_training_fills_holes_and_beats_a_copy_and_the_mean_picture(faces) -> None:
    learn, new = faces
    P = Pictures.of(learn, np.ones_like(learn))
    noisy, copying = Config(rho=0.5), Config(rho=0.0)
    m = pictures.damage(len(new), "pixels", 0.5, seed=1).astype(np.float32)
    found = {
        cfg.rho: denoise.rmse_hidden(new, denoise.complete(trained(P, cfg), new, m, cfg), m) for cfg in (noisy, copying)
    }
    mean = denoise.rmse_hidden(new, np.broadcast_to(learn.mean(axis=0), new.shape), m)
    assert found[0.5] < 0.7 * mean < mean < denoise.rmse_hidden(new, m * new, m)  # a copy leaves the holes black
    assert found[0.5] < 0.8 * found[0.0]


def test_unmasked_it_learns_the_holes(faces) -> None:
    """Of training pictures with holes, each counted as black, it learns to draw what is too dark."""
    learn, new = faces
    known = pictures.damage(len(learn), "pixels", 0.4, seed=3).astype(np.float32)
    whole = np.ones_like(new)
    masked, not_masked = (
        denoise.complete(trained(Pictures.of(learn, known), cfg), new, whole, cfg).mean()
        for cfg in (Config(), Config(masked=False))
    )
    np.testing.assert_allclose(masked, new.mean(), rtol=0.05)
    np.testing.assert_allclose(not_masked, 0.6 * new.mean(), rtol=0.1)


@pytest.mark.parametrize(
    "bad",
    [
        dict(hidden=0),
        dict(hidden=2.5),
        dict(rho=1.0),
        dict(rho=-0.1),
        dict(batch=0),
        dict(batch=2.0),
        dict(activation="step"),
    ],
)
def test_settings_out_of_range_are_refused(bad) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        Config(**bad)


def test_a_picture_of_which_nothing_is_known_is_refused() -> None:
    with pytest.raises(ValueError, match="known pixel"):
        Pictures.of(X, np.zeros_like(X))


def test_only_what_was_hidden_is_scored_and_something_must_be() -> None:
    m = np.array([[1.0, 0.0, 0.0]])
    assert denoise.rmse_hidden(np.array([[0.0, 1.0, 1.0]]), np.array([[9.0, 0.5, 0.9]]), m) == pytest.approx(0.13**0.5)
    with pytest.raises(ValueError, match="nothing to complete"):
        denoise.rmse_hidden(X, X, np.ones_like(X))


@pytest.mark.parametrize("blind", [None, "held", "near"])
@pytest.mark.parametrize("rule", [nn.Rule("sgd", 1e3), nn.Rule("adam", 1e6)])
def test_a_rate_too_large_is_said_and_the_passes_before_it_are_kept(rule, blind, monkeypatch) -> None:
    """By the parameters alone and by what comes out alone, each where the other looks away."""
    if blind:
        monkeypatch.setattr(denoise.descent, blind, lambda *given: None)
    cfg = replace(SMALL, activation="identity", rule=rule)
    kept = []
    with pytest.raises(DivergedError, match="learning rate too large at epoch") as error:
        kept.extend(islice(denoise.states(P, cfg), 20))
    assert [s.t for s in kept] == list(range(error.value.t))
    assert error.value.last is kept[-1]
    assert np.isfinite(denoise.complete(kept[-1], P.X, P.known, cfg)).all()
    assert denoise.loss(kept[-1].params, P, P.known, cfg) < 100
