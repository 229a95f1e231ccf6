"""MF and a network side by side: every gradient by differences and by autograd, 0 at the start, steps and epochs."""

from itertools import islice

import numpy as np
import pytest

from mfcore import als, descent, embedding, fit, metrics, nn, residual, steps
from mfcore.errors import DivergedError
from mfcore.residual import BRANCH, Config
from tests import authority
from tests.oracles import random_ratings, slopes

SGD = nn.Rule("sgd", 0.003)
ACTIVATIONS = ("relu", "tanh")


def cfg(**given):
    return Config(**{"k": 2, "lam": 0.7, "hidden": (5, 3), "lam_net": 0.03, "batch": 7, **given})


def lively(R, c, seed=0):
    """A State in which nothing is 0."""
    s = residual.init(R, c, np.random.default_rng(seed))
    rng = np.random.default_rng(seed + 1)
    moved = {name: x + 0.4 * rng.standard_normal(x.shape) for name, x in s.whole.items()}
    return s.having(moved, s.moments)


def everything(R, c):
    return embedding.everything(R, c.mf())


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("staged", [False, True], ids=["joint", "staged"])
def test_the_gradient_of_every_parameter_is_that_of_J(activation, staged):
    R, _ = random_ratings(6, 5, 0.6, seed=3)
    c = cfg(activation=activation, staged=staged, sweeps=2)
    s = lively(R, c)
    g = residual.gradient(s, everything(R, c), c)
    assert set(g) == set(s.params) == set(s.whole) - (set(BRANCH) if staged else set())
    for name, theta in s.params.items():
        by_differences = slopes(lambda: residual.objective(s, R, c), theta) / R.n
        np.testing.assert_allclose(g[name], by_differences, rtol=1e-6, atol=1e-7 * np.abs(by_differences).max())


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_autograd_agrees_to_ten_digits(activation):
    torch = authority.torch()
    R, _ = random_ratings(6, 5, 0.6, seed=4)
    c = cfg(activation=activation)
    s, x = lively(R, c), everything(R, c)
    t = {name: torch.tensor(value, requires_grad=True) for name, value in s.whole.items()}
    i, j, r, lam_i, lam_j = map(torch.as_tensor, x)
    h = torch.cat([t["P"][i], t["Q"][j]], dim=1)
    for n in range(len(s.A)):
        h = h @ t[f"A{n}"] + t[f"a{n}"]
        h = getattr(torch, activation)(h) if n < len(s.A) - 1 else h
    mf = (t["W"][i] * t["U"][j]).sum(1) + t["b"][i] + t["c"][j] + s.mu
    charge = lam_i * (t["W"][i].square().sum(1) + t["b"][i] ** 2) + lam_j * (t["U"][j].square().sum(1) + t["c"][j] ** 2)
    own = t["P"][i].square().sum(1) + t["Q"][j].square().sum(1) + sum(t[f"A{n}"].square().sum() for n in range(3))
    ((r - mf - h[:, 0]) ** 2 + charge + c.lam_net * own).mean().backward()
    for name, g in residual.gradient(s, x, c).items():
        np.testing.assert_allclose(g, t[name].grad.numpy(), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("staged", [False, True])
def test_a_network_that_says_nothing_leaves_mf_exactly(staged):
    R, _ = random_ratings(30, 20, 0.3, seed=1)
    c = cfg(staged=staged)
    s = residual.init(R, c, np.random.default_rng(0))
    i, j = np.divmod(np.arange(R.N * R.M), R.M)
    mf, network = residual.parts(s, i, j)
    assert (network == 0).all()
    np.testing.assert_array_equal(residual.predict(s, i, j), als.predict(s, i, j))
    np.testing.assert_array_equal(mf, als.predict(s, i, j))
    if staged:
        first = fit(als, R, c.alone(), c.sweeps, seed=0)
        np.testing.assert_array_equal(next(steps(residual, R, c, seed=0)).W, first.W)


def test_a_prediction_is_the_sum_of_its_parts_in_any_shape_and_in_blocks(monkeypatch):
    R, _ = random_ratings(12, 9, 0.5, seed=2)
    s = lively(R, cfg())
    i, j = np.meshgrid(np.arange(12), np.arange(9), indexing="ij")
    whole = residual.parts(s, i, j)
    np.testing.assert_allclose(residual.predict(s, i, j), whole.mf + whole.network)
    monkeypatch.setattr(residual, "PAIRS", 10)
    np.testing.assert_allclose(residual.parts(s, i, j).network, whole.network, rtol=1e-12)
    one = residual.parts(s, 3, 4)
    np.testing.assert_allclose(one, [part[3, 4] for part in whole])
    # By hand, a unit at a time.
    h = [*s.P[3], *s.Q[4]]
    for n, (A, a) in enumerate(zip(s.A, s.a, strict=True)):
        h = [sum(x * A[p, q] for p, x in enumerate(h)) + a[q] for q in range(len(a))]
        h = [np.tanh(x) if n < 2 else x for x in h]
    assert one.network == pytest.approx(h[0])


@pytest.mark.parametrize("staged", [False, True])
@pytest.mark.parametrize("rule", ["sgd", "momentum", "adam"])
def test_a_step_moves_only_rows_that_its_batch_picked(staged, rule):
    R, _ = random_ratings(12, 9, 0.5, seed=2)
    c = cfg(staged=staged, rule=nn.Rule(rule, 0.01))
    s, x = lively(R, c), everything(R, c).at(slice(0, 5))
    after = residual.step(s, x, c)
    assert after.moments.steps == 1
    for name, ids in [(n, x.i) for n in "WbP"] + [(n, x.j) for n in "UcQ"]:
        same = np.delete(np.arange(len(s.whole[name])), np.unique(ids))
        np.testing.assert_array_equal(after.whole[name][same], s.whole[name][same])
        moved = name not in BRANCH or not staged
        assert (after.whole[name][ids] != s.whole[name][ids]).any() == moved


def test_a_step_is_the_rule_on_the_whole_gradient():
    R, _ = random_ratings(12, 9, 0.5, seed=2)
    c = cfg(rule=SGD)
    s, x = lively(R, c), everything(R, c).at(slice(3, 20))
    after = residual.step(s, x, c)
    for name, g in residual.gradient(s, x, c).items():
        np.testing.assert_allclose(after.whole[name], s.whole[name] - SGD.rate * g, rtol=1e-12, atol=1e-14)


def test_the_second_stage_leaves_the_first_bit_for_bit_and_no_sweep_changes_its_input():
    R, rng = random_ratings(30, 20, 0.3, seed=1)
    c = cfg(staged=True)
    s = lively(R, c)
    before = {name: x.copy() for name, x in s.whole.items()}
    after = residual.sweep(s, R, c, rng)
    assert after.t == s.t + 1
    for name, x in before.items():
        np.testing.assert_array_equal(s.whole[name], x)
        assert (after.whole[name] == x).all() == (name in BRANCH)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("staged", [False, True])
def test_J_falls_at_a_small_rate(activation, staged):
    R, _ = random_ratings(30, 20, 0.3, seed=1)
    c = cfg(activation=activation, staged=staged, rule=SGD, batch=R.n, lam=0.1, lam_net=1e-4)
    J = [residual.objective(s, R, c) for s in islice(steps(residual, R, c, seed=0), 12)]
    assert (np.diff(J) < 0).all()


def test_whoever_nobody_rated_stays_at_nothing():
    R, _ = random_ratings(30, 20, 0.04, seed=1)
    for T in (0, 2):
        s = fit(residual, R, cfg(rule=nn.Rule("adam", 0.01)), T)
        for counts, tables in ((R.users_counts, (s.W, s.b, s.P)), (R.items_counts, (s.U, s.c, s.Q))):
            assert 0 < (counts == 0).sum() < len(counts)
            for X in tables:
                assert (X[counts == 0] == 0).all()
        assert (s.P[R.users_counts > 0] != 0).all()
        assert (s.Q[R.items_counts > 0] != 0).all()


def test_the_slip_teaches_nothing():
    """E6: r̂ − MF is the network's own output; the misses are 0, and only the charge of ν is left to follow."""
    R, _ = random_ratings(30, 20, 0.3, seed=1)
    c = cfg(staged=True, lam_net=0.0)
    s, x = lively(R, c), everything(R, c)
    written = residual.rest_as_written(s, x)
    np.testing.assert_allclose(written, residual.parts(s, x.i, x.j).network, atol=1e-14)
    np.testing.assert_allclose(residual.rest(s, x), x.r - als.predict(s, x.i, x.j))
    right, slipped = (residual.gradient(s, x, c, target) for target in (residual.rest, residual.rest_as_written))
    for name in s.params:
        assert np.abs(slipped[name]).max() < 1e-13 < np.abs(right[name]).max()


def test_one_run_is_one_run_and_resumes_bit_for_bit():
    R, _ = random_ratings(30, 20, 0.3, seed=1)
    c = cfg(dtype="float32")
    whole = list(islice(steps(residual, R, c, seed=5), 4))
    again = fit(residual, R, c, T=1, seed=5, start=whole[2])
    for name, x in whole[3].whole.items():
        assert x.dtype == np.float32
        np.testing.assert_array_equal(again.whole[name], x)


def test_a_rate_too_large_is_said_and_the_epochs_before_it_are_kept():
    R, _ = random_ratings(30, 20, 0.3, seed=1)
    c = cfg(rule=nn.Rule("sgd", 5.0), activation="relu")
    found = []
    with pytest.raises(DivergedError, match="learning rate too large at epoch") as error:
        found.extend(descent.epochs(residual, R, R, c, T=50))
    assert [epoch.t for epoch in found] == list(range(error.value.t))
    assert len(found) >= 1
    assert error.value.last is found[-1].state
    for epoch in found:
        assert all(np.isfinite(x).all() for x in epoch.state.whole.values())
        assert metrics.rmse(residual.predict(epoch.state, R.i, R.j), R.r) == epoch.train


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (dict(hidden=(3, 0)), "widths"),
        (dict(sweeps=0), "sweeps"),
        (dict(activation="sigmoid"), "relu"),
        (dict(lam_net=-1.0), "lam_net"),
        (dict(k=0), "k counts"),
        (dict(batch=0), "batch"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_words(given, word):
    with pytest.raises(ValueError, match=word):
        Config(**given)
