"""The network's benchmark: chosen on training ratings alone, MF is MF's, and on real splits it does no harm."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import accuracy, residual
from mfcore import als, data, fit
from mfcore.data.worlds import world


def test_mf_alone_is_what_als_scores_and_a_network_that_helps_is_seen_to() -> None:
    train, test = world("limit").ratings.split(test=0.2, seed=0)
    cfg = replace(residual.NETWORK, k=1, lam=1.0, lam_net=1e-5)
    alone, both = residual.scored(train, test, cfg, T=20)
    s = fit(als, train, cfg.alone(), cfg.sweeps, seed=0)
    assert alone == pytest.approx(accuracy.clipped_rmse(s, train, test))
    assert both < alone - 0.02


def test_no_test_rating_is_looked_at_before_the_score(monkeypatch: pytest.MonkeyPatch) -> None:
    train, _ = world("product", N=60, M=40).ratings.split(test=0.2, seed=0)
    monkeypatch.setattr(residual, "candidates", lambda: [als.Config(k=1, lam=lam, joint=True) for lam in (1.0, 1e5)])
    cfg, T = residual.choose(train)
    assert (cfg.k, cfg.lam) == (1, 1.0)
    assert 0 <= T <= residual.EPOCHS
    assert replace(cfg, k=5, lam=5.0, sweeps=15) == residual.NETWORK


def test_a_network_does_no_harm_on_the_official_splits(real_data: Path) -> None:
    """k, λ, sweeps and epochs as the training parts choose them on most splits."""
    cfg = replace(residual.NETWORK, k=5, lam=10.0, sweeps=30)
    splits = data.official_splits(real_data / "ml-100k.zip")
    alone, both = np.mean([residual.scored(train, test, cfg, 1) for train, test in splits], axis=0)
    assert both <= alone + 0.002
