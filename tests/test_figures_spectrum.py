"""The spectrum, its energy, and errors against k: what is drawn is what was found, in words too."""

import numpy as np
import pytest

from mfview import style
from mfview.figures import spectrum

S = np.array([9.0, 3.0, 1.0, 1e-17])


def test_kept_and_left_out_are_all_values_once() -> None:
    fig = spectrum.values(S, 2, unit="stars")
    kept, left = fig.data
    assert list(kept.x) == [1, 2]
    assert list(left.x) == [3]  # a 0 has no place on a log scale
    np.testing.assert_allclose([*kept.y, *left.y], S[:3], rtol=1e-4)
    assert "1 are 0 up to rounding" in style.alt_of(fig)
    small = np.array([1.0, 1e-5, 1e-9])
    np.testing.assert_allclose(np.concatenate([bar.y for bar in spectrum.values(small, 1, unit="stars").data]), small)
    assert fig.layout.yaxis.type == "log"
    assert "stars" in fig.layout.yaxis.title.text
    assert "first 2 are kept" in style.alt_of(fig)


def test_values_that_are_all_zero_are_drawn_all_the_same() -> None:
    fig = spectrum.values(np.zeros(3), 1, unit="stars")
    assert np.isfinite(np.concatenate([bar.y for bar in fig.data])).all()


@pytest.mark.parametrize("k", [1, 3, 99])
def test_energy_is_the_running_share_and_marks_k(k: int) -> None:
    shares = np.array([0.5, 0.8, 1.0])
    fig = spectrum.energy(shares, k)
    np.testing.assert_allclose(fig.data[0].y, [50, 80, 100], rtol=1e-5)
    at = min(k, 3)
    assert list(fig.data[1].x) == [at]
    assert fig.data[1].y[0] == pytest.approx(100 * shares[at - 1])
    assert f"{100 * shares[at - 1]:.1f} percent at k = {at}" in style.alt_of(fig)


LOOKS = {name: spectrum.Look("#123456", "solid", "circle") for name in ("a", "b", "far")}


def test_curves_are_drawn_but_those_far_above_are_named() -> None:
    found = {"a": [(1, 1.0), (2, 0.9)], "b": [(1, 1.2), (2, 1.1)], "far": [(1, 3.0), (2, 2.9)]}
    fig = spectrum.curves(found, LOOKS, title="Errors", y="RMSE")
    assert [trace.name for trace in fig.data] == ["a", "b"]
    np.testing.assert_allclose(fig.data[0].y, [1.0, 0.9], rtol=1e-5)
    assert "far, 2.90 at best" in fig.layout.annotations[0].text
    assert all(part in style.alt_of(fig) for part in ("a 0.9 at k = 2", "far 2.9 at k = 2"))
    logged = spectrum.curves(found, LOOKS, title="Errors", y="RMSE", log=True)
    assert len(logged.data) == 3
    assert not logged.layout.annotations


def test_before_anything_is_found_there_is_an_empty_frame() -> None:
    fig = spectrum.curves({}, LOOKS, title="Errors", y="RMSE")
    assert not fig.data
    assert "nothing found yet" in style.alt_of(fig)
