"""Ratings shaped like MovieLens: long tails of users and films, half stars, and a truth of 8 factors under noise."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Size(NamedTuple):
    """N users, M films, n ratings."""

    N: int
    M: int
    n: int


SIZES = {
    "100k": Size(943, 1_682, 100_000),
    "1m": Size(6_040, 3_706, 1_000_000),
    "20m": Size(138_493, 26_744, 20_000_000),
}
TEST = 0.2
FACTORS, NOISE = 8, 0.7
BLOCK = 4096  # users made at a time
ARRAYS = ("users", "items", "values", "test_users", "test_items", "test_values")


def ensure(folder: Path, size: Size, seed: int = 0) -> Path:
    """The folder with the ARRAYS of this size and seed as .npy files, made if it is not there."""
    target = folder / f"{size.N}x{size.M}-{size.n}-{seed}"
    if not (target / f"{ARRAYS[-1]}.npy").exists():
        target.mkdir(parents=True, exist_ok=True)
        for name, array in zip(ARRAYS, make(size, seed), strict=True):
            np.save(target / f"{name}.npy", array)
    return target


def make(size: Size, seed: int = 0) -> tuple[NDArray[np.generic], ...]:
    """Train and test users, items (int32) and values (float32), in random order; all users and films are in train."""
    rng = np.random.default_rng(seed)
    cut = round(size.n * (1 - TEST))
    i, j = _pairs(size, cut, rng)
    W, U = (rng.normal(0, 0.35, (rows, FACTORS)).astype("float32") for rows in (size.N, size.M))
    b, c = (rng.normal(0, spread, rows).astype("float32") for spread, rows in ((0.4, size.N), (0.45, size.M)))
    r = np.float32(3.5) + NOISE * rng.standard_normal(size.n, "float32")
    for start in range(0, size.n, 1 << 20):
        s = slice(start, start + (1 << 20))
        r[s] += b.take(i[s]) + c.take(j[s]) + np.einsum("nk,nk->n", W.take(i[s], axis=0), U.take(j[s], axis=0))
    r = np.clip(np.round(2 * r) / 2, 0.5, 5)
    return i[:cut], j[:cut], r[:cut], i[cut:], j[cut:], r[cut:]


def grown(folder: Path, n: int, seed: int = 0) -> Path:
    """A folder with users, items and values of n ratings, user after user, made block by block on disk.

    As many ratings a user as in MovieLens 20M, whatever n, and films as √n, through MovieLens 20M's. No more than a
    block of users is ever held.
    """
    like = SIZES["20m"]
    size = Size(max(1, n * like.N // like.n), max(1, round(like.M * (n / like.n) ** 0.5)), n)
    target = folder / f"grown-{n}-{seed}"
    names = ARRAYS[:3]
    if not (target / f"{names[-1]}.npy").exists():
        target.mkdir(parents=True, exist_ok=True)
        with ExitStack() as open_files:
            raw = [open_files.enter_context((target / f"{name}.raw").open("w+b")) for name in names]
            for block in _blocks(size, seed):
                for file, part in zip(raw, block, strict=True):
                    part.tofile(file)
        for name, kind in zip(names, (np.int32, np.int32, np.float32), strict=True):
            found = np.memmap(target / f"{name}.raw", kind, "r")
            np.save(target / f"{name}.npy", found)
            (target / f"{name}.raw").unlink()
    return target


def _blocks(size: Size, seed: int) -> Iterator[tuple[NDArray[np.generic], ...]]:
    """Users, items and values of BLOCK users at a time."""
    rng = np.random.default_rng(seed)
    popularity = rng.permutation((np.arange(size.M) + size.M / 70) ** -2.3)
    thresholds = np.cumsum(popularity / popularity.sum())
    U, c = rng.normal(0, 0.35, (size.M, FACTORS)).astype("float32"), rng.normal(0, 0.45, size.M).astype("float32")
    for start in range(0, size.N, BLOCK):
        rows = min(BLOCK, size.N - start)
        activity = np.exp(rng.normal(0, 1.15, rows)) + 0.3
        wanted = size.n * (start + rows) // size.N - size.n * start // size.N
        keys = np.empty(0, np.int64)
        while len(keys) < wanted:
            drawn = rng.poisson(1.25 * (wanted - len(keys)) * activity / activity.sum() + 0.01)
            j = np.minimum(np.searchsorted(thresholds, rng.random(drawn.sum())), size.M - 1)
            keys = np.unique(np.concatenate([keys, np.repeat(np.arange(rows), drawn) * size.M + j]))
        i, j = np.divmod(np.sort(rng.permutation(keys)[:wanted]), size.M)
        W, b = rng.normal(0, 0.35, (rows, FACTORS)).astype("float32"), rng.normal(0, 0.4, rows).astype("float32")
        r = np.float32(3.5) + NOISE * rng.standard_normal(len(i), "float32") + b[i] + c[j]
        r += np.einsum("nk,nk->n", W.take(i, axis=0), U.take(j, axis=0))
        yield (i + start).astype(np.int32), j.astype(np.int32), np.clip(np.round(2 * r) / 2, 0.5, 5).astype(np.float32)


def _pairs(size: Size, cut: int, rng: np.random.Generator) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """size.n different pairs in random order, among the first `cut` of them every user and every film."""
    activity = np.exp(rng.normal(0, 1.15, size.N)) + 0.3
    popularity = rng.permutation((np.arange(size.M) + size.M / 70) ** -2.3)
    thresholds = np.cumsum(popularity / popularity.sum())
    of_films = rng.integers(0, size.N, size.M) * size.M + np.arange(size.M)
    of_users = np.arange(size.N) * size.M + rng.integers(0, size.M, size.N)
    sure = np.unique(np.concatenate([of_films, of_users]))
    keys, more = sure, 1.25  # more pairs than are missing, because popular ones come up again
    while len(keys) < size.n:
        drawn = rng.poisson(more * (size.n - len(keys)) * activity / activity.sum() + 0.01)
        i = np.repeat(np.arange(size.N), drawn)
        j = np.minimum(np.searchsorted(thresholds, rng.random(len(i))), size.M - 1)
        keys = np.unique(np.concatenate([keys, i * size.M + j]))
    others = np.ones(len(keys), bool)
    others[np.searchsorted(keys, sure)] = False
    keys = np.concatenate([sure, rng.permutation(keys[others])[: size.n - len(sure)]])
    keys[:cut] = rng.permutation(keys[:cut])
    i, j = np.divmod(keys, size.M)
    return i.astype(np.int32), j.astype(np.int32)
