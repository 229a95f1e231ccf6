"""Figures of autoencoders: numbers are the ones given, holes are empty, and each says in words what it shows."""

import numpy as np

from mfview import style
from mfview.figures import autoencoder, autoencoder_runs
from mfview.figures.autoencoder import Cell
from mfview.figures.autoencoder_runs import Look

CELLS = [
    Cell("Heat <1995>", 4.5, None, 4.31),
    Cell("Alien", 1.0, None, 1.6),
    Cell("Brazil", None, 3.0, 3.42),
    Cell("Fargo", None, None, 2.2),
]
CODE = np.array([0.2, -0.7, 0.1])


def by_text(fig) -> dict[str, object]:
    return {text: trace for trace in fig.data if trace.text is not None for text in trace.text}


def test_a_row_goes_in_and_comes_out_with_its_numbers() -> None:
    fig = autoencoder.network(CELLS, CODE, style.DARK, whose="User 7")
    into, out = (trace for trace in fig.data if trace.mode == "markers+text")
    assert list(into.text) == ["4.5", "1.0", "", ""]
    assert list(out.text) == ["4.3", "1.6", "3.4", "2.2"]
    assert list(into.marker.color[2:]) == [style.DARK.missing] * 2
    assert list(out.marker.line.color) == [style.DARK.train] * 2 + [style.DARK.test, style.DARK.grid]
    assert "was 3" in by_text(fig)
    assert "Heat &lt;1995&gt;" in by_text(fig)
    assert "2 ratings of User 7 go in" in style.alt_of(fig)
    assert "Brazil 3.4 (was 3)" in style.alt_of(fig)


def test_only_what_was_fed_is_wired_to_the_code_and_the_code_to_everything() -> None:
    fig = autoencoder.network(CELLS, CODE, whose="User 7")
    x = np.array(fig.data[0].x, float)
    starts = x[0::3]
    assert (starts == autoencoder.IN).sum() == 2 * len(CODE)
    assert (starts == autoencoder.CODE).sum() == len(CODE) * len(CELLS)


def test_the_code_is_coloured_by_its_sign_and_a_wide_one_is_cut() -> None:
    wide = np.linspace(-1, 2, 40)
    fig = autoencoder.network(CELLS, wide, whose="User 7")
    units = next(trace for trace in fig.data if trace.mode == "markers")
    np.testing.assert_allclose(units.marker.color, wide[: autoencoder.UNITS], rtol=1e-4)
    assert (units.marker.cmin, units.marker.cmax) == (-2, 2)
    assert "code of 40 numbers" in style.alt_of(fig)


def test_a_curve_in_the_making_keeps_the_axis_of_the_whole_run() -> None:
    for many in (1, 2, 5):
        fig = autoencoder_runs.learning([1.0, 0.9, 0.8, 0.7, 0.6][:many], [1.1] * many, 20, 1.05, style.DARK)
        assert fig.layout.xaxis.range == (0, 20)
        train, test, mean = fig.data
        assert len(train.y) == many
        assert (train.line.color, test.line.color) == (style.DARK.train, style.DARK.test)
        assert list(mean.y) == [1.05, 1.05]
        low, high = fig.layout.yaxis.range
        assert low < 0.6 if many == 5 else low < 1
        assert high > 1.1
    assert "in training from 1.000 to 0.600 stars" in style.alt_of(fig)


def test_curves_are_drawn_as_given_each_in_its_look() -> None:
    found = {"one": [(0, 0.5), (1, 0.25)], "two": [(0, 0.75)]}
    looks = {"one": Look("#111111", "dash"), "two": Look("#222222", "dot", "square")}
    fig = autoencoder_runs.curves(found, looks, title="T", x="x", y="y")
    for trace, (name, points) in zip(fig.data, found.items(), strict=True):
        np.testing.assert_allclose(np.column_stack([trace.x, trace.y]), points)
        assert (trace.line.color, trace.line.dash, trace.marker.symbol) == tuple(
            getattr(looks[name], part) for part in ("colour", "dash", "symbol")
        )
    assert "one from 0.500 to 0.250" in style.alt_of(fig)


def test_counts_become_steps_over_their_bins() -> None:
    edges = np.array([0.0, 1.0, 2.0, 3.0])
    fig = autoencoder_runs.spread({"a": np.array([5, 0, 7])}, edges, {"a": Look("#111111", "solid")}, 1.4)
    steps, mean = fig.data
    np.testing.assert_allclose(steps.x, [0, 1, 1, 2, 2, 3])
    np.testing.assert_allclose(steps.y, [5, 5, 0, 0, 7, 7])
    assert list(mean.x) == [1.4, 1.4]
    assert f"a lies around {(5 * 0.5 + 7 * 2.5) / 12:.2f}" in style.alt_of(fig)
