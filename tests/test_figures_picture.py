"""Pictures of matrices: true values, holes that stay holes, ends that are cut, squares that are square."""

import numpy as np

from mfview import style
from mfview.figures import picture

P = np.array([[0.0, 0.5, 1.0], [np.nan, 1.4, -0.2]])


def test_grey_values_are_the_matrix_and_holes_stay_holes() -> None:
    fig = picture.grey(P, style.DARK, title="X", alt="Six cells.")
    z = np.asarray(fig.data[0].z)
    np.testing.assert_allclose(z, P, atol=1e-3)
    assert (fig.data[0].zmin, fig.data[0].zmax) == (0, 1)
    assert fig.data[0].colorscale[0][1] == "#000000"
    assert fig.layout.plot_bgcolor == style.DARK.highlight
    assert picture.grey(P[:1], title="X", alt="Three cells.").layout.plot_bgcolor == style.LIGHT.missing
    assert style.alt_of(fig) == "Six cells."


def test_rows_run_down_and_cells_are_square() -> None:
    fig = picture.grey(P, title="X", alt="Six cells.")
    assert fig.layout.yaxis.range == (1.5, -0.5)
    assert fig.layout.xaxis.range == (-0.5, 2.5)
    assert fig.layout.yaxis.scaleanchor == "x"


def test_signed_values_lie_evenly_around_zero() -> None:
    fig = picture.signed(np.array([[0.1, -0.4]]), title="T", alt="Two cells.")
    assert fig.data[0].zmin == -0.4
    assert fig.data[0].zmax == 0.4
    assert fig.data[0].colorscale[0][1].lower() == style.LIGHT.diverging[0][1].lower()
    flat = picture.signed(np.zeros((2, 2)), title="T", alt="Nothing.")
    assert flat.data[0].zmax > 0


def test_several_pictures_stand_two_in_a_row_each_under_its_title() -> None:
    grey = np.arange(9).reshape(3, 3) / 10
    shown = [picture.Panel("one", grey), picture.Panel("two", grey / 2), picture.Panel("three", None)]
    fig = picture.panels([*shown, picture.Panel("four", grey.T)], style.DARK, alt="Four pictures.")
    assert [trace.name for trace in fig.data] == ["one", "two", "four"]
    for trace, P in zip(fig.data, (grey, grey / 2, grey.T), strict=True):
        np.testing.assert_allclose(np.asarray(trace.z), P, atol=1e-3)
    one, two, four = fig.data
    assert one.y0 == two.y0 < four.y0
    assert one.x0 < two.x0 == four.x0
    titles = {note.text: (note.x, note.y) for note in fig.layout.annotations}
    for trace in fig.data:
        np.testing.assert_allclose(titles[trace.name], (trace.x0 - 0.5, trace.y0 - 0.5))
    assert titles["three"][0] == titles["one"][0]
    np.testing.assert_allclose(titles["?"], np.array(titles["three"]) + 1.5)
    (withheld,) = fig.layout.shapes
    assert (withheld.x0, withheld.y0) == titles["three"]
    np.testing.assert_allclose((withheld.x1 - withheld.x0, withheld.y1 - withheld.y0), 3)
    assert fig.layout.xaxis.range[1] >= two.x0 + 2.5
    assert fig.layout.yaxis.range[0] >= four.y0 + 2.5 > fig.layout.yaxis.range[1]
