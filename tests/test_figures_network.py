"""The network in pictures: cells hold the tables, the way back is the gradient, and curves are what ran."""

import numpy as np
import pytest

from mfcore import als, data, embedding, fit, nn
from mfview import descents, style
from mfview.derivations import network as derivation
from mfview.descents import Curve, Seen
from mfview.figures import layout, network, network_descent


def seen(Js, astray=0):
    return Curve(tuple(Seen(t, J, 0.9, 1.0 + J / 1e4, 0.1 * t + 0.01) for t, J in enumerate(Js)), astray)


@pytest.fixture(scope="module")
def drawn():
    R = data.load("tiny")[0]
    cfg = embedding.Config(k=3, lam=0.5, rule=nn.Rule("sgd", 0.1), batch=4, init_scale=1.0)
    s = fit(embedding, R, cfg, 2)
    i, j = 2, int(R.Psi(2)[1])
    pair = network.Rating(i, j, "Chidi", "a film", derivation.alone(R, cfg, i, j))
    return R, cfg, s, pair, network.graph(s, R, cfg, pair, 1.0)


def test_all_rows_of_small_tables_are_drawn_and_of_large_ones_the_ends_and_the_picked() -> None:
    assert network.shown_rows(6, 3) == (0, 1, 2, 3, 4, 5)
    assert network.shown_rows(100, 50) == (0, None, 49, 50, 51, None, 99)
    assert network.shown_rows(100, 0) == (0, 1, None, 99)
    assert network.shown_rows(100, 99) == (0, None, 98, 99)
    for at in range(30):
        rows = network.shown_rows(30, at)
        assert at in rows
        assert len(rows) <= network.MOST_ROWS
        numbers = [row for row in rows if row is not None]
        assert numbers == sorted(set(numbers))


def test_cells_hold_the_tables_and_the_picked_rows(drawn) -> None:
    _, _, s, pair, fig = drawn
    grids = [trace for trace in fig.data if trace.type == "heatmap"]
    for grid, table, bias, at in zip(grids, (s.W, s.U), (s.b, s.c), (pair.i, pair.j), strict=True):
        cells = [sorted(row[~np.isnan(row)]) for row in np.array(grid.z)]
        whole = [sorted([*row, b]) for row, b in zip(table, bias, strict=True)]
        assert cells == [*whole, [], whole[at]]
        assert len(grid.y) == len(cells) + 1
        assert len(grid.x) == s.W.shape[1] + 3


def test_the_way_back_is_the_gradient_and_the_way_forward_the_prediction(drawn) -> None:
    R, cfg, s, pair, fig = drawn
    g = embedding.gradient_of_one(s, R, cfg, pair.i, pair.j)
    texts = list(fig.data[-1].text)
    for slope in (*g.w, *g.u, g.b, g.c):
        assert f"{slope:.2f}".replace("-", "−") in texts
    words = " ".join(note.text for note in fig.layout.annotations)
    r_hat, loss = float(als.predict(s, pair.i, pair.j)), float(embedding.losses(s, pair.x)[0])
    for number in (f"e = {g.e:.2f}", f"r̂ = ŷ + μ = {r_hat:.2f}", f"ℓ = e² + L2 = {loss:.3f}", f"−2e = {-2 * g.e:.2f}"):
        assert number.replace("-", "−") in words
    assert f"{abs(g.e):.2f}" in style.alt_of(fig)


def test_without_a_rating_nothing_goes_back(drawn) -> None:
    R, cfg, s, pair, _ = drawn
    fig = network.graph(s, R, cfg, pair._replace(x=None), 1.0)
    words = " ".join(note.text for note in fig.layout.annotations)
    assert "no rating, no target" in words
    assert "∂ℓ" not in words
    assert "nothing goes back" in style.alt_of(fig)


def test_errors_are_drawn_as_they_are() -> None:
    fig = network_descent.shrinking([2.0, -1.0, 0.5], 1)
    np.testing.assert_allclose(fig.data[0].y, [2.0, -1.0, 0.5])
    assert list(fig.data[1].y) == [-1.0]
    assert "−1.00 after step 1" in style.alt_of(fig)


@pytest.mark.parametrize("what", ["J", "test"])
@pytest.mark.parametrize("by", ["epochs", "seconds"])
def test_curves_leave_out_the_start_and_light_the_chosen(what, by) -> None:
    runs = {"ALS": seen([900, 300, 200]).seen, "SGD": seen([900, 500, 400]).seen, "Adam": seen([900, 450]).seen}
    fig = network_descent.curves(runs, "SGD", what, by)
    assert [trace.name for trace in fig.data] == ["ALS", "SGD", "Adam"]
    assert fig.data[1].line.color == style.LIGHT.highlight
    for trace, rows in zip(fig.data, runs.values(), strict=True):
        np.testing.assert_allclose(trace.y, [getattr(one, what) for one in rows[1:]], rtol=1e-5)
        np.testing.assert_allclose(trace.x, [one.t if by == "epochs" else one.seconds for one in rows[1:]], rtol=1e-5)
    assert (fig.layout.xaxis.type == "log") == (by == "seconds")


@pytest.mark.parametrize("palette", [style.LIGHT, style.DARK], ids=["light", "dark"])
def test_every_descent_has_a_colour_of_its_own_and_keeps_it(palette) -> None:
    runs = {name: seen([900, 500, 400]).seen for name in ("ALS", "SGD", "momentum", "Adam")}
    tones = {}
    for chosen in runs:
        drawn = network_descent.curves(runs, chosen, "J", "epochs", palette).data
        assert len({trace.line.color for trace in drawn}) == len(runs)
        for trace in drawn:
            if trace.name != chosen or chosen == "ALS":
                assert tones.setdefault(trace.name, trace.line.color) == trace.line.color


@pytest.mark.parametrize("T", [1, 2, 9, 10, 11, 20, 30, 60, 200])
def test_epochs_are_counted_in_whole_numbers_and_few_of_them(T) -> None:
    step = layout.whole(T)["dtick"]
    assert step == int(step) >= 1
    assert T / step <= 10
    few = network_descent.curves({"ALS": seen([9.0] * (T + 1)).seen}, "ALS", "J", "epochs")
    assert few.layout.xaxis.dtick == step


def test_a_run_with_no_epoch_yet_is_not_drawn() -> None:
    fig = network_descent.curves({"ALS": seen([9, 3]).seen, "Adam": seen([9]).seen}, "Adam", "J", "epochs")
    assert [trace.name for trace in fig.data] == ["ALS"]


def test_rates_that_are_lost_are_marked_and_the_others_end_where_they_end() -> None:
    curves = {0.1: seen([900, 800]), 1.0: seen([900, 300]), 10.0: seen([900], astray=1)}
    fig = network_descent.ends(curves, 1.0, 1)
    assert list(fig.data[0].x) == [0.1, 1.0]
    assert list(fig.data[0].y) == [800, 300]
    assert list(fig.data[1].x) == [10.0]
    assert "It is lowest, 300, at η = 1. Rates 10 " in style.alt_of(fig)
    assert descents.lowest(curves) == 1.0


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ((700, 500, 300), "It is lowest, 300, at η = 10. The line"),
        ((300, 500, 300), "It is lowest, 300, at η = 0.1, 10. The line"),
        ((0, 500, 300), "It is lowest, 0, at η = 0.1. The line"),
        ((), "learning rate. Rates 0.1, 1, 10 diverged. The line"),
    ],
    ids=["at an edge", "a tie", "exactly", "nowhere"],
)
def test_of_the_rates_no_more_is_told_than_holds(ends, told) -> None:
    found = [seen([900, J]) for J in ends] or [seen([900], astray=1)] * 3
    said = style.alt_of(network_descent.ends(dict(zip((0.1, 1.0, 10.0), found, strict=True)), 1.0, 1))
    assert told in said
    assert "higher" not in said


def test_curves_far_apart_share_one_floor_and_are_told_as_they_are() -> None:
    """ALS meets ratings exactly where λ = 0; a curve drawn at its own floor would lie ten decades below the others."""
    runs = {"ALS": seen([900, 1e-9, 1e-12]).seen, "Adam": seen([900, 400, 40]).seen}
    fig = network_descent.curves(runs, "Adam", "J", "epochs")
    y = np.concatenate([trace.y for trace in fig.data])
    assert y.max() <= 1.1e6 * y.min()
    assert 2 <= sum(y.min() <= tick <= y.max() for tick in fig.layout.yaxis.tickvals) <= 8
    assert "ALS 1e-12" in style.alt_of(fig)
    assert fig.data[0].customdata[-1].endswith(": 1e-12")


def test_a_panel_ends_in_a_cross_where_it_is_lost() -> None:
    fig = network_descent.panel(seen([900, 5000], astray=2), "η = 10", (200.0, 1440.0), 20)
    assert list(fig.data[0].y) == [900, 1440]
    assert (fig.data[1].x[-1], fig.data[1].y[-1]) == (2, 1440)
    assert "diverges at epoch 2" in style.alt_of(fig)
    assert len(network_descent.panel(seen([900, 300]), "η = 1", (200.0, 1440.0), 20).data) == 1


def test_parallel_curves_are_a_constant_apart() -> None:
    t, J = np.array([0, 1, 10]), np.array([50.0, 20.0, 8.0])
    fig = network_descent.parallel(t, J, J + 15, (7.9, 22.9))
    lines = [trace for trace in fig.data if trace.mode == "lines"]
    np.testing.assert_allclose(lines[0].y - lines[1].y, 15)
    assert "always 15 apart" in style.alt_of(fig)


def test_ratings_met_exactly_are_drawn_all_the_same() -> None:
    still = seen([0.0, 0.0, 0.0])
    for fig in (
        network_descent.curves({"ALS": still.seen}, "SGD", "J", "epochs"),
        network_descent.ends({1.0: still}, 1.0, 2),
        network_descent.panel(still, "η = 1", (0.0, 0.0), 2),
    ):
        assert all(np.isfinite(np.asarray(trace.y, float)).all() for trace in fig.data)
        assert all(tick > 0 for tick in fig.layout.yaxis.tickvals)
