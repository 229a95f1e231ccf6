"""Priors in pictures: the axis is the prior's λ, entries are shared out, what is learnt is drawn sweep by sweep."""

import numpy as np
import pytest

from mfcore.study import Lengths, Mean
from mfview import style
from mfview.figures import lam_axis, priors

ROWS = [Mean(5, lam, 1, 0.5 + lam / 50, 1.0 + (lam - 5) ** 2 / 100, 0.0, Lengths(1, 1, 1, 1)) for lam in (0, 1, 5, 20)]


@pytest.mark.parametrize("sigma", [0.5, 1.0])
def test_errors_stand_at_lambda_over_sigma_squared(sigma) -> None:
    fig = priors.errors(ROWS, (0, 1, 5, 20), sigma, at=2.0)
    over = [lam / sigma**2 for lam in (0, 1, 5, 20)]
    np.testing.assert_allclose(fig.data[0].x, lam_axis.places(over, over))
    assert "λ<sub>prior</sub>" in fig.layout.xaxis.title.text
    assert f"λ = {5 / sigma**2:.3g}" in style.alt_of(fig)
    assert fig.layout.shapes[0].x0 == pytest.approx(np.log10(2.0))


def test_entries_are_shares_beside_the_prior() -> None:
    rng = np.random.default_rng(0)
    fig = priors.entries({"W": 0.3 * rng.standard_normal((200, 5)), "U": 0.1 * rng.standard_normal((50, 5))}, lam=4.0)
    W, U, prior = fig.data
    for trace in (W, U):
        assert np.sum(trace.y) * (trace.x[1] - trace.x[0]) == pytest.approx(1, rel=1e-3)
    assert max(prior.y) == pytest.approx(2 / np.sqrt(2 * np.pi), rel=1e-3)
    assert "The prior's is 0.500" in style.alt_of(fig)
    free = priors.entries({"W": np.ones((3, 2))}, lam=0.0)
    assert len(free.data) == 1
    assert "There is no prior" in style.alt_of(free)


def test_entries_that_are_all_zero_are_drawn_all_the_same() -> None:
    fig = priors.entries({"W": np.zeros((3, 2)), "U": np.zeros((3, 2))}, lam=1e12)
    assert all(np.isfinite(trace.y).all() for trace in fig.data)


def test_lines_are_what_was_found_and_powers_of_ten_are_few() -> None:
    found = {"σ": np.array([1.0, 0.8]), "λ": np.array([5.0, 1e12])}
    fig = priors.lines([0, 1], found, title="Learnt", over="sweep", y="value", log=True)
    assert [list(trace.x) for trace in fig.data] == [[0, 1], [0, 1]]
    np.testing.assert_allclose([trace.y for trace in fig.data], list(found.values()), rtol=1e-5)
    assert fig.layout.yaxis.type == "log"
    assert 2 <= len(fig.layout.yaxis.tickvals) <= 7
    assert "λ from 5 to 1e+12" in style.alt_of(fig)
    flat = priors.lines([1, 2], {"a": np.ones(2)}, title="t", over="k", y="stars")
    assert flat.layout.yaxis.type != "log"
    assert "against k" in style.alt_of(flat)
