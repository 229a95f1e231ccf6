"""The pictures of chapter 15: titled, described, small, and true to the points they are given."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from mfcore import data, ladder, scaling
from mfcore.scaling import Point
from mfcore.storage import NOTES, Size
from mfview import measured, rungs, style
from mfview.figures import full_size, scale, storage

PALETTES = pytest.mark.parametrize("palette", [style.LIGHT, style.DARK], ids=["light", "dark"])
SIZES = (1_000, 10_000, 100_000, 1_000_000)


def point(rung: str, n: int, seconds: float, beside: int | None = 5_000) -> Point:
    N, M = round(5 * n**0.5), round(3.5 * n**0.5)
    return Point(rung, Size(N, M, n, 10), seconds, 24 * n, beside)


# Two rungs whose slopes are 1 and ½, given out of order.
POINTS = [point("row", n, 1e-4 * n**0.5) for n in reversed(SIZES)] + [point("number", n, 2e-6 * n) for n in SIZES[:3]]


def described(fig: go.Figure) -> str:
    assert fig.layout.title.text
    assert fig.layout.xaxis.title.text
    assert len(fig.to_json()) < 200_000
    return style.alt_of(fig)


def named(fig: go.Figure, start: str) -> go.Scatter:
    return next(trace for trace in fig.data if (trace.name or "").startswith(start))


@PALETTES
def test_times_are_drawn_by_size_on_log_axes_with_the_slope_of_each(palette: style.Palette) -> None:
    fig = scale.times(POINTS, palette, 10)
    assert fig.layout.xaxis.type == fig.layout.yaxis.type == "log"
    row = named(fig, rungs.NAMES["row"])
    assert list(row.x) == list(SIZES)
    np.testing.assert_allclose(row.y, [1e-4 * n**0.5 for n in SIZES])
    assert row.name.endswith("slope 0.50")
    assert named(fig, rungs.NAMES["number"]).name.endswith("slope 1.00")
    alt = described(fig)
    assert "one number at a time 200 ms at 100,000, slope 1.00" in alt
    low, high = fig.layout.yaxis.range
    assert low < np.log10(min(row.y)) < np.log10(max(row.y)) < high


def test_one_size_is_drawn_without_a_slope() -> None:
    assert "slope" not in described(scale.times(POINTS[:1], style.LIGHT, 10))


def test_a_slope_is_read_off_the_last_sizes_alone() -> None:
    flat = [
        point("compiled", n, s) for n, s in zip((10, 100, *SIZES), (1.0, 1.0, 1.0, 10.0, 100.0, 1000.0), strict=True)
    ]
    line = rungs.growth(flat)
    assert line is not None
    assert line.slope == pytest.approx(1.0)


def test_what_was_measured_before_stays_thin_and_out_of_the_legend() -> None:
    before = [point("row", n, 1.0) for n in SIZES]
    fig = scale.times(POINTS, style.LIGHT, 10, before)
    thin = [trace for trace in fig.data if trace.name is None]
    assert [list(trace.y) for trace in thin] == [[1.0] * 4]
    assert not thin[0].showlegend


@PALETTES
def test_memory_tells_the_ratings_from_what_a_sweep_adds(palette: style.Palette) -> None:
    points = [*POINTS, point("product", 1_000_000, 1.0, None)]
    fig = scale.memory(points, palette, 10)
    assert list(named(fig, "ratings in a dict").y) == [24 * n for n in SIZES[:3]]
    assert list(named(fig, rungs.NAMES["row"]).y) == [5_000] * 4
    assert rungs.NAMES["product"] not in {trace.name for trace in fig.data}  # it was not traced
    assert "one row at a time 5 kB besides at 1,000,000" in described(fig)


@PALETTES
def test_work_is_seconds_against_counted_multiplications(palette: style.Palette) -> None:
    fig = scale.work(POINTS, palette)
    number = named(fig, rungs.NAMES["number"])
    assert list(number.x) == [scaling.operations(p.size) for p in POINTS if p.rung == "number"]
    for guide, rate in zip((t for t in fig.data if t.name is None), scale.RATES, strict=True):
        np.testing.assert_allclose(np.divide(guide.x, guide.y), rate)
    assert "Multiplications a second" in described(fig)


@PALETTES
def test_full_size_shows_the_middle_its_ends_and_both_in_words(palette: style.Palette) -> None:
    found = {
        "number": [(60.0, 120.0, 600.0), (3600.0, 7200.0, 9000.0)],
        "compiled": [(0.1, 0.2, 0.3), (20.0, 30.0, 40.0)],
    }
    fig = full_size.at_full_size(found, ["few", "all"], palette)
    few, every = fig.data
    assert (list(few.x), list(every.x)) == ([120.0, 0.2], [7200.0, 30.0])
    np.testing.assert_allclose(few.error_x.array, [480.0, 0.1])
    np.testing.assert_allclose(few.error_x.arrayminus, [60.0, 0.1])
    assert list(every.text) == ["2 hours", "30 s"]
    alt = described(fig)
    assert "one number at a time, few, 2 minutes" in alt
    assert "compiled, all, 30 s" in alt


def test_beside_float32_every_array_says_how_wide_its_numbers_are() -> None:
    fig = storage.memory(scaling.stores(NOTES, POINTS[-1]), "all", style.LIGHT)
    names, widths = list(fig.data[0].y), {"dense, float64": 8 * 3.38e9, "CSR by row, float64": 12 * 20e6 + 4 * 130_001}
    assert [name for name in names if "float" not in name] == ["dict and lists"]
    for name, size in widths.items():
        assert fig.data[0].x[names.index(name)] == size
    assert {text.split()[-1] for text in fig.layout.xaxis.ticktext} <= {"MB", "GB", "TB"}


@PALETTES
def test_differences_stand_where_they_are_and_equal_ones_at_the_edge(palette: style.Palette) -> None:
    apart = {"float64": {"row": 3e-16, "product": 0.0}, "float32": {"row": 2e-7, "product": 1e-6}}
    fig = full_size.agreement(apart, "number", palette, "9 ratings")
    assert fig.data[0].x[0] == 3e-16
    assert 0 < fig.data[0].x[1] < 3e-16
    assert list(fig.data[0].text) == ["3e−16", "0"]
    assert list(fig.data[1].text) == ["2e−7", "1e−6"]
    assert "one row at a time in float32 2e−7" in described(fig)
    low, high = fig.layout.xaxis.range
    assert all(low < np.log10(x) < high for trace in fig.data for x in trace.x)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        *((3e-8, "30 ns"), (4.5e-6, "4.5 µs"), (0.00031, "310 µs"), (0.012, "12 ms"), (1.0, "1 s"), (59.0, "59 s")),
        *((252.0, "4.2 minutes"), (9000.0, "2.5 hours"), (3 * 86400.0, "3 days"), (3.2e9, "101 years")),
    ],
)
def test_times_read_aloud(seconds: float, said: str) -> None:
    assert rungs.duration(seconds) == said


def test_every_rung_has_a_name_and_a_look_of_its_own() -> None:
    assert {r.key for r in ladder.RUNGS} < set(rungs.NAMES)
    for palette in (style.LIGHT, style.DARK):
        assert len({rungs.look(key, palette) for key in rungs.NAMES}) == len(rungs.NAMES)


def test_the_measurement_that_comes_along_is_whole() -> None:
    shipped = measured.shipped()
    assert shipped.machine
    for k in measured.KS:
        own = rungs.by_rung(shipped.of(k))
        assert set(own) == {r.key for r in ladder.RUNGS} | {rungs.CLUSTER}
        for rung, points in own.items():
            sizes = [p.size.n for p in points]
            asked = measured.LARGER if rung == rungs.CLUSTER else measured.SIZES
            assert sizes == list(asked[: len(sizes)])  # a rung stops growing, it skips nothing
            assert len(sizes) >= rungs.LAST
            assert all(p.seconds > 0 and p.kept > 0 for p in points)
    assert shipped.of(999) == ()
    assert set(shipped.apart) == set(measured.DTYPES)
    assert 0 < shipped.apart["float64"] < 1e-12 < shipped.apart["float32"] < 1e-4


def test_measuring_again_writes_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    for name, value in (("KS", (2,)), ("SIZES", (100, 200)), ("LARGER", (200,)), ("ROUNDS", 2)):
        monkeypatch.setattr(measured, name, value)
    said: list[str] = []
    held = json.loads(measured.build(said.append))
    found = [measured._point(p) for p in held["points"]]
    climbed = [(r.key, n) for r in ladder.RUNGS for n in (100, 200)]
    assert sorted((p.rung, p.size.n) for p in found) == sorted([*climbed, ("cluster", 200)])
    assert len(said) == 4
    assert held["digest"] == data.load("planted")[0].digest
    assert held["apart"] == pytest.approx(measured.shipped().apart, rel=10)
    assert held["machine"] == measured.machine()


def test_of_several_rounds_the_shortest_counts() -> None:
    slow, fast, other = point("row", 1_000, 3.0), point("row", 1_000, 2.0), point("row", 10_000, 1.0)
    assert measured.best([slow, fast, other, slow]) == (fast, other)
