"""Chapter 6's page: its numbers are the library's, its jobs end, odd links get a message."""

from functools import partial

import numpy as np
import pytest

from mfapp import runs, svd_axes, svd_best, svd_holes, svd_proof, svd_ratings
from mfcore import als, fills, fit, interpret, lowrank, metrics, rivals, rotation, svd
from mfcore.data import picture
from tests import pages
from tests.pages import alts, drawn, press, text, trace

open_page = partial(pages.open_page, "svd")

PICTURE, RATINGS, HOLES = "A picture", "Ratings", "Holes (E9)"
BEST, AXES, PROOF = "Best at rank k", "Axes turn (E10)", "Derivation (E8)"
VIEWS = [PICTURE, RATINGS, HOLES, BEST, AXES, PROOF]


@pytest.mark.parametrize("name", ["ml-small", "planted", "tiny"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_on_all_data(view, name) -> None:
    at = open_page(view=view, data=name)
    assert not at.error
    assert not at.warning


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_on_ratings_that_are_all_alike(view) -> None:
    at = pages.finished(open_page(view=view, own=pages.alike()))
    assert not at.error
    assert not at.warning
    assert alts(at)


@pytest.mark.parametrize("k", ["1", "8", "96"])
def test_the_picture_says_what_k_triplets_keep(k) -> None:
    P = picture.lighthouse()
    s = np.linalg.svd(P, compute_uv=False)
    at = open_page(k=k)
    assert f"**{k} of them keep {(s[: int(k)] ** 2).sum() / (s**2).sum():.2%} of its energy**" in text(at)
    assert f"**{int(k) * sum(P.shape):,} numbers in place of {P.size:,}**" in text(at)
    assert ("rewritten" in text(at)) == (k == "96")
    left, s, right = np.linalg.svd(P, full_matrices=False)
    missing = P - (left[:, : int(k)] * s[: int(k)]) @ right[: int(k)]
    if k != "96":  # where it is rounding that is shown
        assert f"= **{np.sqrt((missing**2).sum()):.3g}** of {np.sqrt((P**2).sum()):.3g}." in text(at)
    assert f"Triplet {k}, a column times a row" in alts(at)


@pytest.mark.parametrize("k", [2, 8])
def test_the_pictures_are_k_triplets_and_the_last_of_them(k) -> None:
    P = picture.lighthouse()
    left, s, right = np.linalg.svd(P)
    at = open_page(k=str(k))
    near, last = (drawn(at, title)["data"][0]["z"] for title in (f"X at rank {k}", f"Triplet {k} alone"))
    np.testing.assert_allclose(near, (left[:, :k] * s[:k]) @ right[:k], atol=1e-3)
    np.testing.assert_allclose(last, s[k - 1] * np.outer(left[:, k - 1], right[k - 1]), atol=1e-3)


@pytest.mark.parametrize("k", [1, 4])
def test_the_corner_at_rank_k_is_what_k_triplets_say(k) -> None:
    ds = runs.dataset("planted")
    at = open_page(view=RATINGS, data="planted", k=str(k))
    users, films = (
        svd_ratings._some(*of) for of in zip((ds.R.users_counts, ds.R.items_counts), svd_ratings.CROP, strict=True)
    )
    s = svd.fit_at_once(ds.R, svd.Config(k=k, fill=fills.item_means))
    expected = svd.predict(s, users[:, None], films[None, :])
    shown = drawn(at, f"At rank {k}")["data"][0]["z"]
    stars = min(0.5, ds.R.r.min()), max(5.0, ds.R.r.max())
    np.testing.assert_allclose(shown, np.clip(expected, *stars), atol=6e-3)
    assert not np.allclose(shown, np.clip(fills_alone(s, users, films), *stars), atol=0.05)


def fills_alone(s, users, films):
    return s.b[users][:, None] + s.c[films] + s.mu


@pytest.mark.parametrize("word", list(svd_ratings.FILLS))
def test_ratings_keep_the_energy_that_svd_says(word) -> None:
    at = open_page(view=RATINGS, data="planted", fill=word, k="4")
    R = runs.dataset("planted").R
    fill = svd_ratings.FILLS[word]
    A = fills.unexplained(R, fill(R)).toarray()
    s = np.linalg.svd(A, compute_uv=False)
    assert f"**4 triplets keep {(s[:4] ** 2).sum() / (s**2).sum():.1%} of A.**" in text(at)


@pytest.mark.parametrize(("name", "sparse"), [("ml-small", True), ("planted", False), ("tiny", False)])
def test_of_ratings_only_what_is_so_of_these_is_said(name, sparse) -> None:
    said = text(open_page(view=RATINGS, data=name, k="4"))
    assert ("found without writing out" in said) == sparse
    R, P = runs.dataset(name).R, picture.lighthouse()
    of_picture = np.linalg.svd(P, compute_uv=False) ** 2
    s = lowrank.top(lowrank.SparsePlusLowRank.of(fills.unexplained(R, fills.item_means(R))), 4).s
    share = (s**2).sum() / ((R.r - fills.item_means(R).at(R.i, R.j)) ** 2).sum()
    kept = of_picture[:4].sum() / of_picture.sum()
    assert f"With 4 triplets the lighthouse keeps {kept:.1%} of itself, A {share:.1%}" in said
    assert ("whose values fall more slowly" in said) == (share < kept)
    assert f"And {R.n / (R.N * R.M):.1%} of what is approximated here are ratings" in said


def test_the_picture_with_holes_gets_the_errors_of_the_library() -> None:
    at = open_page(view=HOLES, data="tiny", k="10", seed="3")
    P = picture.lighthouse()
    R = picture.observed(P, svd_holes.SEEN, seed=3)
    hidden = np.ones(P.shape, bool)
    hidden[R.i, R.j] = False
    for fill in (fills.zeros, fills.mean, fills.both_means):
        s = svd.fit_at_once(R, svd.Config(k=10, fill=fill))
        error = metrics.rmse(svd.predict(s, *np.nonzero(hidden)), P[hidden])
        assert f"RMSE {error:.3f} on the hidden cells" in alts(at)
    found = [float(part.split(" on the hidden")[0]) for part in alts(at).split("RMSE ")[1:5]]
    assert min(found) == found[-1]  # filled again


def test_the_curves_arrive_and_a_new_lambda_asks_anew() -> None:
    at = open_page(view=HOLES, data="tiny", lam="3", sweeps="3")
    for _ in range(60):
        if "From the same ratings" in text(at) and not any(b.label == "Cancel" for b in at.button):
            break
        at.run()
    train, test = runs.dataset("tiny").R.split(test=0.1, seed=0)
    plan = rivals.Plan(ks=(1, 2, 3, 5), lam=3.0, T=3)  # of six users there are no more than six triplets
    errors = [e for es in rivals.with_holes(train, test, plan) for e in es]
    best = {}
    for e in errors:
        best[e.name] = min(best.get(e.name, np.inf), e.test)
    worst, winner = max(best, key=best.__getitem__), min(best, key=best.__getitem__)
    assert f"*{worst}* misses by **{best[worst]:.3f}** stars and *{winner}* by **{best[winner]:.3f}**" in text(at)
    at.select_slider(key="lam").set_value(5.0).run()
    assert not at.exception
    assert "shrinkage by λ = 5" in text(at)


def test_the_contest_is_shown_after_a_guess_and_svd_is_never_beaten() -> None:
    at = open_page(view=BEST)
    assert "None is ever below SVD" not in text(at)
    press(at, "Show the answer without a guess")
    assert "None is ever below SVD" in text(at)
    assert len(at.get("plotly_chart")) == 3
    found = svd_best._full(0)
    for title, norm in (("All errors together", "frobenius"), ("The worst direction", "spectral")):
        figure = drawn(at, title)
        for name in {d.name for d in found}:
            errors = [getattr(d, norm) for d in found if d.name == name]
            np.testing.assert_allclose(trace(figure, name)["y"], errors, rtol=1e-4)
    best = {d.k: d for d in found if d.name == "SVD"}
    for d in found:
        assert d.frobenius >= best[d.k].frobenius * (1 - 1e-12)
        assert d.spectral >= best[d.k].spectral * (1 - 1e-12)


def test_the_errors_with_holes_are_those_of_fits_by_hand() -> None:
    at = open_page(view=BEST, seed="1")
    seen, unseen = rivals.full(svd_best._matrix(1)).split(1 - svd_best.SEEN, 1)
    A, known = seen.by_user.toarray(), np.zeros((seen.N, seen.M), bool)
    known[seen.i, seen.j] = True
    mu = A[known].mean()
    of_films = np.where(known, A, 0).sum(axis=0) / known.sum(axis=0)
    of_users = np.where(known, A - of_films, 0).sum(axis=1) / known.sum(axis=1)
    filled = {"SVD, μ in the holes": np.full(A.shape, mu)}
    filled["SVD, means of both in the holes"] = of_users[:, None] + of_films
    errors = {name: [] for name in (*filled, "ALS, no fill")}
    for k in svd_best.KS:
        for name, F in filled.items():
            left, s, right = np.linalg.svd(np.where(known, A - F, 0))
            near = F + (left[:, :k] * s[:k]) @ right[:k]
            errors[name].append(metrics.rmse(near[unseen.i, unseen.j], unseen.r))
        fitted = fit(als, seen, als.Config(k=k, lam=svd_best.LAM), svd_best.T, 1)
        errors["ALS, no fill"].append(metrics.rmse(als.predict(fitted, unseen.i, unseen.j), unseen.r))
    figure = drawn(at, "Error on the cells not seen")
    assert {one["name"] for one in figure["data"]} == set(errors)
    for name, curve in errors.items():
        np.testing.assert_allclose(trace(figure, name)["y"], curve, rtol=1e-4)
    (first, winner), (second, runner_up), _ = sorted((min(curve), name) for name, curve in errors.items())
    assert f"**At its best {winner} misses by {first:.3f} stars, {runner_up} by {second:.3f}.**" in text(at)


def test_with_holes_als_wins_at_its_best() -> None:
    for seed in (0, 1):
        best = {name: min(e for _, e in curve) for name, curve in svd_best._holes(seed).items()}
        assert min(best, key=best.__getitem__) == "ALS, no fill"


@pytest.mark.parametrize("way", svd_axes.WAYS)
def test_turned_axes_move_films_and_no_prediction(way) -> None:
    at = open_page(view=AXES, data="planted", turned=way, angle="30")
    assert not at.warning
    moved, apart = (metric.value for metric in at.metric)
    assert float(moved) > 0.05
    assert float(apart.split()[0]) < 1e-10


def test_on_planted_data_the_page_finds_genres_and_says_what_the_library_says() -> None:
    at = open_page(view=AXES, data="planted", fit="without")
    ds = runs.dataset("planted")
    s = runs.trajectory(ds, als.Config(k=5, lam=3.0, biases=False), 15, 0).states[-1]
    shown = svd_axes._shown(ds)
    U = s.U[shown.j]
    C = rotation.genre_correlations(U @ rotation.varimax(U), shown.genres, rotation.common_genres(shown.genres))
    assert f"**{np.abs(C).max(axis=1).mean():.2f}** turned" in text(at)
    assert "evidence for a name" in text(at)
    assert "nothing here says that a factor is a genre" in text(open_page(view=AXES, data="ml-small"))


@pytest.mark.parametrize("way", ["by varimax", "by hand"])
def test_genres_are_measured_on_both_sets_of_axes_and_on_axes_turned_by_chance(way) -> None:
    at = open_page(view=AXES, data="planted", fit="without", turned=way, angle="30")
    ds = runs.dataset("planted")
    s = fit(als, ds.R.split(test=0.1, seed=0)[0], als.Config(k=5, lam=svd_axes.LAM, biases=False), svd_axes.T)
    shown = svd_axes._shown(ds)
    genres = rotation.common_genres(shown.genres)
    has = np.array([[name in own for name in genres] for own in shown.genres], float)

    def table(U):
        return np.corrcoef(U.T, has.T)[: U.shape[1], U.shape[1] :]

    def strength(U):
        return abs(table(U)).max(axis=1).mean()

    came = s.U[shown.j]
    came = came[:, np.argsort(rotation.share(came), kind="stable")]
    if way == "by varimax":
        turned = came @ rotation.varimax(came)
        turned = turned[:, np.argsort(rotation.share(turned), kind="stable")]
    else:
        turned = came @ rotation.turn(5, 0, 1, 30)
    for title, U in (("Axes as they came", came), (f"Turned {way}", turned)):
        np.testing.assert_allclose(drawn(at, title)["data"][0]["z"], table(U), atol=1e-5)
    chance = [strength(came @ interpret.rotation(5, q)) for q in range(svd_axes.RANDOM)]
    said = f"**{strength(came):.2f}** as they came, **{strength(turned):.2f}** turned, and {np.mean(chance):.2f} on"
    assert said in text(at)
    assert f"(up to {max(chance):.2f})" in text(at)
    word = genres[1]
    at = open_page(view=AXES, data="planted", fit="without", turned=way, angle="30", genre=word)
    of_genre = has[:, 1] > 0
    for title, U in (("As they came", came), ("Turned", turned)):
        for name, which in ((word, of_genre), ("other films", ~of_genre)):
            cloud = trace(drawn(at, title), name)
            np.testing.assert_allclose(np.c_[cloud["x"], cloud["y"]], U[which, :2], atol=1e-5)


@pytest.fixture(scope="module")
def real():
    """The films that the default view shows, and U as it came and after varimax."""
    ds = runs.dataset("ml-small")
    shown = svd_axes._shown(ds)
    cfg = als.Config(k=svd_axes.K, lam=svd_axes.LAM, biases=True)
    U = fit(als, ds.R.split(test=0.1, seed=0)[0], cfg, svd_axes.T).U[shown.j]
    return shown, U, U @ rotation.varimax(U)


def test_on_real_films_varimax_finds_axes_that_load_on_fewer(real) -> None:
    shown, came, turned = real
    before, after = (100 * np.sort(rotation.share(U)) for U in (came, turned))
    assert after.mean() < 0.9 * before.mean()
    assert after[0] < before[0]
    at = open_page(view=AXES)
    said = text(at)
    assert f"**{before.mean():.0f}%** of the {len(shown.j)} films" in said
    assert f"**{after.mean():.0f}%** turned by varimax: on fewer." in said
    bars = drawn(at, "Films an axis loads on")
    np.testing.assert_allclose(trace(bars, "as they came")["y"], before, rtol=1e-4)
    np.testing.assert_allclose(trace(bars, "turned by varimax")["y"], after, rtol=1e-4)


def test_the_maps_show_the_axes_before_and_after(real) -> None:
    _, came, turned = real
    at = open_page(view=AXES)
    for title, U in (("As they came", came), ("Turned", turned)):
        figure = drawn(at, title)
        x, y = (np.concatenate([one[axis] for one in figure["data"]]) for axis in "xy")
        f, g = np.argsort(rotation.share(U))[:2]
        np.testing.assert_allclose(np.sort(x), np.sort(U[:, f]), atol=1e-5)
        np.testing.assert_allclose(np.sort(y), np.sort(U[:, g]), atol=1e-5)
    assert not np.allclose(np.sort(came[:, 0]), np.sort(turned[:, 0]), atol=0.01)


def test_without_biases_an_axis_carries_the_mean_and_the_page_says_so() -> None:
    at = open_page(view=AXES, fit="without")
    assert "the factors must carry the mean as well" in text(at)
    assert trace(drawn(at, "Films an axis loads on"), "as they came")["y"].max() > 90


def test_a_single_axis_says_so() -> None:
    odd = dict(turned="inside out", angle="999", genre="zz", fit="badly")
    at = open_page(view=AXES, data="planted", k="1", **odd)
    assert any("One axis" in i.value for i in at.info)
    said = " ".join(w.value for w in at.warning)
    for name, asked in odd.items():
        assert f"`{name}={asked}`" in said
    assert not open_page(view=AXES, data="tiny", k="1", turned="at random", angle="-30").warning


@pytest.mark.parametrize("k", ["1", "3", "6"])
def test_every_line_holds_on_the_table_without_holes(k) -> None:
    at = open_page(view=PROOF, k=k)
    assert any("All 9 lines hold" in m.value for m in at.markdown)
    others = [m.value for m in at.markdown if "other matrices of rank" in m.value]
    assert len(others) == 1
    assert "less, by" in others[0]
    assert "no difference" not in others[0]
    R, titles = svd_proof.table()
    assert R.n == R.N * R.M
    assert len(titles) == R.M
    s = lowrank.decomposed(R.by_user.toarray()).s[: int(k)]
    assert f"{s[0]:.1f}" in pages.latex(at)


@pytest.mark.parametrize("view", [*VIEWS, "zzz"])
def test_odd_links_get_messages(view) -> None:
    odd = dict(k="999", fill="glue", turned="inside out", angle="400", genre="opera", seed="-1", lam="x", sweeps="0")
    at = open_page(view=view, **odd)
    said = " ".join(w.value for w in at.warning)
    expected = {
        PICTURE: ("k",),
        RATINGS: ("k", "fill"),
        HOLES: ("k", "lam", "sweeps", "seed"),
        BEST: ("seed",),
        AXES: ("k", "lam", "seed", "turned", "angle", "genre"),
        PROOF: ("k",),
    }
    for name in expected.get(view, ("view",)):
        assert f"`{name}={odd.get(name, view)}`" in said
