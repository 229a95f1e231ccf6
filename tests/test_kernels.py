"""All rows at once, in both forms, against one `ridge_row` after the other."""

import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

from mfcore import LeastNormWarning, Ratings, als, fit, kernels, ridge
from mfcore.kernels import chunks, numpy_form, numpy_systems
from tests import oracles

FORMS = ["numpy", "numba"]
CASES = ["dense", "long tail", "few", "one rating", "repeated vectors", "zero vectors"]


def problem(case: str, k: int, data: str = "float64") -> tuple[Ratings, als.State]:
    if case == "long tail":
        rng = np.random.default_rng(1)
        places = np.unique(rng.integers(0, 60, 900) * 40 + (40 * rng.random(900) ** 4).astype(int))
        i, j = np.divmod(places, 40)
        R = Ratings.from_codes(i, j, rng.integers(1, 11, len(i)).astype(data) / 2, np.arange(70), np.arange(45))
    else:
        N, M, density = {"few": (30, 20, 0.15), "one rating": (5, 4, 0.0)}.get(case, (30, 20, 0.8))
        R, rng = oracles.random_ratings(N, M, density, seed=2, dtype=data)
    s = oracles.random_state(R, k, rng, biases=True)
    if case == "repeated vectors":
        s.U[:] = s.U[:2].repeat(R.M // 2, axis=0)
    if case == "zero vectors":
        s.U[:] = 0
    return R, s


def row_by_row(R: Ratings, s: als.State, cfg: als.Config) -> tuple[np.ndarray, int]:
    """The solutions of `ridge_row`, and how many rated rows had more than one."""
    solved = [als.row(s, R, cfg, i) for i in range(R.N)]
    short = sum(not row.unique and n > 0 for row, n in zip(solved, R.users_counts, strict=True))
    return np.array([row.x for row in solved]), short


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("lam", [0.0, 1e-18, 0.7])
@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("k", [1, 3, 4, 7, 8, 12, 17])
@pytest.mark.parametrize("case", CASES)
def test_all_rows_are_each_row(case, k, joint, lam, kernel):
    R, s = problem(case, k)
    cfg = als.Config(k=k, lam=lam, joint=joint, kernel=kernel)
    expected, short = row_by_row(R, s, cfg)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        W, b = kernels.solve_rows(R, s.U, s.b, s.c, s.mu, cfg)
    np.testing.assert_allclose(W, expected[:, :k], rtol=1e-6, atol=1e-7 * (1 + np.abs(expected).max()))
    if joint:
        np.testing.assert_allclose(b, expected[:, k], rtol=1e-6, atol=1e-7 * (1 + np.abs(expected).max()))
    else:
        np.testing.assert_array_equal(b, s.b)
    assert [w.category for w in said] == [LeastNormWarning] * bool(short)
    if short:
        assert str(said[0].message).startswith(f"{short} of {R.N} rows have no unique solution at λ = 0;")
        assert lam == 0


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("data", ["float32", "float64"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", ["dense", "long tail", "few"])
def test_in_every_dtype(case, dtype, data, weighted, kernel):
    R, exact = problem(case, 5, data)
    s = als.State(0, *(X.astype(dtype) for X in (exact.W, exact.U, exact.b, exact.c)), exact.mu)
    cfg = als.Config(k=5, lam=0.4, joint=True, weighted=weighted, dtype=dtype, kernel=kernel)
    expected, _ = row_by_row(R, exact, als.Config(k=5, lam=0.4, joint=True, weighted=weighted))
    W, b = kernels.solve_rows(R, s.U, s.b, s.c, s.mu, cfg)
    tolerance = 1e-9 if dtype == "float64" else 2e-3
    np.testing.assert_allclose(np.column_stack([W, b]), expected, rtol=tolerance, atol=tolerance)
    assert W.dtype == b.dtype == dtype
    biases = kernels.solve_biases(R, s.W, s.U, s.c, s.mu, cfg)
    ratings = oracles.observed(R)
    literal = [oracles.b(ratings, exact, i, 0.4, weighted) if n else 0 for i, n in enumerate(R.users_counts)]
    np.testing.assert_allclose(biases, literal, rtol=tolerance, atol=tolerance)
    assert biases.dtype == dtype
    error = kernels.squared_error(R, s.W, s.U, s.b, s.c, s.mu, cfg)
    assert error == pytest.approx(oracles.J(ratings, s, 0.0), rel=1e-9 if dtype == "float64" else 1e-5)


@pytest.mark.parametrize("kernel", FORMS)
def test_what_is_passed_in_stays_as_it_was(kernel):
    R, s = problem("few", 3)
    before = [X.copy() for X in (s.W, s.U, s.b, s.c, R.by_user.data, R.by_user.indices)]
    cfg = als.Config(k=3, lam=0.1, joint=True, kernel=kernel)
    kernels.solve_rows(R, s.U, s.b, s.c, s.mu, cfg)
    kernels.solve_biases(R, s.W, s.U, s.c, s.mu, cfg)
    for a, b in zip(before, (s.W, s.U, s.b, s.c, R.by_user.data, R.by_user.indices), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kernel", FORMS)
def test_float32_stands_a_film_with_very_many_ratings(kernel):
    n, k = 150_000, 4
    rng = np.random.default_rng(3)
    U = rng.normal(size=(n, k)) + 1
    r = np.float32(U @ [0.5, -0.3, 0.2, 0.1] + 3.5 + rng.normal(size=n))
    R = Ratings.from_codes(np.zeros(n, int), np.arange(n), r, np.arange(1), np.arange(n))
    cfg = als.Config(k=k, lam=5.0, joint=True, dtype="float32", kernel=kernel)
    zeros = np.zeros(1, "float32"), np.zeros(n, "float32")
    W, b = kernels.solve_rows(R, U.astype("float32"), *zeros, 3.5, cfg)
    exact = ridge.ridge_row(np.column_stack([U.astype("float32"), np.ones(n)]).astype(float), r - 3.5, 5.0)
    np.testing.assert_allclose([*W[0], b[0]], exact.x, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("kernel", FORMS)
def test_pairs_as_one_by_one(kernel, monkeypatch):
    R, s = problem("dense", 5)
    monkeypatch.setattr(kernels, "AUTO_FROM", 0 if kernel == "numba" else 10**9)
    monkeypatch.setattr(numpy_form, "CHUNK_PAIRS", 7)
    got = kernels.predict_pairs(s.W, s.U, s.b, s.c, s.mu, R.i, R.j)
    np.testing.assert_allclose(got, [oracles.predicted(s, i, j) for i, j in zip(R.i, R.j, strict=True)], rtol=1e-12)
    reversed_rows = kernels.predict_pairs(s.W[::-1], s.U, s.b[::-1], s.c, s.mu, R.N - 1 - R.i, R.j)
    np.testing.assert_array_equal(reversed_rows, got)


@pytest.mark.parametrize("joint", [False, True])
def test_chunks_and_threads_change_no_bit(joint, monkeypatch):
    R, s = problem("long tail", 3)
    cfg = als.Config(k=3, lam=0.2, joint=joint, kernel="numpy")

    def all_of_it():
        W, b = kernels.solve_rows(R, s.U, s.b, s.c, s.mu, cfg)
        return W, b, kernels.solve_biases(R, W, s.U, s.c, s.mu, cfg)

    whole = all_of_it()
    for name, small in (("CHUNK_RATINGS", 11), ("CHUNK_BYTES", 100), ("THREADED", 0), ("THREADS", 2)):
        monkeypatch.setattr(chunks, name, small)
        for a, b in zip(whole, all_of_it(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_long_rows_multiplied_out_are_the_same_systems(monkeypatch):
    R, s = problem("dense", 3)
    cfg = als.Config(k=3, lam=0.2, joint=True, kernel="numpy")
    whole = kernels.solve_rows(R, s.U, s.b, s.c, s.mu, cfg)
    monkeypatch.setattr(numpy_systems, "LONG", 15)
    for a, b in zip(whole, kernels.solve_rows(R, s.U, s.b, s.c, s.mu, cfg), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10)


@pytest.mark.parametrize("case", ["dense", "long tail", "few", "one rating"])
@pytest.mark.parametrize("joint", [False, True])
def test_rows_of_like_length_together_are_the_same_systems(case, joint, monkeypatch):
    R, s = problem(case, 5)
    cfg = als.Config(k=5, lam=0.2, joint=joint, kernel="numpy")
    expected, _ = row_by_row(R, s, cfg)
    monkeypatch.setattr(numpy_systems, "WIDE", 0)
    whole = kernels.solve_rows(R, s.U, s.b, s.c, s.mu, cfg)
    np.testing.assert_allclose(whole[0], expected[:, :5], rtol=1e-9, atol=1e-10)
    for name, small in (("CHUNK_RATINGS", 11), ("CHUNK_BYTES", 100), ("THREADED", 0), ("THREADS", 2)):
        monkeypatch.setattr(chunks, name, small)
        for a, b in zip(whole, kernels.solve_rows(R, s.U, s.b, s.c, s.mu, cfg), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("k", [6, 50])
def test_the_number_of_threads_changes_no_bit(k, dtype, monkeypatch):
    import numba

    from mfcore.kernels import numba_form

    R, _ = problem("long tail", 6)
    s = oracles.random_state(R, k, np.random.default_rng(1), biases=True, dtype=dtype)
    cfg = als.Config(k=k, lam=0.2, joint=True, dtype=dtype, kernel="numba")

    def everything():
        W, b = kernels.solve_rows(R, s.U, s.b, s.c, s.mu, cfg)
        return W, b, kernels.solve_biases(R, W, s.U, s.c, s.mu, cfg), kernels.squared_error(R, W, s.U, b, s.c, 0.0, cfg)

    whole, most = everything(), numba.get_num_threads()  # few ratings: one thread, one chunk of rows
    monkeypatch.setattr(numba_form, "THREADED", 0)
    for cost in (100, 1000):
        monkeypatch.setattr(numba_form, "CHUNK_COST", cost)
        for threads in range(1, most + 1):
            numba.set_num_threads(threads)
            for a, b in zip(whole, everything(), strict=True):
                np.testing.assert_array_equal(a, b)
    numba.set_num_threads(most)


def test_visitors_at_once_get_their_own_results(monkeypatch):
    from mfcore.kernels import numba_form

    monkeypatch.setattr(numba_form, "THREADED", 0)
    cfg = als.Config(k=4, lam=0.2, joint=True, kernel="numba")
    problems = [oracles.random_ratings(200, 100, 0.2, seed=seed)[0] for seed in range(4)]
    alone = [fit(als, R, cfg, T=5).W for R in problems]
    together: dict[int, np.ndarray] = {}

    def visit(which: int) -> None:
        for _ in range(10):
            together[which] = fit(als, problems[which], cfg, T=5).W

    threads = [threading.Thread(target=visit, args=(which,)) for which in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for which, W in enumerate(alone):
        np.testing.assert_array_equal(together[which], W)


def test_auto_goes_by_size_alone(monkeypatch):
    R, _ = problem("few", 2)
    asked = []
    monkeypatch.setattr(kernels, "available", lambda: asked.append(R.n) or True)
    fit(als, R, als.Config(k=2), T=1)
    assert not asked, "numba must not even be looked for with so few ratings"
    monkeypatch.setattr(kernels, "AUTO_FROM", R.n)
    auto = fit(als, R, als.Config(k=2), T=1)
    np.testing.assert_array_equal(auto.W, fit(als, R, als.Config(k=2, kernel="numba"), T=1).W)


def test_without_numba_the_numpy_form_does_everything():
    code = """
import sys
sys.modules["numba"] = None
import numpy as np
from mfcore import Ratings, als, fit, kernels
kernels.warm()
assert not kernels.available()
kernels.AUTO_FROM = 0
rng = np.random.default_rng(0)
i, j = np.divmod(rng.permutation(600)[:300], 20)
R = Ratings.from_arrays(i, j, rng.integers(1, 6, 300))
s = fit(als, R, als.Config(k=3, joint=True), T=10)
assert als.predict(s, R.i, R.j).std() > 0.1
try:
    fit(als, R, als.Config(kernel="numba"), T=1)
except ImportError as e:
    print(e)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=Path(__file__).parents[1], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith('kernel="numba" needs numba')


@pytest.mark.parametrize("data", ["float32", "float64"])
@pytest.mark.parametrize("repeats", ["last", "mean"])
def test_ratings_are_built_alike_with_and_without_a_compiler(data, repeats, monkeypatch):
    rng = np.random.default_rng(5)
    i, j = rng.integers(0, 40, 900), rng.integers(0, 30, 900)  # pairs come up more than once, and a user is missing
    r = rng.integers(1, 11, 900).astype(data) / 2

    def built() -> tuple[Ratings, ...]:
        R = Ratings.from_codes(i, j, r, np.arange(42), np.arange(31), duplicates=repeats)
        return R, *R.split(0.3, seed=0)

    scipy = built()
    monkeypatch.setattr(kernels, "AUTO_FROM", 0)
    for ours, theirs in zip(built(), scipy, strict=True):
        assert ours.digest == theirs.digest
        for a, b in ((ours.by_user, theirs.by_user), (ours.by_item, theirs.by_item)):
            for part in ("data", "indices", "indptr"):
                np.testing.assert_array_equal(getattr(a, part), getattr(b, part))
                assert getattr(a, part).dtype == getattr(b, part).dtype
    last = {(int(a), int(b)): float(x) for a, b, x in zip(i, j, r, strict=True)}
    if repeats == "last":
        assert oracles.observed(scipy[0]) == last


def test_warming_covers_what_a_fit_needs():
    from mfcore.kernels import numba_form, numba_sort

    kernels.warm()
    modules = (numba_form, numba_sort)
    compiled = [f for module in modules for f in vars(module).values() if hasattr(f, "signatures")]
    before = [len(f.signatures) for f in compiled]
    for data in ("float32", "float64"):
        R, _ = oracles.random_ratings(20, 15, 0.5, seed=4, dtype=data)
        for dtype in ("float32", "float64"):
            cfg = als.Config(k=3, dtype=dtype, kernel="numba")
            s = fit(als, R, cfg, T=1)
            als.objective(s, R, cfg)
            numba_form.predict_pairs(s.W, s.U, s.b, s.c, s.mu, R.i, R.j)
        numba_sort.transposed(numba_sort.by_column(R.i, R.j, R.r, (R.N, R.M)))
    assert before == [len(f.signatures) for f in compiled]
