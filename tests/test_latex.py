"""What is written is what is done: the LaTeX of every update and derivation, worked out on numbers."""

from dataclasses import replace

import numpy as np
import pytest

from mfcore import als
from mfcore.notation import equation_of
from mfview.derivations import plain
from tests import oracles
from tests.latex import Reader

USER, FILM, LAM = 2, 3, 0.7


def problem(biases: bool):
    R, rng = oracles.random_ratings(9, 8, 0.8, seed=4)
    return R, oracles.random_state(R, 3, rng, biases=biases)


def right_side(latex: str) -> str:
    return latex.rpartition("=")[2]


@pytest.mark.parametrize("lam", [0.3, LAM])
def test_the_equations_of_als_are_its_code(lam: float) -> None:
    R, s = problem(biases=True)
    cfg = als.Config(k=3, lam=lam)
    for update, own in ((als.update_W, "W"), (als.update_U, "U"), (als.update_b, "b"), (als.update_c, "c")):
        written = Reader(s, R, lam, USER, FILM).value(right_side(equation_of(update).latex))
        np.testing.assert_allclose(written, getattr(update(s, R, cfg), own)[USER if own in "Wb" else FILM], rtol=1e-9)
    predicted = right_side(equation_of(als.predict).latex)
    assert Reader(s, R, lam, USER, FILM).value(predicted) == pytest.approx(als.predict(s, USER, FILM))
    written = right_side(equation_of(als.objective).latex).replace(r"\hat r_{ij}", f"({predicted})")
    assert Reader(s, R, lam, USER, FILM).value(written) == pytest.approx(als.objective(s, R, cfg))


@pytest.mark.parametrize("lam", [0.0, LAM])
@pytest.mark.parametrize("block", ["W", "U"])
def test_every_line_of_a_derivation_is_true_as_it_is_written(block, lam) -> None:
    R, s = problem(biases=False)
    cfg = als.Config(k=3, lam=lam, biases=False)
    row = USER if block == "W" else FILM
    line = {step.name: step.latex for step in plain.of(block, cfg)}
    x = als.row(*((s, R) if block == "W" else (s.T, R.T)), cfg, row).x

    def moved(to):
        table = getattr(s, block).copy()
        table[row] = to
        return replace(s, **{block: table})

    def value(latex, state=s):
        return Reader(state, R, lam, USER, FILM).value(latex)

    def loss(to):
        return als.objective(moved(to), R, cfg)

    solved, own, h = moved(x), getattr(s, block)[row], 0.125
    slopes = [(loss(own + d) - loss(own - d)) / (2 * h) for d in h * np.eye(3)]
    np.testing.assert_allclose(value(right_side(line["Gradient"])), slopes, rtol=1e-9)
    np.testing.assert_allclose(value(line["Set to zero"].partition("=")[0], solved), 0, atol=1e-9)
    np.testing.assert_allclose(value(right_side(line["Solved"])), x, rtol=1e-9)
    for name, state in (("Rearranged", solved), ("Normal equations", solved), ("A matrix appears", s)):
        first, *others = [value(side, state) for side in line[name].split("=")]
        for other in others:
            np.testing.assert_allclose(other, first, rtol=1e-9)
    assert value(right_side(line["Objective"])) == pytest.approx(als.objective(s, R, cfg))
    change = [value(right_side(line["Own terms"]), state) for state in (solved, s)]
    assert change[1] - change[0] == pytest.approx(loss(own) - loss(x))
