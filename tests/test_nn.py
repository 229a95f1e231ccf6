"""nn.py: every backward pass against finite differences, sums against loops, optimizers against their papers."""

import inspect
import math
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.sparse import csr_array

from mfcore import activations, nn
from mfcore.notation import equation_of
from mfcore.ratings import Floats
from tests.oracles import slopes

LITERAL: dict[str, Callable[[float], float]] = {
    "identity": lambda x: x,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "relu": lambda x: max(x, 0.0),
    "tanh": math.tanh,
}
# Public functions that are no layers: tables of indices, steps of an optimizer, and differences.
NO_LAYERS = {"one_hot", "rows_of", "at_rest", "sgd", "momentum", "adam", "step", "differences", "batches"}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def holes(B: int, M: int, seed: int = 1) -> csr_array:
    """A sparse input with stored zeros among its values, and an empty row."""
    mask = rng(seed).random((B, M)) < 0.4
    mask[1] = False
    b, j = np.nonzero(mask)
    x = rng(seed).normal(size=len(b))
    x[:2] = 0.0
    return csr_array((x, (b, j)), shape=(B, M))


def agree(J: Callable[[], float], theta: Floats, g: Floats) -> None:
    found = slopes(J, theta)
    assert np.abs(found - g).max() <= 1e-6 * max(np.abs(found).max(), 1e-3)


@pytest.fixture
def t() -> Floats:
    return rng(9).normal(size=(4, 3))


def own(module: ModuleType) -> dict[str, Callable[..., object]]:
    """The public functions that a module defines."""
    found = inspect.getmembers(module, inspect.isfunction)
    return {name: f for name, f in found if f.__module__ == module.__name__ and not name.startswith("_")}


@pytest.mark.parametrize("module", [nn, activations], ids=["nn", "activations"])
def test_every_layer_goes_forward_and_backward_each_beside_its_equation_with_shapes(module: ModuleType) -> None:
    functions = own(module)
    forward = {name for name in functions if not name.endswith("_back")} - NO_LAYERS
    assert {name for name in functions if name.endswith("_back")} == {f"{name}_back" for name in forward}
    for name in set(functions) - {"rows_of", "at_rest", "step", "batches"}:  # which compute no equation of their own
        latex = equation_of(functions[name]).latex
        assert (r"\partial" in latex) == (name.endswith("_back") or name == "differences"), name
    for name in set(functions) - {"at_rest", "step", "batches", "differences"}:
        ends = inspect.getsource(functions[name]).splitlines()[-2:]  # where the result is made, or given
        assert any(re.search(r"  # .*(\(|shape)", line) for line in ends), name


def test_every_equation_of_a_layer_is_used_or_shown() -> None:
    """Elsewhere in the package by its name: in a model, or on a card."""
    root = Path(__file__).parents[1]
    written = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("mfcore", "mfapp", "mfview")
        for path in sorted((root / folder).rglob("*.py"))
        if path.name not in ("nn.py", "activations.py")
    )
    inside = inspect.getsource(nn)
    for name, f in own(nn).items():
        if hasattr(f, "equation"):
            assert re.search(rf"\bnn\.{name}\b", written) or len(re.findall(rf"\b{name}\(", inside)) > 1, name


def test_a_look_up_is_the_product_with_one_hot_rows_and_its_gradient_adds_up_where_an_id_comes_twice() -> None:
    W, i, g = rng().normal(size=(5, 3)), np.array([4, 0, 4, 2]), rng(1).normal(size=(4, 3))
    np.testing.assert_array_equal(nn.lookup(W, i), nn.one_hot(i, 5) @ W)
    assert nn.one_hot(i, 5).nnz == 4
    agree(lambda: float((nn.lookup(W, i) * g).sum()), W, nn.lookup_back(g, i, 5))
    assert not nn.lookup_back(g, i, 5)[[1, 3]].any()


def test_a_dot_product_gives_each_side_the_other(t: Floats) -> None:
    p, q, g = t, rng(2).normal(size=(4, 3)), rng(3).normal(size=4)
    np.testing.assert_allclose(nn.dot(p, q), [sum(p[b, f] * q[b, f] for f in range(3)) for b in range(4)])
    for theta, found in zip((p, q), nn.dot_back(g, p, q), strict=True):
        agree(lambda: float(nn.dot(p, q) @ g), theta, found)


def test_a_dense_layer_from_dense_or_sparse_rows(t: Floats) -> None:
    A, a, g = rng(2).normal(size=(3, 2)), rng(3).normal(size=2), rng(4).normal(size=(4, 2))

    def J() -> float:
        return float((nn.dense(t, A, a) * g).sum())

    gA, ga, gx = nn.dense_back(g, t, A)
    assert gx is not None
    for theta, found in ((A, gA), (a, ga), (t, gx)):
        agree(J, theta, found)
    x = holes(4, 3)
    full = nn.dense_back(g, x.toarray(), A)
    sparse = nn.dense_back(g, x, A)
    np.testing.assert_allclose(nn.dense(x, A, a), nn.dense(x.toarray(), A, a))
    np.testing.assert_allclose(sparse[0], full[0])
    assert sparse[2] is None


def test_sampled_predicts_and_learns_at_stored_cells_only_a_stored_zero_among_them() -> None:
    at = holes(6, 7)
    h, V, c, g = (
        rng(2).normal(size=(6, 3)),
        rng(3).normal(size=(7, 3)),
        rng(4).normal(size=7),
        rng(5).normal(size=at.nnz),
    )
    b, j = nn.rows_of(at), at.indices
    expected = [float(h[x] @ V[y]) + c[y] for x, y in zip(b, j, strict=True)]
    np.testing.assert_allclose(nn.sampled(h, V, c, at), expected)

    def J() -> float:
        return float(nn.sampled(h, V, c, at) @ g)

    gh, gV, gc = nn.sampled_back(g, h, V, at)
    for theta, found in ((h, gh), (V, gV), (c, gc)):
        agree(J, theta, found)
    assert (at.data == 0).any()
    assert not gh[1].any()
    unseen = np.setdiff1d(np.arange(7), j)
    assert not gV[unseen].any()
    assert not gc[unseen].any()


@pytest.mark.parametrize("name", nn.ACTIVATIONS)
def test_an_activations_slope_as_a_function_of_its_value(name: nn.Activated) -> None:
    x = np.array([-40.0, -3.0, -0.4, 0.3, 2.0, 40.0])
    f, back = nn.ACTIVATIONS[name]
    y, g = f(x), rng().normal(size=6)
    np.testing.assert_allclose(y, [LITERAL[name](number) for number in x.tolist()], rtol=1e-14)
    agree(lambda: float(f(x) @ g), x, back(g, y))
    single = back(g.astype(np.float32), f(x.astype(np.float32)))
    assert single.dtype == np.float32


def test_the_sigmoid_overflows_on_neither_side() -> None:
    with np.errstate(all="raise"):
        y = activations.sigmoid(np.array([-700.0, 0.0, 700.0]))
    np.testing.assert_allclose(y, [np.exp(-700.0), 0.5, 1.0])


def test_dropout_keeps_the_mean_and_drops_its_share() -> None:
    m = nn.dropout(200_000, 0.3, rng())
    assert set(np.unique(m)) == {0.0, 1 / 0.7}
    assert abs(m.mean() - 1) < 5 * np.sqrt(0.3 / 0.7 / len(m))
    np.testing.assert_array_equal(nn.dropout((2, 3), 0.0, rng()), np.ones((2, 3)))
    with pytest.raises(ValueError, match="share to drop"):
        nn.dropout(3, 1.0, rng())


def test_what_was_dropped_is_not_to_blame(t: Floats) -> None:
    m, g = nn.dropout(t.shape, 0.4, rng(5)), rng(6).normal(size=t.shape)
    back = nn.dropout_back(g, m)
    agree(lambda: float((t * m * g).sum()), t, back)
    assert (back[m == 0] == 0).all()
    assert (m == 0).any()


def test_a_masked_cell_has_no_error_and_exactly_no_gradient() -> None:
    r, r_hat = rng().normal(size=(3, 4)), rng(1).normal(size=(3, 4))
    m = (rng(2).random((3, 4)) < 0.5).astype(float)
    seen = [(r[at] - r_hat[at]) ** 2 for at in np.ndindex(3, 4) if m[at]]
    assert nn.masked_error(r, r_hat, m) == pytest.approx(sum(seen) / len(seen), rel=1e-14)
    g = nn.masked_error_back(r, r_hat, m)
    agree(lambda: nn.masked_error(r, r_hat, m), r_hat, g)
    assert (g[m == 0] == 0).all()
    assert (g[m == 1] != 0).all()


def test_length_costs_its_square_and_pulls_back_in_proportion_for_all_rows_alike_or_each_its_own(t: Floats) -> None:
    assert nn.l2(t, 0.7) == pytest.approx(0.7 * sum(entry**2 for entry in t.ravel()), rel=1e-14)
    agree(lambda: nn.l2(t, 0.7), t, nn.l2_back(t, 0.7))
    lams = np.array([[0.0], [1.0], [2.0], [3.0]])
    agree(lambda: sum(nn.l2(row, float(lam[0])) for row, lam in zip(t, lams, strict=True)), t, nn.l2_back(t, lams))


def walked(x: Floats, grads: Floats, rule: nn.Rule) -> tuple[Floats, int]:
    """Where one parameter is after all the gradients, and the number of steps."""
    here: nn.Params = {"x": x}
    moments = nn.at_rest(here)
    for g in grads:
        here, moments = nn.step(here, {"x": g}, moments, rule)
    return here["x"], moments.steps


def test_plain_steps_and_momentum_against_their_sums() -> None:
    x, grads = rng().normal(size=3), rng(1).normal(size=(5, 3))
    plain, _ = walked(x, grads, nn.Rule("sgd", 0.1))
    np.testing.assert_allclose(plain, x - 0.1 * grads.sum(axis=0))
    pushed, steps = walked(x, grads, nn.Rule("momentum", 0.1, beta=0.8))
    # Gradient s is in every later step too, each time 0.8 of what it was.
    pushes = np.array([sum(0.8**age for age in range(5 - s)) for s in range(5)])
    np.testing.assert_allclose(pushed, x - 0.1 * pushes @ grads)
    assert steps == 5


def test_adam_against_weighted_means_of_all_gradients_so_far() -> None:
    rule = nn.Rule("adam", 0.01)
    x, grads = rng().normal(size=3), rng(1).normal(size=(6, 3))
    expected = x
    for t in range(1, len(grads) + 1):
        m, v = (
            np.average(power, axis=0, weights=beta ** np.arange(t)[::-1])
            for power, beta in ((grads[:t], rule.beta), (grads[:t] ** 2, rule.beta2))
        )
        expected = expected - rule.rate * m / (np.sqrt(v) + rule.eps)
    np.testing.assert_allclose(walked(x, grads, rule)[0], expected, rtol=1e-12)


def test_adams_first_step_is_the_rate_whatever_the_gradients_size() -> None:
    x = np.zeros(3)
    new, _ = nn.step({"x": x}, {"x": np.array([1e-3, -50.0, 2.0])}, nn.at_rest({"x": x}), nn.Rule("adam", 0.01))
    np.testing.assert_allclose(new["x"], [-0.01, 0.01, -0.01], rtol=1e-4)


def test_no_step_changes_what_it_was_given() -> None:
    x = np.ones(3)
    before = nn.at_rest({"x": x})
    for name in ("sgd", "momentum", "adam"):
        nn.step({"x": x}, {"x": x}, before, nn.Rule(name, 0.1))
    assert (x == 1).all()
    assert before.steps == 0
    assert not before.mean["x"].any()
    assert not before.square["x"].any()


@pytest.mark.parametrize(("n", "B", "sizes"), [(10, 5, [5, 5]), (10, 4, [4, 4, 2]), (3, 8, [3]), (1, 1, [1])])
def test_batches_hold_every_row_once_and_none_is_empty(n: int, B: int, sizes: list[int]) -> None:
    cut = nn.batches(n, B, rng())
    assert [len(batch) for batch in cut] == sizes
    assert sorted(np.concatenate(cut)) == list(range(n))
    assert any((a != b).any() for a, b in zip(nn.batches(50, 5, rng(1)), nn.batches(50, 5, rng(2)), strict=True))


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"name": "rmsprop"}, "optimizer"),
        ({"rate": 0.0}, "learning rate"),
        ({"rate": np.inf}, "learning rate"),
        ({"beta": 1.0}, "beta"),
        ({"beta2": -0.1}, "beta"),
        ({"eps": -1.0}, "eps"),
        ({"eps": 0.0}, "eps"),
        ({"eps": np.nan}, "eps"),
        ({"eps": np.inf}, "eps"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_words(given: dict[str, object], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        nn.Rule(**given)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="batch"):
        nn.batches(3, 0, rng())
