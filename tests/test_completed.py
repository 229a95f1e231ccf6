"""What comes with chapter 12: every network and run is there, and trained now they come out the same."""

from dataclasses import replace

import numpy as np
import pytest

from mfcore import autorec, data, denoise, trials
from mfcore.data import pictures
from mfview import completed, noised


def test_every_network_is_there_and_no_other() -> None:
    for cfg, whole in completed.plans():
        s = completed.state(cfg, whole)
        assert s.params["A"].shape == (pictures.PIXELS, cfg.hidden)
        assert s.params["V"].shape == (cfg.hidden, pictures.PIXELS)
        assert s.mu == pytest.approx(completed.learnt_from(whole).mu)
    with pytest.raises(LookupError, match="no network"):
        completed.state(replace(completed.MASKED, rho=0.33), whole=True)


def test_a_network_trained_now_completes_as_the_shipped_one_does() -> None:
    cfg, x = completed.WHOLE[0.5], completed.new()
    m = pictures.damage(len(x), "pixels", 0.5, seed=9).astype(np.float32)
    fresh, shipped = (
        denoise.complete(s, x, m, cfg) for s in (completed.trained(cfg, whole=True), completed.state(cfg, whole=True))
    )
    assert denoise.rmse_hidden(x, fresh, m) == pytest.approx(denoise.rmse_hidden(x, shipped, m), rel=0.03)
    assert np.abs(fresh - shipped).mean() < 0.02


@pytest.mark.parametrize("kind", pictures.KINDS)
def test_errors_are_those_of_the_shipped_networks(kind) -> None:
    shipped, fresh = completed.errors(kind), completed.measured(kind)
    assert list(shipped) == list(fresh)
    for name, row in fresh.items():
        assert [share for share, _ in shipped[name]] == list(completed.SHARES)
        assert [error for _, error in shipped[name]] == pytest.approx(row, rel=1e-3)


def test_half_precision_loses_nothing_that_is_seen(monkeypatch) -> None:
    monkeypatch.setattr(completed, "COUNT", 100)
    monkeypatch.setattr(completed, "learnt_from", completed.learnt_from.__wrapped__)
    said: list[str] = []
    held = completed.build(said.append, passes=1)
    assert len(said) == len(completed.plans()) == len({*said})
    cfg, whole = completed.plans()[0]
    fresh = completed.trained(cfg, whole, passes=1)
    for part, x in fresh.params.items():
        np.testing.assert_allclose(held[f"{said[0]} {part}"], x, atol=1e-3)


def test_new_faces_are_not_those_it_learnt_from() -> None:
    learnt, new = completed.learnt_from(whole=True).X, completed.new()
    assert all(np.abs(learnt - x).mean(axis=1).min() > 0.005 for x in new)


def test_a_noisy_run_made_now_is_the_one_that_was_shipped() -> None:
    R, _ = data.load(noised.DATA)
    shipped = noised.find(R.digest, noised.CFG, noised.T, noised.SEED)
    assert shipped is not None
    assert tuple(row.rho for row in shipped) == noised.RHOS
    train, test = R.split(test=0.1, seed=noised.SEED)
    (fresh,) = trials.by_noise(train, test, noised.CFG, (0.9,), noised.T, noised.SEED)
    assert shipped[-1] == pytest.approx(fresh, rel=1e-3)


def test_runs_of_other_settings_are_not_there() -> None:
    R, _ = data.load(noised.DATA)
    assert noised.find(R.digest, replace(noised.CFG, lam=2.0), noised.T, noised.SEED) is None
    assert noised.find(R.digest, noised.CFG, noised.T + 1, noised.SEED) is None
    assert noised.find("other", noised.CFG, noised.T, noised.SEED) is None
    assert isinstance(noised.CFG, autorec.Config)
