"""Counting sorts that build csr arrays from triples: stable, one pass each, holding nothing but their result."""

from typing import Any

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from mfcore.ids import Floats, Ints


@njit(cache=True, nogil=True)
def _count(keys: Ints, next_place: Ints) -> None:
    for t in range(len(keys)):
        next_place[keys[t] + 1] += 1
    for k in range(1, len(next_place)):
        next_place[k] += next_place[k - 1]


@njit(cache=True, nogil=True)
def _group(keys: Ints, others: Ints, values: Floats, next_place: Ints, indices: Ints, data: Floats) -> None:
    """Entry t goes to the next free place of its key; next_place starts as every key's first."""
    for t in range(len(keys)):
        at = next_place[keys[t]]
        next_place[keys[t]] += 1
        indices[at] = others[t]
        data[at] = values[t]


@njit(cache=True, nogil=True)
def _turn(indptr: Ints, keys: Ints, values: Floats, next_place: Ints, indices: Ints, data: Floats) -> None:
    """`_group` of a compressed matrix, whose rows are the others."""
    for row in range(len(indptr) - 1):
        for t in range(indptr[row], indptr[row + 1]):
            at = next_place[keys[t]]
            next_place[keys[t]] += 1
            indices[at] = row
            data[at] = values[t]


def csr(i: Ints, j: Ints, r: Floats, shape: tuple[int, int]) -> csr_array:
    """Rows i, columns j, values r as csr: columns ascending, repeated pairs in the order they came in."""
    first = _first_places(j, shape[1])
    rows, values = np.empty_like(i), np.empty_like(r)
    _group(j, i, r, first.copy(), rows, values)
    return _turned(first, rows, values, shape)


def transposed(a: csr_array) -> csr_array:
    """aᵀ as csr."""
    return _turned(a.indptr, a.indices, a.data, (a.shape[1], a.shape[0]))


def _turned(indptr: Ints, keys: Ints, values: Floats, shape: tuple[Any, Any]) -> csr_array:
    first = _first_places(keys, shape[0])
    indices, data = np.empty_like(keys), np.empty_like(values)
    _turn(indptr, keys, values, first.copy(), indices, data)
    return csr_array((data, indices, first), shape=shape)


def _first_places(keys: Ints, count: int) -> Ints:
    first = np.zeros(count + 1, keys.dtype)
    _count(keys, first)
    return first
