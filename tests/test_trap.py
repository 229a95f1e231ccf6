"""The copy trap: every error by literal loops, a copy that scores 0 and knows nothing, and errors that part ways."""

import numpy as np
import pytest

from mfcore import Ratings, data, fills, leaks, metrics, trap
from tests.oracles import observed, random_ratings


@pytest.fixture(scope="module")
def parts():
    R, _ = random_ratings(23, 11, 0.5, seed=3)
    return R.split(test=0.25, seed=1)


@pytest.fixture(scope="module")
def planted():
    return trap.narrow(data.load("planted")[0]).split(test=0.1, seed=0)


def loop(B, fed, scored, mu):
    """J_test as the notes write it: every cell visited, the mask deciding."""
    given, asked = observed(fed), observed(scored)
    total = count = 0
    for i in range(fed.N):
        x = [given[i, j] - mu if (i, j) in given else 0.0 for j in range(fed.M)]
        for j in range(fed.M):
            m = (i, j) in asked
            if m:
                predicted = mu + sum(x[other] * B[other, j] for other in range(fed.M))
                total += (asked[i, j] - predicted) ** 2
                count += m
    return total / count


def test_every_error_is_the_literal_double_sum(parts):
    train, test = parts
    B = np.random.default_rng(0).normal(size=(train.M, train.M))
    both = trap.together(train, test)
    for fed in (train, test, both):
        assert trap.error(B, fed, test, train.mu) == pytest.approx(loop(B, fed, test, train.mu), rel=1e-12)
    x = np.zeros((test.N, test.M))
    x[test.i, test.j] = test.r - train.mu
    assert trap.unmasked(B, test, train.mu) == pytest.approx(np.mean((x - x @ B) ** 2))
    found = trap.errors(B, train, test)
    expected = [loop(B, fed, test, train.mu) ** 0.5 for fed in (test, both, train)]
    assert [found.framework, found.leak, found.test] == pytest.approx(expected)


def test_outputs_in_blocks_are_those_of_the_whole_product(parts, monkeypatch):
    train, _ = parts
    monkeypatch.setattr(trap, "_BLOCK", 4)
    B, rng = np.random.default_rng(0).normal(size=(train.M, train.M)), np.random.default_rng(1)
    i, j = rng.integers(0, train.N, 40), rng.integers(0, train.M, 40)
    whole = trap.rows(train, 3.0).toarray() @ B
    np.testing.assert_allclose(trap.outputs(B, trap.rows(train, 3.0), i, j), whole[i, j])


@pytest.mark.parametrize("name", ["tiny", "planted", "ml-small"])
def test_a_copy_is_perfect_to_the_framework_and_knows_no_more_than_the_mean(name):
    train, test = trap.narrow(data.load(name)[0]).split(test=0.1, seed=0)
    found = trap.errors(trap.copy(train.M), train, test)
    assert found.framework == found.unmasked == found.leak == 0.0
    assert found.test == pytest.approx(metrics.rmse(np.full(test.n, train.mu), test.r), rel=1e-12)


def test_a_rating_equal_to_the_mean_counts():
    ids = np.arange(2), np.arange(2)
    fed = Ratings.from_codes(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([3.0, 4.0, 2.0]), *ids)
    assert fed.mu == 3.0
    assert trap.rows(fed, fed.mu).nnz == 3
    B = np.full((2, 2), 0.5)
    assert trap.error(B, fed, fed, fed.mu) == pytest.approx(((0 - 0.5) ** 2 + (1 - 0.5) ** 2 + (-1 + 0.5) ** 2) / 3)


def test_all_widths_at_once_are_each_by_itself(parts):
    train, test = parts
    V, widths = trap.directions(train), (1, 2, 5, 8, train.M)
    np.testing.assert_allclose(V.T @ V, np.eye(train.M), atol=1e-12)
    found = trap.by_hidden(train, test, V, widths)
    for at, h in enumerate(widths):
        alone = trap.errors(trap.hidden(V, h), train, test)
        np.testing.assert_allclose([way[at] for way in found], alone, atol=1e-7)


def test_networks_come_one_by_one_and_each_says_the_rating_farthest_from_the_mean(parts, monkeypatch):
    train, test = parts
    monkeypatch.setattr(trap, "_BLOCK", 7)
    V, G, widths, rhos = trap.directions(train), trap.gram(train), (1, 3, train.M), (0.0, 0.3, 0.8)
    t = max(range(test.n), key=lambda n: abs(test.r[n] - train.mu))
    cell = test.i[[t]], test.j[[t]]
    made = [*trap.wider(train, test, V, widths), *trap.noisier(train, test, rhos)]
    for B, one in zip(
        [trap.hidden(V, h) for h in widths] + [trap.denoising(G, rho) for rho in rhos], made, strict=True
    ):
        np.testing.assert_allclose(one.errors, trap.errors(B, train, test), atol=1e-7)
        for said, fed in ((one.own, test), (one.honest, train)):
            assert said == pytest.approx(train.mu + float(trap.outputs(B, trap.rows(fed, train.mu), *cell)[0]))
    assert trap.farthest(test, train.mu) == t


def test_what_all_networks_share_is_made_once_a_call(parts, monkeypatch):
    train, test = parts
    counts = dict(gram=0, together=0)
    for name in counts:
        made = getattr(trap, name)

        def counted(*parts, name=name, made=made):
            counts[name] += 1
            return made(*parts)

        monkeypatch.setattr(trap, name, counted)
    trap.by_noise(train, test, (0.0, 0.2, 0.4, 0.6))
    assert counts == dict(gram=1, together=1)


def test_steps_on_which_two_errors_disagree_are_counted():
    found = trap.Errors(
        framework=np.array([0.0, 0.5, 0.4, 0.4, 0.7]), unmasked=np.zeros(5), leak=np.zeros(5),
        test=np.array([1.0, 0.9, 1.1, 0.8, 0.9]),
    )  # fmt: skip
    assert trap.opposed(found) == 2


def test_hidden_units_are_the_best_of_their_number(parts):
    """Eckart and Young: no other B of rank h gives the training rows back better."""
    train, _ = parts
    x = trap.rows(train, train.mu).toarray()
    V = trap.directions(train)
    s = np.linalg.svd(x)[1]
    for h in (1, 3, 6):
        left = np.sum((x - x @ trap.hidden(V, h)) ** 2)
        assert left == pytest.approx(np.sum(s[h:] ** 2))


@pytest.mark.parametrize("rho", [0.1, 0.5, 0.9])
def test_the_denoising_network_is_stationary_on_its_averaged_objective(parts, rho):
    """E‖X − X̃B‖²_F written out: entries of X̃ are x/(1−ρ) with probability 1 − ρ, so each adds a variance."""
    train, _ = parts
    x = trap.rows(train, train.mu).toarray()

    def averaged(B):
        return np.sum((x - x @ B) ** 2) + rho / (1 - rho) * np.sum((x**2).sum(axis=0)[:, None] * B**2)

    B = trap.denoising(trap.gram(train), rho)
    lowest, h = averaged(B), 1e-4
    for at in [(0, 0), (2, 5), (7, 3)]:
        step = np.zeros(B.shape)
        step[at] = h
        up, down = averaged(B + step), averaged(B - step)
        assert abs(up - down) / (2 * h) < 1e-6 * lowest
        assert min(up, down) > lowest


def test_the_average_over_the_noise_is_the_average_over_draws(parts):
    train, _ = parts
    x, rho, rng = trap.rows(train, train.mu).toarray(), 0.4, np.random.default_rng(0)
    B = trap.denoising(trap.gram(train), rho)
    drawn = [np.sum((x - x * (rng.random(x.shape) >= rho) / (1 - rho) @ B) ** 2) for _ in range(3000)]
    exact = np.sum((x - x @ B) ** 2) + rho / (1 - rho) * np.sum((x**2).sum(axis=0)[:, None] * B**2)
    assert np.mean(drawn) == pytest.approx(exact, abs=4 * np.std(drawn) / len(drawn) ** 0.5)


def test_without_noise_full_width_copies_and_an_empty_column_stays_empty(planted):
    train, _ = planted
    np.testing.assert_allclose(trap.denoising(trap.gram(train), 0.0), np.eye(train.M), atol=1e-8)
    ids = np.arange(3), np.arange(3)
    R = Ratings.from_codes(np.array([0, 1, 2]), np.array([0, 2, 0]), np.array([1.0, 2.0, 5.0]), *ids)
    for rho in (0.0, 0.3):
        B = trap.denoising(trap.gram(R), rho)
        assert not B[1].any()
        assert not B[:, 1].any()
    for rho in (1.0, -0.1):
        with pytest.raises(ValueError, match="rho"):
            trap.denoising(trap.gram(R), rho)


def test_the_two_errors_order_networks_the_other_way_round(planted):
    """Past the best width the framework's loss falls with every unit and the test error rises; noise turns both."""
    train, test = planted
    widths = list(range(1, train.M + 1))
    found = trap.by_hidden(train, test, trap.directions(train), widths)
    low = int(np.argmin(found.test))
    assert 0 < low < train.M // 4
    coarse = np.arange(low, train.M, 12)
    assert (np.diff(found.framework[coarse]) < 0).all()
    assert (np.diff(found.test[coarse]) > 0).all()
    assert (np.diff(found.unmasked) < 1e-12).all()
    assert found.framework[-1] == pytest.approx(0, abs=1e-7)
    assert found.test[-1] == pytest.approx(metrics.rmse(np.full(test.n, train.mu), test.r))
    noisy = trap.by_noise(train, test, (0.0, 0.2, 0.4, 0.6))
    assert (np.diff(noisy.framework) > 0).all()
    assert (np.diff(noisy.test) < 0).all()


def test_the_narrow_side_has_the_columns_and_the_busiest_are_kept():
    R, _ = random_ratings(5, 9, 0.6, seed=0)
    assert trap.narrow(R).M == 5
    assert trap.narrow(R.T).M == 5
    few = trap.narrow(R, most=2)
    kept = np.sort(np.argsort(-R.users_counts, kind="stable")[:2])
    assert observed(few) == {(j, t): r for (i, j), r in observed(R).items() for t, user in enumerate(kept) if i == user}
    np.testing.assert_array_equal(few.item_ids, R.user_ids[kept])


def test_what_a_leak_knew_is_found_by_changing_the_test_ratings(planted):
    """Metamorphic: other values at the test positions change what is made from everything, and nothing else."""
    train, test = planted
    spoilt = Ratings.from_codes(test.i, test.j, 5.5 - test.r, test.user_ids, test.item_ids)
    whole, other = trap.together(train, test), trap.together(train, spoilt)
    clean = [leaks.encoded(train, train, part, 3, 5.0) for part in (test, spoilt)]
    np.testing.assert_array_equal(*clean)
    leaked = [leaks.encoded(R, train, test, 3, 5.0) for R in (whole, other)]
    assert np.abs(leaked[0] - leaked[1]).max() > 0.1


def test_factors_after_means_learn_what_the_means_leave(planted):
    """On the ratings they were fitted to they come nearer than the means; held down by λ they add nothing."""
    train, _ = planted
    F = fills.both_means(train)
    means = F.b[train.i] + F.c[train.j] + F.mu
    fitted = leaks.encoded(train, train, train, k=8, lam=0.1)
    assert metrics.rmse(fitted, train.r) < 0.7 * metrics.rmse(means, train.r)
    np.testing.assert_allclose(leaks.encoded(train, train, train, k=2, lam=1e9), means, atol=1e-6)


def test_leaks_are_the_literal_means(parts):
    train, test = parts
    R = trap.together(train, test)
    found = {leak.name: leak for leak in leaks.found(R, train, test, 2, 5.0)}
    for seen, side in ((train, "clean"), (R, "leaked")):
        own = observed(seen)
        mu = sum(own.values()) / len(own)
        means = {j: np.mean([r for (_, film), r in own.items() if film == j] or [mu]) for j in range(R.M)}
        missed = [(r - means[j]) ** 2 for (_, j), r in observed(test).items()]
        assert getattr(found["item means"], side) == pytest.approx(np.mean(missed) ** 0.5)
        assert getattr(found["μ"], side) == pytest.approx(np.mean([(r - mu) ** 2 for r in test.r]) ** 0.5)
    assert all(leak.leaked < leak.clean for leak in found.values())


@pytest.mark.parametrize("kind", ["ratings", "each user's ratings", "whole users"])
def test_splits_share_no_rating_and_say_what_they_ask(planted, kind):
    R = trap.together(*planted)
    train, test = leaks.split(R, kind, seed=4)
    assert observed(train).keys().isdisjoint(observed(test))
    assert observed(train) | observed(test) == observed(R)
    said = leaks.described(R, kind, 5.0, seed=4)
    tested, trained = set(test.i.tolist()), set(train.i.tolist())
    assert said.users == len(tested - trained)
    assert (said.users == len(tested)) == (kind == "whole users")
    assert (said.train, said.test) == (train.n, test.n)
    films = set(train.j.tolist())
    assert said.films == pytest.approx(np.mean([j not in films for j in test.j.tolist()]))


@pytest.mark.parametrize("kind", ["ratings", "each user's ratings", "whole users"])
def test_of_rare_films_those_with_no_training_rating_are_counted_and_not_those_with_one(kind):
    R, _ = random_ratings(40, 600, 0.025, seed=2)
    train, test = leaks.split(R, kind, seed=1)
    left = [sum(j == film for j in train.j.tolist()) for film in test.j.tolist()]
    assert {0, 1} <= set(left)
    assert leaks.described(R, kind, 5.0, seed=1).films == pytest.approx(left.count(0) / len(left))


def test_a_fill_from_training_is_what_a_leak_is_compared_with(parts):
    train, test = parts
    R = trap.together(train, test)
    both = next(leak for leak in leaks.found(R, train, test, 2, 5.0) if leak.name == "both means")
    F = fills.both_means(train)
    assert both.clean == pytest.approx(metrics.rmse(F.b[test.i] + F.c[test.j] + F.mu, test.r))
