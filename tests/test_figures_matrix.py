"""The pictures of chapter 1: titled, labelled, described, small, and true to the numbers they are given."""

import numpy as np
import plotly.graph_objects as go
import pytest

from mfcore import data, overview, storage
from mfview import labels, style
from mfview.figures import matrix
from mfview.figures import storage as pictures

PALETTES = [style.LIGHT, style.DARK]
HOSTILE = "<b>Bold</b> & <a href='http://x'>link</a>"


def described(fig: go.Figure) -> str:
    assert fig.layout.title.text
    assert fig.layout.xaxis.title.text
    assert len(fig.to_json()) < 200_000
    return style.alt_of(fig)


@pytest.fixture(scope="module")
def R():
    return data.load("planted")[0]


@pytest.mark.parametrize("palette", PALETTES, ids=["light", "dark"])
def test_the_whole_matrix_shows_the_share_of_every_square(palette, R) -> None:
    seen = overview.tiles(R, np.arange(R.N), np.arange(R.M), (20, 30))
    fig = matrix.tiles(seen, R.N, R.M, "as stored", palette)
    drawn = np.asarray(fig.data[0].z)
    np.testing.assert_allclose(10.0 ** drawn[seen.share > 0], seen.share[seen.share > 0], rtol=1e-5)
    assert np.isnan(drawn[seen.share == 0]).all()
    assert fig.data[0].zmin < np.nanmin(drawn)
    alt = described(fig)
    assert f"{R.N}" in alt
    assert f"{seen.users} users and {seen.films} films" in alt
    assert fig.layout.plot_bgcolor == palette.missing
    assert fig.layout.yaxis.range[0] > fig.layout.yaxis.range[1]


def test_ratings_beyond_five_stars_have_colours_of_their_own() -> None:
    ratings = np.array([[-1.5, np.nan], [60.0, 100.0]])
    heat = matrix.cells(ratings, ["a", "b"], ["x", "y"], "as stored", style.LIGHT, stars=(-1.5, 100.0)).data[0]
    assert (heat.zmin, heat.zmax) == (-1.5, 100.0)
    assert (heat.colorbar.ticktext[0], heat.colorbar.ticktext[-1]) == ("-1.5", "100")


def test_the_picture_of_a_large_matrix_stays_small() -> None:
    share = np.random.default_rng(0).random((100, 130))
    described(matrix.tiles(overview.Tiles(share, 7, 70), 700, 9100, "as stored", style.LIGHT))


@pytest.mark.parametrize("named", [True, False])
def test_cells_say_what_they_are_and_titles_stay_text(named: bool) -> None:
    ratings = np.array([[0.0, np.nan], [4.5, 3.0]])
    fig = matrix.cells(ratings, ["Ana", "Bo"], [HOSTILE, "Night Marsh"], "as stored", style.LIGHT, named)
    hover = fig.data[0].hovertext
    assert hover[0][0].endswith("<br>0 stars")
    assert hover[0][1].endswith("<br>not rated")
    assert "<b>" not in fig.to_json().replace("\\u003c", "<")
    assert "3 of the 4 cells hold a rating" in described(fig)
    if named:
        assert list(fig.data[1].text) == ["0", "4.5", "3"]
        assert fig.layout.xaxis.ticktext[0] == labels.plain(HOSTILE)


def test_the_histogram_and_the_tails(R) -> None:
    values, counts = overview.histogram(R)
    fig = matrix.histogram(values, counts, R.mu, style.LIGHT)
    assert list(fig.data[0].y) == counts.tolist()
    assert f"{R.mu:.2f}" in described(fig)
    half = overview.holding(R.users_counts), overview.holding(R.items_counts)
    fig = matrix.tails(overview.ranked(R.users_counts), overview.ranked(R.items_counts), half, style.DARK)
    assert fig.layout.xaxis.type == fig.layout.yaxis.type == "log"
    assert f"{half[0]} of {R.N} users and {half[1]} of {R.M} films" in described(fig)


def test_memory_tells_measured_from_scaled(R) -> None:
    here = storage.measured(R)
    fig = pictures.memory(here, "the data in view", style.LIGHT)
    assert list(fig.data[0].x) == [s.bytes for s in here]
    assert set(fig.data[0].marker.pattern.shape) == {""}
    assert "scaled" not in described(fig)
    there = storage.expected(storage.NOTES, here, R.n)
    fig = pictures.memory(there, "130,000 × 26,000", style.LIGHT)
    assert [labels.size(v) for v in fig.layout.xaxis.tickvals] == list(fig.layout.xaxis.ticktext)
    hatched = [s for s, shape in zip(there, fig.data[0].marker.pattern.shape, strict=True) if shape]
    assert [s.name for s in hatched] == ["dict", "lil"]
    assert all(text.startswith("about") == (s in hatched) for s, text in zip(there, fig.data[0].text, strict=True))
    assert "27 GB (counted)" in described(fig)


@pytest.mark.parametrize(("k", "relation"), [(10, "fewer"), (500, "more")])
def test_sizes_say_who_is_smaller(k: int, relation: str) -> None:
    size = storage.Size(130_000, 26_000, 20_000_000, k)
    fig = pictures.sizes(size, style.LIGHT)
    assert list(fig.data[0].x) == [storage.cells(size), size.n, storage.parameters(size)]
    alt = described(fig)
    assert "3.38 billion cells" in alt
    assert f"{relation} than ratings" in alt


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        *((97_370, "97,370"), (1_560_000, "1.56 million"), (3.38e9, "3.38 billion"), (20e6, "20 million")),
        *((999_700_000, "1,000 million"), (-2e6, "-2 million"), (4e12, "4,000 billion")),
    ],
)
def test_amounts_read_aloud(n: float, shown: str) -> None:
    assert labels.amount(n) == shown


@pytest.mark.parametrize(
    ("n", "shown"),
    [(384, "384 bytes"), (1_202_736, "1.2 MB"), (27.04e9, "27 GB"), (5e15, "5,000 TB"), (999_700, "1,000 kB")],
)
def test_bytes_read_aloud(n: float, shown: str) -> None:
    assert labels.size(n) == shown


def test_one_is_singular() -> None:
    assert [labels.counted(n, "film") for n in (1, 2, 1200)] == ["1 film", "2 films", "1,200 films"]


def test_titles_stay_text() -> None:
    assert labels.plain(HOSTILE) == "&lt;b&gt;Bold&lt;/b&gt; &amp; &lt;a href='http://x'&gt;link&lt;/a&gt;"
    assert labels.markdown("a *b* [c](d) $e$ `f`\n# g") == r"a \*b\* \[c\]\(d\) \$e\$ \`f\` \# g"
    assert labels.decimal(-0.001) == "0.00"
    assert labels.decimal(-3.8, 1) == "−3.8"
