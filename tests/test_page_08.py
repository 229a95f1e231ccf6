"""Chapter 8's page: opens on what ships, draws the rest, its numbers are the library's, odd links get a message."""

import re
from functools import partial

import numpy as np
import pytest
from scipy.stats import norm

from mfapp import bayesian, bayesian_intervals, runs
from mfcore import als, bpmf, calibration, chain, data, diagnostics, fit, metrics
from mfcore.chain import Plan
from mfview import labels, posterior
from tests import pages
from tests.pages import alts, drawn, finished, press, text, trace

open_page = partial(pages.open_page, "bayesian_mf")

RATING, FILMS, WORD, MAP, CHAINS = "A rating", "A user's films", "Do they keep their word?", "Against MAP", "Chains"
VIEWS = [RATING, FILMS, WORD, MAP, CHAINS]


@pytest.fixture(scope="module")
def shipped():
    R, films = data.load(posterior.DATA)
    plan, draws = posterior.find(R.digest, Plan(bpmf.Config(k=posterior.K)))
    return R, films, plan, draws


@pytest.fixture(scope="module")
def tiny():
    """The parts of the tiny table, the plan the page makes for them, and its draws."""
    train, test = data.load("tiny")[0].split(test=0.1, seed=3)
    plan = Plan(bpmf.Config(k=2), 3, users=tuple(range(6)), items=tuple(range(8)))
    return train, test, plan, tuple(chain.run(train, test, plan))


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_at_once_and_without_a_warning(view) -> None:
    at = open_page(view=view)
    assert not at.error
    assert not at.warning
    assert not any(b.label == "Cancel" or b.label.startswith("Fit") for b in at.button)
    assert alts(at)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_on_ratings_that_are_all_alike(view) -> None:
    at = finished(open_page(view=view, own=pages.alike()))
    if view == MAP:
        finished(press(at, f"Fit {len(posterior.KS)} values of k"))
    assert not at.error
    assert not at.warning
    assert alts(at)
    if view == WORD:
        assert "MAP's 100.0%" in text(at)


def test_the_default_rating_is_the_one_that_ships(shipped) -> None:
    R, films, plan, draws = shipped
    at = open_page()
    i, j = posterior.pair_of(R, films)
    seen = chain.predictive(draws[plan.burn :], plan.users.index(i), [plan.items.index(j)])
    low, high = seen.interval(0.8)
    train, test = R.split(test=0.1, seed=0)
    point = fit(als, train, als.Config(k=5, lam=bayesian.LAM, joint=True), bayesian.SWEEPS)
    assert f"**r̂ = {seen.mean[0]:.2f} ± {seen.doubt[0]:.2f} stars** after 150 draws" in text(at)
    assert f"**between {low[0]:.1f} and {high[0]:.1f}**" in text(at)
    given = test.of_user(i)[1][test.Psi(i) == j][0]
    assert f"The rating is {given:g}; it was held out." in text(at)
    assert f"MAP at λ = 10 says {als.predict(point, i, j):.2f}" in text(at)
    figure = drawn(at, "User 218")
    r = chain.predicted(draws[plan.burn :], plan.users.index(i), [plan.items.index(j)])[:, 0]
    np.testing.assert_allclose(trace(figure, "r̂")["y"], r, rtol=1e-4)
    np.testing.assert_allclose(trace(figure, "MAP, one number")["y"], als.predict(point, i, j), rtol=1e-4)
    twelfth = next(frame for frame in figure["frames"] if frame["name"] == "12")
    np.testing.assert_allclose(twelfth["data"][2]["y"], r[:12], rtol=1e-4)


def test_what_sharpens_is_what_the_draws_say(shipped) -> None:
    R, films, plan, draws = shipped
    train, _ = R.split(test=0.1, seed=0)
    i, j = posterior.pair_of(R, films)
    counted, film = draws[plan.burn :], plan.items.index(j)
    r = chain.predicted(counted, plan.users.index(i), [film])[:, 0]
    at = open_page()
    then, now = (diagnostics.mc_error(part[None]) for part in (r[:10], r))
    assert now < 0.5 * then
    assert f"may be off by ±{then:.3f} stars, that of 150 by ±{now:.3f}" in text(at)
    assert f"The draws themselves scatter as before: ±{r[:10].std():.2f} then, ±{r.std():.2f} now." in text(at)
    assert abs(r[:10].std() / r.std() - 1) < 0.3  # the posterior does not become narrower
    doubts = np.array([chain.predictive(counted, n, [film]).doubt[0] for n in range(len(plan.users))])
    counts = train.users_counts[list(plan.users)]
    points = trace(drawn(at, "Doubt about Alien"), "a user")
    np.testing.assert_array_equal(points["x"], counts)
    np.testing.assert_allclose(points["y"], doubts, rtol=1e-4)
    few, many = (doubts[np.argsort(counts, kind="stable")][part].mean() for part in (slice(0, 10), slice(-10, None)))
    assert many < 0.7 * few
    assert "**Ratings sharpen the posterior.** The same film, of 111 ratings, and other users" in text(at)
    assert f": ±{few:.2f} on average for the 10 with fewest ratings" in text(at)
    here = trace(drawn(at, "Doubt about Alien"), "the user in view")
    assert here["y"][0] == pytest.approx(r.std(), rel=1e-4)


def test_draws_that_scatter_otherwise_are_not_said_to_scatter_as_before() -> None:
    ds = runs.dataset("planted")
    i, j = int(ds.R.users_counts.argmax()), int(ds.R.items_counts.argmax())
    plan = Plan(bpmf.Config(k=posterior.K), users=(i,), items=(j,))
    r = chain.predicted(list(chain.run(*ds.R.split(test=0.1, seed=0), plan))[plan.burn :], 0, [0])[:, 0]
    assert abs(r[:10].std() / r.std() - 1) > 0.3
    said = text(finished(open_page(data="planted")))
    assert "as before" not in said
    assert f"scatter by ±{r[:10].std():.2f} then, ±{r.std():.2f} now; 10 draws tell their width only roughly." in said


def test_another_rating_is_drawn_while_it_is_looked_at(tiny) -> None:
    _, _, plan, draws = tiny
    at = finished(open_page(data="tiny", k="2", seed="3", user="Bo", item="Night Marsh"))
    seen = chain.predictive(draws[plan.burn :], 1, [4])
    assert f"**r̂ = {seen.mean[0]:.2f} ± {seen.doubt[0]:.2f} stars**" in text(at)
    again = open_page(data="tiny", k="2", seed="3", user="Ana", item="Night Marsh")  # kept for every pair of the chain
    assert not any(b.label == "Cancel" for b in again.button)
    assert f"**r̂ = {chain.predictive(draws[plan.burn :], 0, [4]).mean[0]:.2f} ±" in text(again)


def test_a_chain_can_be_stopped_and_goes_on() -> None:
    at = open_page(data="planted", seed="91", k="4")
    if any(b.label == "Cancel" for b in at.button):
        press(at, "Cancel")
        assert "Cancelled after" in text(at)
        press(at, "Go on")
    assert "after 150 draws" in text(finished(at))


def test_a_user_s_films_show_the_intervals_of_the_draws(tiny) -> None:
    train, _, plan, draws = tiny
    at = finished(open_page(view=FILMS, data="tiny", k="2", seed="3", user="Bo", share="95%"))
    assert "95% of ratings" in str(at.get("plotly_chart")[0].proto.spec)
    seen = chain.predictive(draws[plan.burn :], 1, [j for j in range(8) if j not in train.Psi(1)])
    assert f"gave {labels.counted(int(train.users_counts[1]), 'training rating')}" in text(at)
    assert f"Least doubt, ±{seen.doubt.min():.2f} stars" in text(at)
    assert f"most, ±{seen.doubt.max():.2f}" in text(at)


def test_films_can_be_chosen_by_name_and_by_a_link(tiny) -> None:
    _, _, plan, draws = tiny
    titles = ["Wrong Tuba", "Night Marsh", "Ghost Picnic"]
    base = dict(view=FILMS, data="tiny", k="2", seed="3", user="Bo")
    at = finished(open_page(**base, films=titles))
    assert not at.warning
    chosen = [at.multiselect(key="films").options.index(name) for name in titles]
    assert len(chosen) == len(set(chosen)) == 3
    shown = drawn(at, "80% intervals")
    assert sorted(tick.split(" · ")[0] for tick in shown["layout"]["yaxis"]["ticktext"]) == sorted(titles)
    films = data.load("tiny")[1]
    j = [next(j for j in range(8) if films.label(j) == name) for name in titles]
    seen = chain.predictive(draws[plan.burn :], 1, j)
    np.testing.assert_allclose(trace(shown, "mean")["x"], np.sort(seen.mean), rtol=1e-4)
    fewer = finished(at.multiselect(key="films").set_value(titles[:1]).run())
    assert not fewer.exception
    assert len(drawn(fewer, "80% intervals")["layout"]["yaxis"]["ticktext"]) == 1
    odd = finished(open_page(**base, films=["Wrong Tuba", "Nobody's Film"]))
    assert any("films=Nobody" in w.value for w in odd.warning)
    assert len(drawn(odd, "80% intervals")["layout"]["yaxis"]["ticktext"]) == 1


def test_a_link_with_more_films_than_are_shown_is_told_so() -> None:
    titles = list(runs.dataset("planted").labels[: bayesian_intervals.MOST + 1])
    at = open_page(view=FILMS, data="planted", films=titles)
    assert any("no more than 20 films are shown at a time. Showing the first 20 instead" in w.value for w in at.warning)
    assert at.multiselect(key="films").value == titles[:-1]
    assert not open_page(view=FILMS, data="planted", films=titles[:-1]).warning


@pytest.mark.parametrize(("share", "z"), [("50%", 0.6745), ("95%", 1.96)])
def test_bars_hold_the_share_that_is_asked_for_and_crosses_are_held_out(shipped, share, z) -> None:
    R, films, plan, draws = shipped
    i, _ = posterior.pair_of(R, films)
    train, test = R.split(test=0.1, seed=0)
    held = test.Psi(i)[:3]
    chosen = [int(j) for j in (*held, *(j for j in plan.items if j not in train.Psi(i) and j not in test.Psi(i)))][:5]
    shown = drawn(open_page(view=FILMS, share=share, films=[films.label(j) for j in chosen]), f"{share} intervals")
    counted = draws[plan.burn :]
    r = chain.predicted(counted, plan.users.index(i), [plan.items.index(j) for j in chosen])
    order = np.argsort(r.mean(axis=0))
    middle = r.mean(axis=0)[order]
    spread = np.sqrt(r.var(axis=0) + np.mean([1 / d.alpha for d in counted]))[order]
    bars = np.asarray(trace(shown, f"{share} of ratings")["x"], float).reshape(-1, 3)[:, :2]
    np.testing.assert_allclose(bars, np.c_[middle - z * spread, middle + z * spread], rtol=1e-3)
    doubt = np.asarray(trace(shown, "r̂ ± doubt")["x"], float).reshape(-1, 3)[:, :2]
    wide = r.std(axis=0)[order]
    np.testing.assert_allclose(doubt, np.c_[middle - wide, middle + wide], rtol=1e-4)
    crosses = trace(shown, "held-out rating")
    given = dict(zip(test.Psi(i), test.of_user(i)[1], strict=True))
    expected = [(given[chosen[n]], y) for y, n in enumerate(order) if chosen[n] in given]
    assert len(expected) == 3
    np.testing.assert_allclose(np.c_[crosses["x"], crosses["y"]], expected)


def test_a_chosen_film_that_does_not_ship_is_drawn_now(shipped) -> None:
    R, films, plan, _ = shipped
    j = next(j for j in range(R.M) if j not in plan.items and films.label(j).count("(") == 1)
    at = open_page(view=FILMS, films=[films.label(j)])
    assert any(b.label == "Cancel" for b in at.button)
    press(at, "Cancel")


def test_coverage_is_counted_and_so_is_map_s(shipped) -> None:
    R, _, _, draws = shipped
    train, test = R.split(test=0.1, seed=0)
    at = open_page(view=WORD, lam="30")
    point = fit(als, train, als.Config(k=5, lam=30.0, joint=True), bayesian.SWEEPS)
    sigma = metrics.rmse(als.predict(point, train.i, train.j), train.r)
    off = abs(als.predict(point, test.i, test.j) - test.r)
    for share, z in ((0.5, 0.6745), (0.8, 1.2816), (0.95, 1.96)):
        assert f"hold **{calibration.covered(draws[-1].seen, test.r, share):.1%}**" in text(at)
        assert abs(np.mean(off <= z * sigma) - _of_map(at, share)) < 0.002
    groups = calibration.by_count(draws[-1].seen, train.items_counts[test.j])
    assert f"±{groups[0].doubt:.2f} stars" in text(at)
    shares = np.array(bayesian_intervals.SHARES)
    spread = draws[-1].seen.spread
    for name, mean, width in (
        ("posterior", draws[-1].seen.mean, spread),
        ("MAP ± its training error", als.predict(point, test.i, test.j), np.full(test.n, sigma)),
    ):
        inside = [np.mean(abs(mean - test.r) <= norm.ppf((1 + share) / 2) * width) for share in shares]
        np.testing.assert_allclose(trace(drawn(at, "Do intervals"), name)["y"], inside, atol=0.002)
    for whose, counts in (("film", train.items_counts[test.j]), ("user", train.users_counts[test.i])):
        bars = drawn(at, f"By the ratings of the {whose}")
        groups = calibration.by_count(draws[-1].seen, counts)
        np.testing.assert_allclose(trace(bars, "doubt about r̂")["y"], [g.doubt for g in groups], rtol=1e-4)
        np.testing.assert_allclose(trace(bars, "with noise: a rating")["y"], [g.spread for g in groups], rtol=1e-4)


def test_the_busiest_are_in_doubt_for_two_reasons_and_both_are_counted(shipped) -> None:
    R, _, _, draws = shipped
    train, test = R.split(test=0.1, seed=0)
    seen, of_films = draws[-1].seen, train.items_counts[test.j]
    users = calibration.by_count(seen, train.users_counts[test.i])
    busiest = train.users_counts[test.i] >= users[-1].least
    total = 0.0
    for group in calibration.by_count(seen, of_films):
        inside = (group.least <= of_films) & (of_films <= group.most)
        total += np.mean(seen.doubt[inside & ~busiest] ** 2) * np.sum(inside & busiest) / np.sum(busiest)
    assert users[-1].doubt > total**0.5 > min(g.doubt for g in users)
    said = text(open_page(view=WORD))
    told = f"all other users' doubt is ±{total**0.5:.2f}, so the films are part of it; the rest is theirs alone"
    assert told in said
    assert "are more uncertain again" in said
    assert ": ratings reduce it." in said


@pytest.mark.parametrize(("name", "k"), [("planted", "5"), ("tiny", "2")])
def test_who_is_uncertain_is_said_as_the_numbers_have_it(name, k) -> None:
    said = text(finished(open_page(view=WORD, data=name, k=k)))
    films = re.findall(r"films with at most .* ratings is ±(\d\.\d+) stars.* or more ±(\d\.\d+)", said)
    users = re.findall(r"falls from ±(\d\.\d+) to ±(\d\.\d+)", said)
    assert (": ratings reduce it" in said) == any(float(few) > 1.1 * float(many) for few, many in films)
    assert all(float(high) > float(low) for high, low in users)
    assert bool(films) == bool(users) == (name == "planted")  # on the tiny table there is one group of each
    assert said.count("too much alike to be told apart") == (0 if name == "planted" else 2)


def _group(least: int, most: int, doubt: float) -> calibration.Group:
    return calibration.Group(least, most, 10, doubt, 1.0)


def test_one_group_is_not_compared_with_itself() -> None:
    one = (_group(4, 7, 1.45),)
    said = bayesian_intervals._who(one, one, float("nan"))
    assert "falls" not in said
    assert "reduce" not in said
    assert said.count("too much alike to be told apart: doubt is ±1.45") == 2


@pytest.mark.parametrize(
    ("doubts", "alike", "told", "untold"),
    [
        ((0.5, 0.3, 0.31), 0.3, "falls from ±0.50 to ±0.30", "busiest"),
        ((0.3, 0.31, 0.3), 0.3, "with few ratings and with many it is ±0.30 and ±0.30", "falls"),
        ((0.5, 0.3, 0.4), 0.39, "more uncertain again (±0.40). For films as rare as theirs", "not the films"),
        ((0.5, 0.3, 0.4), 0.39, "so it is the films.", "theirs alone"),
        ((0.5, 0.3, 0.4), 0.35, "so the films are part of it", "not the films"),
        ((0.5, 0.3, 0.4), 0.25, "so it is not the films.", "theirs alone"),
        ((0.3, 0.35, 0.4), 0.25, "more uncertain (±0.40).", "again"),
        ((0.5, 0.3, 0.4), float("nan"), "more uncertain again (±0.40). Noise", "as rare as theirs"),
    ],
)
def test_the_busiest_users_are_spoken_of_as_they_are(doubts, alike, told, untold) -> None:
    users = tuple(_group(10 * n + 1, 10 * n + 9, doubt) for n, doubt in enumerate(doubts))
    said = bayesian_intervals._who(users, (_group(1, 9, 0.3), _group(10, 20, 0.29)), alike)
    assert told in said
    assert untold not in said
    assert "with hardly less doubt" in said


def _of_map(at, share) -> float:
    said = text(at).split(f"{share:.0%} intervals hold")[1]
    return float(said.split("(MAP's ")[1].split("%")[0]) / 100


def test_map_and_the_mean_of_the_draws_are_scored_on_the_same_ratings(shipped) -> None:
    R, _, _, draws = shipped
    at = open_page(view=MAP)
    assert f"misses by **{draws[-1].together:.4f}**" in text(at)
    rivals = posterior.find_rivals(R.digest, 0)
    assert f"to **{rivals[-1].bayes:.3f}**" in text(at)
    assert f"to {rivals[-1].points[0]:.3f}: it believes" in text(at)
    assert f"the best of these λ for k = 20 reaches {min(rivals[-1].points):.3f}" in text(at)
    assert min(rivals[-1].points) < 0.95 * max(rivals[-1].points)
    figure = drawn(at, "More dimensions")
    np.testing.assert_allclose(trace(figure, "mean of the draws")["y"], [one.bayes for one in rivals], rtol=1e-4)
    for n, lam in enumerate(posterior.LAMS):
        np.testing.assert_allclose(trace(figure, f"MAP, λ = {lam:g}")["y"], [x.points[n] for x in rivals], rtol=1e-4)
    gathered = drawn(at, "Draws add up")
    np.testing.assert_allclose(trace(gathered, "one draw")["y"], [d.alone for d in draws], rtol=1e-4)


def test_a_draw_alone_is_judged_by_all_of_them(tiny) -> None:
    _, _, plan, draws = tiny
    said = text(finished(open_page(view=MAP, data="tiny", k="2", seed="3")))
    alone, together = np.mean([d.alone for d in draws[plan.burn :]]), draws[-1].together
    assert f"A draw alone misses by **{alone:.3f}** stars on average" in said
    assert f"The mean of 150 draws misses by **{together:.4f}**" in said
    assert ("all of the doubt" in said) == (alone > 1.01 * together)


def test_the_mean_of_the_draws_does_not_overfit(shipped) -> None:
    """What ships, from the k on that there is to find: no k is more than a hundredth worse than the best."""
    rivals = posterior.find_rivals(shipped[0].digest, 0)
    bayes = [one.bayes for one in rivals if one.k >= posterior.K]
    assert len(bayes) >= 4
    assert max(bayes) < 1.01 * min(bayes)
    assert rivals[-1].points[0] > 1.1 * rivals[0].points[0]  # while MAP at a small λ does


def test_other_rivals_wait_for_a_press() -> None:
    at = finished(open_page(view=MAP, data="tiny", seed="4"))
    press(at, f"Fit {len(posterior.KS)} values of k")
    assert "From k = 1 to k = 20" in text(finished(at))


def test_the_chains_state_what_the_diagnostics_say(shipped) -> None:
    R, films, plan, _ = shipped
    at = open_page(view=CHAINS)
    chains = posterior.find_chains(R.digest, posterior.several(plan, *posterior.pair_of(R, films)))
    sigma = np.array([[d.alpha**-0.5 for d in one[plan.burn :]] for one in chains])
    said = text(at).replace("\\", "")
    assert f"| {diagnostics.rhat(sigma):.3f} | {diagnostics.ess(sigma):.0f} of {sigma.size} |" in said
    late = np.array([[d.alpha**-0.5 for d in one[plan.size // 2 :]] for one in chains])
    assert f"R̂ = {diagnostics.rhat(sigma):.2f}. With the first {plan.size // 2} sweeps left out it is" in text(at)
    assert diagnostics.rhat(late) < 1.05 < diagnostics.rhat(sigma)
    assert "effective sample size above the number of draws" in text(at)
    shown = [line["y"] for line in drawn(at, "σ")["data"] if "chain" in line.get("name", "")]
    np.testing.assert_allclose(shown, [[d.alpha**-0.5 for d in one] for one in chains], rtol=1e-4)
    of_w = [line["y"] for line in drawn(at, "First entry of w")["data"] if "chain" in line.get("name", "")]
    np.testing.assert_allclose(of_w, [[d.users[0][0] for d in one] for one in chains], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("view", [*VIEWS, "zzz"])
def test_odd_links_get_messages(view) -> None:
    at = open_page(view=view, k="999", lam="abc", seed="-1", user="nobody", item="zzz", share="70%", data="tiny")
    said = " ".join(w.value for w in at.warning)
    for word in ("k=999", "lam=abc", "seed=-1"):
        assert f"`{word}`" in said
    assert ("`view=zzz`" in said) == (view == "zzz")
    assert ("`share=70%`" in said) == (view == FILMS)
    assert ("`item=zzz`" in said) == (view in (RATING, FILMS, CHAINS, "zzz"))


def test_map_promises_its_training_error(tiny) -> None:
    train, test, *_ = tiny
    s = fit(als, train, als.Config(k=2, lam=1.0, joint=True), 5)
    seen = bayesian_intervals.promised(s, train, test)
    np.testing.assert_allclose(seen.mean, als.predict(s, test.i, test.j))
    assert seen.spread[0] == pytest.approx(metrics.rmse(als.predict(s, train.i, train.j), train.r))
