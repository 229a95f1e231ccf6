"""Embeddings by descent: slopes by finite differences, steps against loops, and where the descent ends up."""

from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest

from mfcore import Ratings, als, descent, embedding, errors, fit, nn, pmf, steps
from mfcore.ratings import Floats
from tests import oracles

TERMS = [dict(biases=b, weighted=w) for b in (True, False) for w in (True, False)]
RULES = [nn.Rule("sgd", 0.05), nn.Rule("momentum", 0.05, beta=0.7), nn.Rule("adam", 0.05, 0.8, 0.9, 1e-3)]


def problem(cfg: embedding.Config, N: int = 9, M: int = 7) -> tuple[Ratings, embedding.State]:
    """A State with nothing at its start, and with an optimizer that remembers something."""
    R, rng = oracles.random_ratings(N, M, 0.4, seed=3)
    s = fit(embedding, R, cfg, 2)
    moved = {name: x + rng.normal(size=x.shape) for name, x in s.params.items()}
    return R, replace(s, **moved)


def some(R: Ratings, cfg: embedding.Config) -> embedding.Batch:
    """A batch in which users and items come more than once."""
    return embedding.everything(R, cfg).at([5, 0, 1, 2, 11, 4, 7])


@pytest.mark.parametrize("terms", TERMS)
def test_the_gradient_of_a_batch_is_the_slope_of_its_mean_loss(terms: dict[str, Any]) -> None:
    cfg = embedding.Config(k=3, lam=0.7, **terms)
    R, s = problem(cfg)
    x = some(R, cfg)
    g = embedding.gradient(s, x, cfg.biases)
    assert set(g) == set(s.params) == ({"W", "U", "b", "c"} if cfg.biases else {"W", "U"})
    for name, theta in s.params.items():
        slopes = oracles.slopes(lambda: float(embedding.losses(s, x).mean()), theta)
        assert np.abs(g[name] - slopes).max() <= 1e-6 * np.abs(slopes).max()
        assert not g[name][np.setdiff1d(np.arange(len(theta)), x.i if name in "Wb" else x.j)].any()


@pytest.mark.parametrize("terms", TERMS)
def test_all_ratings_gradient_is_the_slope_of_j(terms: dict[str, Any]) -> None:
    """With J as loops over a dict, the oracle of ALS: another route to the same numbers."""
    cfg = embedding.Config(k=2, lam=0.7, **terms)
    R, s = problem(cfg)
    g = embedding.gradient(s, embedding.everything(R, cfg), cfg.biases)
    for name, found in g.items():
        expected = oracles.gradient(oracles.observed(R), s, name, cfg.lam, cfg.weighted)
        np.testing.assert_allclose(R.n * found, expected, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("terms", TERMS)
def test_by_hand_and_by_layers_are_the_same_gradient(terms: dict[str, Any]) -> None:
    cfg = embedding.Config(k=3, lam=0.7, **terms)
    R, s = problem(cfg)
    for at in range(R.n):
        x = embedding.everything(R, cfg).at([at])
        i, j = int(x.i[0]), int(x.j[0])
        hand, layers = embedding.gradient_of_one(s, R, cfg, i, j), embedding.gradient(s, x)
        assert hand.e == pytest.approx(x.r[0] - oracles.predicted(s, i, j), rel=1e-12)
        np.testing.assert_allclose(hand.w, layers["W"][i], rtol=1e-12)
        np.testing.assert_allclose(hand.u, layers["U"][j], rtol=1e-12)
        np.testing.assert_allclose([hand.b, hand.c], [layers["b"][i] * cfg.biases, layers["c"][j] * cfg.biases])


@pytest.mark.parametrize("terms", TERMS)
def test_the_losses_of_all_ratings_add_up_to_j(terms: dict[str, Any]) -> None:
    cfg = embedding.Config(k=3, lam=0.7, **terms)
    R, _ = oracles.random_ratings(9, 7, 0.4, seed=3)
    s = fit(embedding, R, cfg, 2)
    total = float(embedding.losses(s, embedding.everything(R, cfg)).sum())
    assert total == pytest.approx(oracles.J(oracles.observed(R), s, cfg.lam, cfg.weighted), rel=1e-12)
    assert total == pytest.approx(embedding.objective(s, R, cfg), rel=1e-12)


def stepped(s: embedding.State, R: Ratings, cfg: embedding.Config, x: embedding.Batch) -> dict[str, list[Floats]]:
    """By table, the rows after a step: rating by rating, row by row, only rows that the batch picked."""
    g = {name: np.zeros_like(theta) for name, theta in s.params.items()}
    for i, j in zip(x.i, x.j, strict=True):
        one = embedding.gradient_of_one(s, R, cfg, int(i), int(j))
        for name, at, part in (("W", i, one.w), ("U", j, one.u), ("b", i, one.b), ("c", j, one.c)):
            if name in g:
                g[name][at] += part / len(x.r)
    rule, t, after = cfg.rule, s.moments.steps + 1, {}
    for name, theta in s.params.items():
        after[name] = list(theta.copy())
        for row in set(x.i.tolist() if name in "Wb" else x.j.tolist()):
            m, v = s.moments.mean[name][row], s.moments.square[name][row]
            if rule.name == "sgd":
                way = g[name][row]
            elif rule.name == "momentum":
                way = rule.beta * m + g[name][row]
            else:
                m = rule.beta * m + (1 - rule.beta) * g[name][row]
                v = rule.beta2 * v + (1 - rule.beta2) * g[name][row] ** 2
                way = m / (1 - rule.beta**t) / (np.sqrt(v / (1 - rule.beta2**t)) + rule.eps)
            after[name][row] = theta[row] - rule.rate / (1 + cfg.decay * s.t) * way
    return after


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("terms", TERMS)
def test_a_step_is_a_loop_over_the_batch_and_over_the_rows_it_picked(terms: dict[str, Any], rule: nn.Rule) -> None:
    cfg = embedding.Config(k=3, lam=0.7, batch=4, rule=rule, decay=0.5, **terms)
    R, s = problem(cfg)
    kept = {name: theta.copy() for name, theta in s.params.items()}
    remembered = {name: m.copy() for name, m in s.moments.mean.items()}
    x = some(R, cfg)
    found, expected = embedding.step(s, x, cfg), stepped(s, R, cfg, x)
    for name, rows in expected.items():
        np.testing.assert_allclose(found.params[name], np.array(rows), rtol=1e-12)
        np.testing.assert_array_equal(s.params[name], kept[name])
        np.testing.assert_array_equal(s.moments.mean[name], remembered[name])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_an_epoch_is_its_steps_and_a_batch_that_divides_n_leaves_no_empty_one(rule: nn.Rule) -> None:
    R, _ = oracles.random_ratings(8, 6, 0.5, seed=1)
    for B in (R.n, R.n + 5, 7, *(B for B in range(2, R.n) if R.n % B == 0)):
        cfg = embedding.Config(k=2, batch=B, rule=rule)
        s = start = fit(embedding, R, cfg, 0)
        everything = embedding.everything(R, cfg)
        for places in nn.batches(R.n, B, np.random.default_rng([0, 1])):
            s = embedding.step(s, everything.at(places), cfg)
        found = embedding.sweep(start, R, cfg, np.random.default_rng([0, 1]))
        assert found.moments.steps == s.moments.steps == -(-R.n // B)
        assert found.t == 1
        for name, theta in s.params.items():
            np.testing.assert_array_equal(found.params[name], theta)


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_any_snapshot_resumes_bit_for_bit_and_leaving_early_keeps_what_was_learnt(rule: nn.Rule, batch: int) -> None:
    R, _ = oracles.random_ratings(8, 6, 0.5, seed=1)
    cfg = embedding.Config(k=2, batch=batch, rule=rule, decay=0.2)
    history = list(islice(steps(embedding, R, cfg, seed=7), 5))
    for s in history:
        again = fit(embedding, R, cfg, 4 - s.t, seed=7, start=s)
        for name, theta in history[-1].params.items():
            np.testing.assert_array_equal(again.params[name], theta)
    kept = list(islice(descent.epochs(embedding, R, R, cfg, 50, seed=7), 3))  # a loop that is left after three
    for epoch, s in zip(kept, history, strict=False):
        np.testing.assert_array_equal(epoch.state.W, s.W)


@pytest.mark.parametrize(("batch", "kernel"), [(1, "numpy"), (1, "numba"), (4, "auto")])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_optimizer_counts_every_step_in_every_form(rule: nn.Rule, batch: int, kernel: Any) -> None:
    R, _ = oracles.random_ratings(8, 6, 0.5, seed=1)
    cfg = embedding.Config(k=2, batch=batch, rule=rule, kernel=kernel)
    assert R.n % 4, "the last batch is a smaller one"
    taken = [s.moments.steps for s in islice(steps(embedding, R, cfg), 4)]
    assert taken == [t * -(-R.n // batch) for t in range(4)]


def test_rates_fall_epoch_by_epoch() -> None:
    cfg = embedding.Config(k=2, rule=nn.Rule("sgd", 0.3), decay=0.5, batch=3)
    assert [cfg.rate_at(t) for t in range(3)] == pytest.approx([0.3, 0.2, 0.15])
    R, s = problem(cfg)
    x = some(R, cfg)
    first, third = (embedding.step(replace(s, t=t), x, cfg).W - s.W for t in (0, 2))
    np.testing.assert_allclose(first, 2 * third, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize(("batch", "near"), [(1, 1e-3), (8, 5e-3)])
def test_plain_descent_at_a_falling_rate_ends_where_als_does(batch: int, near: float) -> None:
    R, _ = oracles.random_ratings(14, 10, 0.7, seed=5)
    cfg = embedding.Config(k=2, lam=3.0, batch=batch, rule=nn.Rule("sgd", 0.06 * batch), decay=0.1, init_scale=1.0)
    start = fit(embedding, R, cfg, 0)
    history = list(islice(steps(embedding, R, cfg, start=start), 201))
    solved = als.objective(fit(als, R, cfg.solved(), 100, start=start), R, cfg.solved())
    J = [embedding.objective(history[t], R, cfg) for t in (0, 5, 20, 80, 200)]
    assert all(later < earlier for earlier, later in pairwise(J))
    assert solved <= J[-1] <= solved * (1 + near)


@pytest.mark.parametrize("rule", RULES[1:], ids=lambda rule: rule.name)
def test_all_ratings_at_once_every_optimizer_ends_where_als_does(rule: nn.Rule) -> None:
    R, _ = oracles.random_ratings(14, 10, 0.7, seed=5)
    rate = 0.03 if rule.name == "adam" else 0.3
    cfg = embedding.Config(k=2, lam=3.0, batch=R.n, rule=replace(rule, rate=rate, beta=0.9, beta2=0.99), init_scale=1.0)
    start = fit(embedding, R, cfg, 0)
    solved = als.objective(fit(als, R, cfg.solved(), 100, start=start), R, cfg.solved())
    assert embedding.objective(fit(embedding, R, cfg, 500, start=start), R, cfg) == pytest.approx(solved, rel=1e-5)


@pytest.mark.parametrize("batch", [1, 16])
@pytest.mark.parametrize("rule", ["sgd", "momentum", "adam"])
def test_too_large_a_rate_is_named_with_its_epoch_and_what_came_before_stays(rule: Any, batch: int) -> None:
    R, _ = oracles.random_ratings(20, 15, 0.5, seed=2)
    rate = {"sgd": 3.0, "momentum": 3.0, "adam": 300.0}[rule]
    cfg = embedding.Config(k=3, lam=0.1, batch=batch, rule=nn.Rule(rule, rate))
    kept = []
    with pytest.raises(errors.DivergedError, match="learning rate too large at epoch") as raised:
        kept.extend(descent.epochs(embedding, R, R, cfg, 50))  # extend keeps what came before it failed
    assert [epoch.t for epoch in kept] == list(range(raised.value.t))
    assert all(np.isfinite(epoch.state.W).all() for epoch in kept)


def test_a_table_that_leaves_all_bounds_is_caught_without_looking_at_j() -> None:
    R, _ = oracles.random_ratings(20, 15, 0.5, seed=2)
    for terms in (dict(batch=16), dict(batch=1, kernel="numpy"), dict(batch=1, kernel="numba", dtype="float32")):
        cfg = embedding.Config(k=3, rule=nn.Rule("sgd", 1e8), **terms)
        with pytest.raises(errors.DivergedError, match="epoch 1"):
            fit(embedding, R, cfg, 1)


@pytest.mark.parametrize("biases", [True, False])
def test_with_l2_it_is_the_maximum_a_posteriori(biases: bool) -> None:
    """−2σ² log posterior is J at λ = λ_prior σ², a constant apart: at any State, so in its slopes too (§11, E5)."""
    sigma, lam_prior = 0.8, 2.5
    probable = pmf.Config(k=2, sigma=sigma, lam_prior=lam_prior, biases=biases)
    cfg = embedding.Config(k=2, lam=lam_prior * sigma**2, biases=biases)
    R, s = problem(cfg)
    gaps = []
    for T in (0, 2):
        at = pmf.around(fit(embedding, R, cfg, T, start=s), sigma, lam_prior, lam_prior)
        gap = -2 * sigma**2 * pmf.log_posterior(at, R, probable) - embedding.objective(at, R, cfg)
        assert gap == pytest.approx(pmf.apart(at, R, probable), rel=1e-10)
        gaps.append(gap)
    assert gaps[0] == pytest.approx(gaps[1], rel=1e-10)
    top = fit(pmf, R, probable, 400)
    g = embedding.gradient(top, embedding.everything(R, cfg), biases)
    assert max(np.abs(R.n * part).max() for part in g.values()) < 1e-6


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_whom_nobody_rated_stays_at_nothing(rule: nn.Rule, batch: int) -> None:
    i, j = np.array([0, 0, 2, 2, 2]), np.array([1, 3, 0, 1, 3])
    R = Ratings.from_codes(i, j, np.array([1.0, 4.0, 5.0, 2.0, 3.0]), np.arange(3), np.arange(4))
    cfg = embedding.Config(k=2, batch=batch, rule=rule)
    for s in islice(steps(embedding, R, cfg), 4):
        assert not s.W[1].any()
        assert not s.U[2].any()
        assert s.b[1] == s.c[2] == 0
        np.testing.assert_allclose(embedding.predict(s, 1, np.arange(4)), s.mu + s.c)
        np.testing.assert_allclose(embedding.predict(s, np.arange(3), 2), s.mu + s.b)
    assert s.b[0] != 0
    assert s.c[0] != 0


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (1, 1)])
def test_one_user_one_film_one_dimension(shape: tuple[int, int], batch: int) -> None:
    R, _ = oracles.random_ratings(*shape, 1.0, seed=0)
    cfg = embedding.Config(k=1, lam=0.1, batch=batch, rule=nn.Rule("sgd", 0.05))
    start, s = (fit(embedding, R, cfg, T) for T in (0, 30))
    assert (s.W.shape, s.U.shape) == ((shape[0], 1), (shape[1], 1))
    assert embedding.objective(s, R, cfg) <= embedding.objective(start, R, cfg)


def test_constant_ratings_need_nothing_but_the_mean() -> None:
    R, _ = oracles.random_ratings(8, 6, 0.6, seed=0)
    R = Ratings.from_codes(R.i, R.j, np.full(R.n, 3.5), R.user_ids, R.item_ids)
    for batch in (1, 4):
        s = fit(embedding, R, embedding.Config(k=2, lam=1.0, batch=batch, rule=nn.Rule("sgd", 0.1 * batch)), 60)
        assert embedding.objective(s, R, embedding.Config(k=2, lam=1.0)) < 1e-6
        np.testing.assert_allclose(embedding.predict(s, R.i, R.j), 3.5, atol=1e-3)


def test_float32_stays_float32_and_follows_float64() -> None:
    R, _ = oracles.random_ratings(8, 6, 0.5, seed=1, dtype="float32")
    for batch in (1, 4):
        for rule in RULES:
            fine, coarse = (
                fit(embedding, R, embedding.Config(k=2, batch=batch, rule=rule, dtype=dtype), 5)
                for dtype in ("float64", "float32")
            )
            for name, theta in coarse.params.items():
                assert theta.dtype == coarse.moments.mean[name].dtype == np.float32
                np.testing.assert_allclose(theta, fine.params[name], rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize(
    "wrong", [dict(batch=0), dict(batch=2.5), dict(decay=-1), dict(init_scale=0), dict(k=0), dict(lam=-1.0)]
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        embedding.Config(**wrong)


def test_a_pair_that_was_not_rated_has_no_gradient() -> None:
    R, s = problem(embedding.Config(k=2))
    i = int(np.argmin(R.users_counts))
    unrated = np.setdiff1d(np.arange(R.M), R.Psi(i))
    for j in (int(unrated[0]), int(unrated[-1])):
        with pytest.raises(LookupError, match=f"user {i} has not rated item {j}"):
            embedding.gradient_of_one(s, R, embedding.Config(k=2), i, j)
