"""Chapter 7's page: its numbers are the library's, slips are shown, odd links get a message."""

from functools import partial
from itertools import islice

import numpy as np
import pytest
from scipy.stats import norm

from mfapp import pmf as shared
from mfapp import pmf_learnt, pmf_surface, runs
from mfcore import als, fit, growth, metrics, pmf, steps, study, surface
from mfcore.data import planted
from mfview import precomputed
from tests import pages
from tests.pages import alts, drawn, latex, press, text, trace

open_page = partial(pages.open_page, "pmf")

RATING, PLANE, PROOF = "One rating", "Two parameters", "MAP = ridge (E5)"
PRIOR, OVERFIT, LEARNT = "Strong or weak", "MLE and k", "σ and λ learnt (E4)"
VIEWS = [RATING, PLANE, PROOF, PRIOR, OVERFIT, LEARNT]
START = pmf_surface.STARTS[pmf_surface.TASTES]
REVEAL = "Show the answer without a guess"


def revealed(at):
    """The page with every prediction settled."""
    while any(b.label == REVEAL for b in at.button):
        press(at, REVEAL)
    return at


def finished(at):
    """The page once its job is done."""
    for _ in range(80):
        if not any(b.label == "Cancel" for b in at.button):
            return at
        at.run()
    raise AssertionError("the job does not end")


@pytest.mark.parametrize("name", ["ml-small", "planted", "tiny"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_on_all_data(view, name) -> None:
    at = open_page(view=view, data=name)
    assert not at.error
    assert not at.warning


@pytest.mark.parametrize("stars", [4.0, 50.0])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_on_ratings_that_are_all_alike(view, stars) -> None:
    at = finished(revealed(open_page(view=view, own=pages.alike(stars))))
    assert not at.error
    assert not at.warning
    assert alts(at) or view == PROOF
    if view == RATING:
        for one in drawn(at, "Which σ makes")["data"]:
            assert np.isfinite(one["y"]).all()
    if view == LEARNT:
        assert "the predictions are no better for it" in text(at)


def test_one_rating_has_the_log_density_that_scipy_says() -> None:
    at = open_page(data="tiny", sigma="0.5", prior="2", k="2", user="Ana", item="Wrong Tuba")
    ds = runs.dataset("tiny")
    i, j = 0, ds.labels.index("Wrong Tuba")
    train, _ = ds.R.split(test=0.1, seed=0)
    s = fit(als, train, als.Config(k=2, lam=2 * 0.25, joint=True), T=shared.T)
    mean, r = float(als.predict(s, i, j)), ds.R.of_user(i)[1][0]
    assert f"= {norm.logpdf(r, mean, 0.5):.3f}" in latex(at)
    assert f"with mean {mean:.2f}" in alts(at)
    assert f"density there {norm.pdf(r, mean, 0.5):.3f}" in text(at)


def test_a_film_nobody_asked_for_gets_a_bet() -> None:
    at = open_page(data="tiny", user="Fatou", item="Wrong Tuba", sigma="1")
    assert f"has probability {norm.cdf(1) - norm.cdf(-1):.0%}" in text(at)


def test_the_likeliest_sigma_is_the_rmse_and_comes_after_a_guess() -> None:
    at = open_page(data="planted")
    assert "The likeliest σ" not in text(at)
    revealed(at)
    ds = runs.dataset("planted")
    s = shared.fitted(ds, 5, 0.8, 15.0, 0)
    train, test = runs.split(ds, ds.key, 0)
    seen, unseen = (metrics.rmse(pmf.predict(s, part.i, part.j), part.r) for part in (train, test))
    assert f"{seen:.3f} on training ratings, {unseen:.3f} on test ratings" in text(at)
    train_line, train_top, test_line, test_top = drawn(at, "Which σ makes")["data"]
    for line, top, part, rmse in ((train_line, train_top, train, seen), (test_line, test_top, test, unseen)):
        assert top["x"] == [pytest.approx(rmse)]
        e = part.r - pmf.predict(s, part.i, part.j)
        expected = [norm.logpdf(e, scale=sigma).mean() for sigma in line["x"]]
        np.testing.assert_allclose(line["y"], expected, rtol=1e-3)


def test_the_climb_arrives_where_the_jump_does() -> None:
    at = open_page(view=PLANE, sweeps="100", user="Bo", rate="0.01")
    made = planted.tiny()
    plane = surface.taste(made.ratings, 1, made.truth.U, pmf_surface.SIGMA, 0.0)
    top = surface.jumps(plane, START, 1).points[-1]
    height = pmf.log_posterior(plane.at(*top), plane.R, plane.cfg)
    assert text(at).count(f"**{height:.3f}**".replace("-", "−")) >= 1
    assert f"MLE at ({top.x:.2f}, {top.y:.2f})" in alts(at)
    bent = surface.taste(made.ratings, 1, made.truth.U, pmf_surface.SIGMA, pmf_surface.PRIOR)
    top = surface.jumps(bent, START, 1).points[-1]
    assert f"MAP at ({top.x:.2f}, {top.y:.2f})" in alts(at)


@pytest.mark.parametrize("plane", pmf_surface.PLANES)
def test_the_panels_are_likelihood_prior_and_their_sum_and_the_ways_are_two(plane) -> None:
    sweeps, lam = 7, 3.0
    at = open_page(view=PLANE, plane=plane, sweeps=str(sweeps), prior=f"{lam:g}")
    shown = {name: drawn(at, name)["data"][0] for name in ("Likelihood", "Prior", "Posterior")}
    bent = pmf_surface._plane(plane, pmf_surface.USER if plane == pmf_surface.TASTES else 0, pmf_surface.SIGMA, lam)
    x, y = shown["Posterior"]["x"], shown["Posterior"]["y"]
    for m, n in ((0, 0), (5, 30), (30, 8), (20, 20)):
        s = bent.at(float(x[n]), float(y[m]))
        parts = [density(s, bent.R, bent.cfg) for density in (pmf.log_likelihood, pmf.log_prior)]
        for name, expected in zip(("Likelihood", "Prior", "Posterior"), (*parts, sum(parts)), strict=True):
            assert shown[name]["customdata"][m][n] == pytest.approx(expected, rel=2e-3, abs=2e-3)
    free = pmf_surface._plane(plane, pmf_surface.USER if plane == pmf_surface.TASTES else 0, pmf_surface.SIGMA, 0.0)
    start = pmf_surface.STARTS[plane]
    first = drawn(at, "The likelihood, and two ways up")
    ways = {"gradient": surface.climb(free, start, 0.03, sweeps), "closed form": surface.jumps(free, start, sweeps)}
    for name, way in ways.items():
        line = trace(first, name)
        np.testing.assert_allclose(np.c_[line["x"], line["y"]], way.points, rtol=1e-4)
    up = trace(drawn(at, "Posterior"), "gradient")
    np.testing.assert_allclose(np.c_[up["x"], up["y"]], surface.climb(bent, start, 0.03, sweeps).points, rtol=1e-4)


def test_of_one_rating_every_likeliest_point_and_both_tops_are_marked() -> None:
    at = open_page(view=PLANE, plane=pmf_surface.PRODUCT, prior="1")
    for title in ("The likelihood, and two ways up", "Likelihood", "Posterior"):
        curve = trace(drawn(at, title), "wu = 4, all MLE")
        products = np.asarray(curve["x"], float) * np.asarray(curve["y"], float)
        np.testing.assert_allclose(products[np.isfinite(products)], 4.0, rtol=1e-3)
        assert "MLE" not in {one.get("name") for one in drawn(at, title)["data"]}
    tops = trace(drawn(at, "Posterior"), "MAP")
    side = np.sqrt(4 - pmf_surface.SIGMA**2)
    np.testing.assert_allclose(np.c_[tops["x"], tops["y"]], [[side, side], [-side, -side]], rtol=1e-3)
    strong = trace(drawn(open_page(view=PLANE, plane=pmf_surface.PRODUCT, prior="10"), "Posterior"), "MAP")
    assert len(strong["x"]) == 1


def test_steps_too_long_are_told_and_their_good_points_kept() -> None:
    at = open_page(view=PLANE, rate="0.1", user="Bo")
    assert any("too long" in w.value for w in at.warning)
    assert len(at.get("plotly_chart")) == 4


@pytest.mark.parametrize("batch", [pmf_surface.HALF, pmf_surface.EACH])
def test_batches_make_more_steps_of_a_sweep(batch) -> None:
    at = open_page(view=PLANE, batch=batch, sweeps="5", rate="0.003")
    steps = 5 * {pmf_surface.HALF: 2, pmf_surface.EACH: 3}[batch]
    assert f"After {steps} steps" in text(at)
    assert "mini-batches from" in alts(at)


@pytest.mark.parametrize(("prior", "left"), [("0", 4.0), ("1", 4 - 0.49), ("10", 0.0)])
def test_one_rating_loses_lambda_sigma_squared(prior, left) -> None:
    at = open_page(view=PLANE, plane=pmf_surface.PRODUCT, prior=prior)
    if prior == "0":
        assert "MAP is MLE" in text(at)
    else:
        assert f"wu = **{left:.3f}**" in text(at)


@pytest.mark.parametrize(("k", "sigma", "prior"), [("2", "0.5", "2"), ("3", "1.5", "0.1"), ("1", "0.1", "100")])
def test_five_places_have_one_difference_and_every_line_holds(k, sigma, prior) -> None:
    at = revealed(open_page(view=PROOF, k=k, sigma=sigma, prior=prior))
    rows = next(m.value for m in at.markdown if m.value.startswith("| at |")).splitlines()[2:]
    gaps = [row.split("**")[1] for row in rows]
    assert len(rows) == 5
    values = np.array([float(gap.replace(",", "").replace("−", "-")) for gap in gaps])
    np.testing.assert_allclose(values, values[0], rtol=1e-6, atol=2e-6)
    assert "by at most **0**" in text(at)
    assert any("All 12 lines hold" in m.value for m in at.markdown)
    assert f"= **{float(prior) * float(sigma) ** 2:.6g}**" in text(at)


@pytest.mark.parametrize("prior", ["0", "0.3", "100"])
def test_the_prior_s_table_is_the_library_s(prior) -> None:
    at = finished(open_page(view=PRIOR, data="planted", prior=prior, k="2"))
    ds = runs.dataset("planted")
    s = shared.fitted(ds, 2, 0.8, float(prior), 0)
    _, test = runs.split(ds, ds.key, 0)
    error = metrics.rmse(pmf.predict(s, test.i, test.j), test.r)
    assert f"| {np.sqrt(np.mean(s.W**2)):.3f}, {np.sqrt(np.mean(s.U**2)):.3f} |" in text(at)
    assert f", {error:.4f} |" in text(at)
    sizes = [np.sqrt(np.mean(X**2)) for X in (s.W, s.U)]
    assert not np.isclose(*sizes, rtol=0.1, atol=0)
    for name, size in zip("WU", sizes, strict=True):
        heap = trace(drawn(at, "What was allowed"), f"entries of {name}")
        assert np.sqrt(np.average(heap["x"] ** 2, weights=heap["y"])) == pytest.approx(size, rel=0.05)


def test_too_weak_and_too_strong_are_both_worse_and_the_best_prior_is_named() -> None:
    sigma = 0.5
    at = finished(open_page(view=PRIOR, sigma=f"{sigma:g}"))
    rows = study.means(precomputed.find(runs.dataset("ml-small").R.digest, precomputed.CURVE))
    test, train = [row.test for row in rows], [row.train for row in rows]
    low = int(np.argmin(test))
    assert 0 < low < len(rows) - 1
    assert test[0] > 2 * test[low]
    assert test[-1] > 1.03 * test[low]
    assert f"= **{rows[low].lam / sigma**2:.3g}**, RMSE {test[low]:.4f}" in text(at)
    figure = drawn(at, "Too weak, and too strong")
    high = figure["layout"]["yaxis"]["range"][1]
    for name, errors in (("train", train), ("test", test)):
        np.testing.assert_allclose(trace(figure, name)["y"], np.minimum(errors, 2 * high), rtol=1e-4)
    star = trace(figure, "lowest test error")
    assert star["y"][0] == pytest.approx(test[low], rel=1e-4)


def test_more_factors_are_shown_after_a_guess() -> None:
    at = finished(open_page(view=OVERFIT))
    assert trace(drawn(at, "Train"), "MLE, no prior")
    assert len(at.get("plotly_chart")) == 1
    assert "after your prediction" in text(at)
    assert len(finished(open_page(view=OVERFIT, seed="1")).get("plotly_chart")) == 2, "who moves a control wants to see"
    finished(revealed(at))
    part, least = growth.dense(runs.dataset("ml-small").R)
    assert least == 50
    assert f"{part.n:,} ratings" in text(at)
    rows = {lam: list(growth.grow(*part.split(test=0.1, seed=0), lam=lam)) for lam in (0.0, 1.0, 15.0)}
    for side, title in (("train", "Train"), ("test", "Test")):
        figure = drawn(at, title)
        for lam, name in ((0.0, "MLE, no prior"), (1.0, "MAP, λ = 1"), (15.0, "MAP, λ = 15")):
            line = trace(figure, name)
            np.testing.assert_allclose(line["y"], [getattr(row, side) for row in rows[lam]], rtol=1e-4)
    assert (np.diff(trace(drawn(at, "Train"), "MLE, no prior")["y"]) < 0).all()
    assert (np.diff(trace(drawn(at, "Test"), "MLE, no prior")["y"]) > 0).all()
    assert f"best at k = 1, with {rows[0.0][0].test:.3f} stars" in text(at)


def test_on_planted_ratings_the_best_k_is_that_of_the_truth() -> None:
    assert "best at k = 5" in text(finished(revealed(open_page(view=OVERFIT, data="planted"))))


@pytest.mark.parametrize("what", [pmf_learnt.SIGMA, pmf_learnt.ONE, pmf_learnt.TWO])
def test_what_is_learnt_is_what_the_library_learns(what) -> None:
    at = finished(revealed(open_page(view=LEARNT, data="planted", learn=what, sweeps="6")))
    train, test = runs.dataset("planted").R.split(test=0.1, seed=0)
    lam = pmf_learnt.PRIOR if what == pmf_learnt.SIGMA else None
    cfg = pmf.Config(k=5, lam_prior=lam, tied=what != pmf_learnt.TWO, biases=True)
    s = fit(pmf, train, cfg, T=6)
    assert f"σ = **{s.sigma:.3f}**" in text(at)
    error = metrics.rmse(pmf.predict(s, test.i, test.j), test.r)
    assert (f"{error:.4f}" if what != pmf_learnt.SIGMA else f"{error:.3f}") in text(at)
    states = list(islice(steps(pmf, train, cfg), 7))
    errors = [metrics.rmse(pmf.predict(x, test.i, test.j), test.r) for x in states]
    np.testing.assert_allclose(drawn(at, "Test RMSE")["data"][0]["y"], errors, rtol=1e-4)
    np.testing.assert_allclose(trace(drawn(at, "What is learnt"), "σ")["y"], [x.sigma for x in states], rtol=1e-4)
    lams = {
        pmf_learnt.SIGMA: {},
        pmf_learnt.ONE: {"λ": [x.lam_U for x in states]},
        pmf_learnt.TWO: {"λ of W": [x.lam_W for x in states], "λ of U": [x.lam_U for x in states]},
    }[what]
    assert {one["name"] for one in drawn(at, "What is learnt")["data"]} == {"σ", *lams}
    for name, values in lams.items():
        np.testing.assert_allclose(trace(drawn(at, "What is learnt"), name)["y"], values, rtol=1e-4)
    heights = [pmf.log_posterior(x, train, cfg) for x in states]
    np.testing.assert_allclose(drawn(at, "Log posterior")["data"][0]["y"], heights, rtol=1e-3)


@pytest.mark.parametrize(("name", "sweeps"), [("ml-small", 1), ("ml-small", 3), ("planted", 2), ("planted", 40)])
def test_what_still_moves_is_not_said_to_have_settled(name, sweeps) -> None:
    said = text(finished(revealed(open_page(view=LEARNT, data=name, sweeps=str(sweeps)))))
    train, _ = runs.dataset(name).R.split(test=0.1, seed=0)
    before, last = islice(steps(pmf, train, pmf.Config(k=5, lam_prior=None, biases=True)), sweeps - 1, sweeps + 1)
    assert last.lam_W < pmf_learnt.GONE
    settled = abs(last.lam_W / before.lam_W - 1) < 0.01 and abs(last.sigma / before.sigma - 1) < 0.01
    assert settled == (sweeps == 40)
    assert (f"λ = **{last.lam_W:.3g}** have settled" in said) == settled
    moving = f"both still move: a sweep before they were {before.sigma:.3f} and {before.lam_W:.3g}"
    assert (moving in said) != settled


def test_before_the_prediction_sigma_alone_is_learnt() -> None:
    at = finished(open_page(view=LEARNT, data="planted", sweeps="6"))
    assert [line["name"] for line in drawn(at, "What is learnt")["data"]] == ["σ"]
    assert "the predictions get worse**" not in text(finished(open_page(view=LEARNT, data="ml-small")))


def test_on_real_films_the_prior_becomes_certain_and_the_page_says_so() -> None:
    at = finished(revealed(open_page(view=LEARNT, data="ml-small")))
    assert "λ has run off every scale" in text(at)
    assert "the predictions get worse**" in text(at)


@pytest.mark.parametrize("view", [*VIEWS, "zzz"])
def test_odd_links_get_messages(view) -> None:
    odd = dict(k="999", sigma="7", prior="-1", rate="9", batch="some", plane="x", seed="-1", sweeps="0", learn="all")
    odd |= dict(lam="x")
    at = open_page(view=view, **odd)
    said = " ".join(w.value for w in at.warning)
    expected = {
        RATING: ("k", "sigma", "prior", "seed"),
        PLANE: ("sigma", "prior", "rate", "batch", "plane", "sweeps", "seed"),
        PROOF: ("k", "sigma", "prior", "sweeps", "seed"),
        PRIOR: ("k", "sigma", "prior", "seed"),
        OVERFIT: ("lam", "seed"),
        LEARNT: ("k", "learn", "sweeps", "seed"),
    }
    for name in expected.get(view, ("view",)):
        assert f"`{name}={odd.get(name, view)}`" in said
