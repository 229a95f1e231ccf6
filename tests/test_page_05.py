"""Chapter 5's page: its numbers are the library's, points move, studies run and stop, odd links get a message."""

import numpy as np
import pytest

from mfapp import (
    controls,
    regularization_curve,
    regularization_grid,
    regularization_slip,
    runs,
    studies,
)
from mfcore import Ratings, als, as_written, data, fit, study
from mfcore.data.planted import planted
from mfcore.study import Plan
from mfview import labels, precomputed
from tests.pages import alts, finished, latex, open_page, press, text

POINTS, CURVE, GRID, SLIP = "A line and a polynomial", "λ on real films", "k × λ", "A slip (E2)"
VIEWS = [POINTS, CURVE, GRID, SLIP]
CANCELLED = "Cancelled after"


def page(view, **params):
    return open_page("regularization", view=view, **params)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_without_a_warning_and_at_once(view) -> None:
    at = page(view)
    assert not at.error
    assert not at.warning
    assert not any(b.label in ("Cancel", "Fit 70 models") for b in at.button)


def test_the_curve_opens_on_what_is_shipped() -> None:
    at = page(CURVE)
    R, _ = data.load("ml-small")
    best = study.best(study.means(precomputed.find(R.digest, precomputed.CURVE)))
    assert f"**λ = {best.lam:g}**: RMSE **{best.test:.4f}**" in text(at)
    assert f"{best.test:.4g}" in alts(at)
    rows = study.means(precomputed.find(R.digest, precomputed.CURVE))
    assert f"At λ = 0 the error on training ratings is {rows[0].train:.3f} stars" in text(at)
    assert f"and on others {rows[0].test:,.4g}:" in text(at)
    sums = [sum(row.lengths) for row in rows]
    assert f"goes from {labels.amount(sums[0])} at λ = 0 to {sums[-1]:,.4g} at λ = {rows[-1].lam:g}" in text(at)
    longest = max(rows, key=lambda row: row.lengths.W)
    assert longest.lam > 0, "‖W‖² grows at first, so no title may say that each of the four shrinks"
    assert f"‖W‖² is largest at λ = {longest.lam:g}" in text(at)


def test_the_defaults_of_the_page_are_those_of_what_is_shipped() -> None:
    own = Plan((regularization_curve.K,), precomputed.LAMS, T=regularization_curve.T)
    assert own == precomputed.CURVE
    assert list(regularization_curve.FOLDS.values()) == list(precomputed.FOLDS)


@pytest.mark.parametrize("charge", [studies.PER_ROW, studies.PER_RATING])
def test_folds_show_a_mean_and_its_spread(charge) -> None:
    at = page(CURVE, folds="10 folds", charge=charge)
    R, _ = data.load("ml-small")
    plan = next(p for p in precomputed.plans() if p.folds == 10 and p.weighted == (charge == studies.PER_RATING))
    best = study.best(study.means(precomputed.find(R.digest, plan)))
    assert f"RMSE **{best.test:.4f}**, spread {best.spread:.4f} over 10 folds" in text(at)
    rows = study.means(precomputed.find(R.digest, plan))
    near = [row.lam for row in rows if row.test - best.test <= best.spread]
    assert 1 < len(near) < len(rows)
    assert f"Every λ from {near[0]:g} to {near[-1]:g} lies within one spread" in text(at)


def test_other_data_are_fitted_as_they_are_looked_at() -> None:
    at = finished(page(CURVE, data="planted", k="2", sweeps="3", seed="7"))
    R, _ = data.load("planted")
    plan = Plan((2,), precomputed.LAMS, T=3, seed=7)
    best = study.best(study.means(study.run(R, plan)))
    assert f"**λ = {best.lam:g}**: RMSE **{best.test:.4f}**" in text(at)
    again = page(CURVE, data="planted", k="2", sweeps="3", seed="7")  # kept for every visitor
    assert not any(b.label == "Cancel" for b in again.button)
    assert f"**{best.test:.4f}**" in text(again)


def test_the_frobenius_norm_is_shown_by_four_routes() -> None:
    at = page(CURVE, data="tiny", k="2", lam="1", sweeps="4")
    train, _ = data.load("tiny")[0].split(test=0.1, seed=0)
    s = fit(als, train, als.Config(k=2, lam=1.0, joint=True), 4)
    total = sum(float(x) ** 2 for x in s.W.ravel())
    assert text(at).count(f"| {total:,.4f} |") == 4
    assert f"The sum ends at {total:,.4g}" in alts(at)


def test_the_grid_opens_on_what_is_shipped_and_keeps_held_out_ratings_until_a_prediction() -> None:
    at = page(GRID)
    assert "Train error for 70 of 70" in alts(at)
    assert "Test error" not in alts(at)
    assert "the test error is lowest" not in text(at)
    press(at, "Show the answer without a guess")
    assert "Test error for 70 of 70" in alts(at)
    R, _ = data.load("ml-small")
    assert summed_up(study.means(precomputed.find(R.digest, precomputed.GRID))) in text(at)


@pytest.mark.parametrize("charge", [studies.PER_ROW, studies.PER_RATING])
def test_what_is_said_of_a_grid_is_what_its_rows_say(charge) -> None:
    plan = precomputed.charging(precomputed.GRID, charge == studies.PER_RATING)
    rows = study.means(precomputed.find(data.load("ml-small")[0].digest, plan))
    said = regularization_grid._summed_up(rows, plan)
    assert summed_up(rows) in said
    best = study.best(rows).k
    assert (f"in this table k = {best} is enough" in said) == (best < plan.ks[-1])
    assert ("no k of this table is too large" in said) == (best == plan.ks[-1])


def summed_up(rows) -> str:
    """Where train and test are lowest, and the lowest test error of the least and of the largest k."""
    train, test = (sorted(rows, key=lambda row: getattr(row, part))[0] for part in ("train", "test"))
    ends = [min((row.test, row.k) for row in rows if row.k == k) for k in (rows[0].k, rows[-1].k)]
    return (
        f"The training error is lowest, {train.train:.4f}, at k = {train.k} and λ = {train.lam:g}, where the test "
        f"error is {train.test:,.4g}; the test error is lowest, **{test.test:.4f}**, at k = {test.k} and "
        f"λ = {test.lam:g}. With the right λ for each k the test error goes from {ends[0][0]:.4f} at "
        f"k = {ends[0][1]} to {ends[1][0]:.4f} at k = {ends[1][1]}"
    )


def test_another_grid_waits_for_a_press_fills_up_and_can_be_stopped() -> None:
    at = page(GRID, data="tiny", sweeps="2", seed="5")
    assert "Nobody has fitted" in text(at)
    press(at, f"Fit {precomputed.GRID.size} models")
    if any(b.label == "Cancel" for b in at.button):
        press(at, "Cancel")
        assert CANCELLED in text(at)
        press(at, "Go on")
    finished(at)
    R, _ = data.load("tiny")
    plan = Plan(precomputed.GRID.ks, precomputed.GRID.lams, T=2, seed=5)
    with np.errstate(all="ignore"):
        best = study.best(study.means(list(study.run(R, plan))))
    assert f"**{best.test:.4f}**" in text(at)


def both_rules(R, cfg, T, seed=0):
    return [as_written.losses(fit(model, R, cfg, T, seed), R, cfg) for model in (als, as_written)]


@pytest.mark.filterwarnings("ignore::mfcore.LeastNormWarning")
def test_the_slip_shows_both_rules_on_both_objectives() -> None:
    at = page(SLIP, lam="5", sweeps="6", k="2", seed="4")
    train, _ = planted(N=60, M=40, k=3, density=0.4, seed=4).ratings.split(test=0.1, seed=4)
    exact, written = both_rules(train, als.Config(k=2, lam=5.0), 6, 4)
    for found in (exact, written):
        assert f"| {found.stated:,.4f} | {found.per_rating:,.4f} |" in text(at)
    assert exact.stated < written.stated
    assert written.per_rating < exact.per_rating
    assert f"On J the exact rule ends at **{exact.stated:,.2f}** and the written one at {written.stated:,.2f}." in text(
        at
    )
    assert f"{exact.per_rating:,.2f} against **{written.per_rating:,.2f}**" in text(at)
    assert r"|\Psi_i| + \lambda" in latex(at)
    assert r"|\Psi_i|\,(1 + \lambda)" in latex(at)


def test_at_the_defaults_the_outcome_waits_for_a_prediction() -> None:
    at = page(SLIP)
    train, _ = planted(N=60, M=40, k=3, density=0.4).ratings.split(test=0.1, seed=0)
    exact, _ = both_rules(train, als.Config(k=3, lam=0.5), regularization_slip.T)
    assert f"{exact.stated:,.4f}" not in text(at)
    press(at, "Show the answer without a guess")
    assert f"{exact.stated:,.4f}" in text(at)


def test_the_slip_runs_on_ratings_of_one_s_choice() -> None:
    at = page(SLIP, on=regularization_slip.CHOSEN, data="tiny", k="2", lam="1", sweeps="5")
    train, _ = data.load("tiny")[0].split(test=0.1, seed=0)
    exact, written = both_rules(train, als.Config(k=2, lam=1.0), 5)
    assert f"| {exact.stated:,.4f} |" in text(at)
    assert f"| {written.per_rating:,.4f} |" in text(at)


def test_both_derivations_of_a_bias_hold() -> None:
    at = page(SLIP)
    for key in regularization_slip.DERIVATIONS:
        at.session_state[key] = True
    at.run()
    assert not at.exception
    assert text(at).count("lines hold on the numbers in view") == 2
    assert not at.error


@pytest.mark.parametrize("view", [CURVE, GRID, SLIP])
def test_odd_links_get_messages(view) -> None:
    odd = dict(k="999", lam="abc", sweeps="x", seed="-1", folds="2", charge="twice", on="moon")
    heard = {CURVE: {*odd} - {"on"}, GRID: {"sweeps", "seed", "charge"}, SLIP: {*odd} - {"folds", "charge"}}[view]
    said = " ".join(w.value for w in page(view, **odd).warning)
    assert {name for name in odd if f"`{name}={odd[name]}`" in said} == heard


ODD = {
    "constant ratings": (np.arange(40) % 6, np.arange(40), np.full(40, 3.0)),
    "one user": (np.zeros(12, int), np.arange(12), np.arange(12) % 5 + 1.0),
    "one film": (np.arange(12), np.zeros(12, int), np.arange(12) % 5 + 1.0),
}


@pytest.mark.parametrize("view", [CURVE, GRID, SLIP])
@pytest.mark.parametrize("name", ODD)
def test_odd_data_of_one_s_own_open_in_every_view(view, name, monkeypatch) -> None:
    R = Ratings.from_arrays(*ODD[name])
    ds = runs.Dataset(R.digest, R, runs.dataset("tiny").films, tuple(f"film {x}" for x in R.item_ids))
    monkeypatch.setattr(controls, "data", lambda: ds)
    at = page(view, on=regularization_slip.CHOSEN, sweeps="2")
    if view == GRID:
        press(at, f"Fit {precomputed.GRID.size} models")
    finished(at)
    assert not at.error
    assert "nan" not in text(at) + alts(at)
