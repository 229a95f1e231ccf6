"""What the matrix costs: measured bytes against what Python itself allocates, and counted bytes against measured."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse import csr_array

from mfcore import Ratings, data, storage
from mfcore.storage import NOTES, Size
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def R() -> Ratings:
    return data.load("planted")[0]


def test_the_numbers_of_the_notes() -> None:
    """§1, 2: N·M = 3.38 billion, Nk + Mk = 1.56 million."""
    assert storage.cells(NOTES) == 3_380_000_000
    assert storage.parameters(NOTES) == 1_560_000


def test_the_tables_stop_being_smaller_at_the_break_even() -> None:
    size = Size(N=60, M=40, n=730)
    k = storage.break_even(size)
    assert storage.parameters(Size(60, 40, 730, int(k))) <= size.n < storage.parameters(Size(60, 40, 730, int(k) + 1))
    assert k * (size.N + size.M) == pytest.approx(size.n)


def test_counted_bytes_are_the_measured_ones_to_the_byte(R: Ratings) -> None:
    measured = {s.name: s for s in storage.measured(R)}
    for counted in storage.expected(Size(R.N, R.M, R.n)):
        assert counted.how == "counted"
        assert counted.bytes == measured[counted.name].bytes


ALLOCATED = """
import sys, tracemalloc
import numpy as np
from scipy.sparse import coo_array, lil_array
from mfcore import storage
rng = np.random.default_rng(0)
places = np.divmod(rng.choice(500 * 2000, 60_000, replace=False), 2000)
csr = coo_array((rng.random(60_000), places), shape=(500, 2000)).tocsr()
i, j, r = *csr.nonzero(), csr.data
tracemalloc.start()
if sys.argv[1] == "dict":
    built = dict(zip(zip((i + 1000).tolist(), j.tolist()), r.tolist()))
else:
    built = lil_array(csr)
print(storage.bytes_of(built), tracemalloc.get_traced_memory()[0])
"""


@pytest.mark.parametrize("name", ["dict", "lil"])
def test_bytes_of_python_objects_against_what_was_allocated(name: str) -> None:
    """The other route: let tracemalloc watch the same structure being built, alone in a process of its own."""
    out = subprocess.run([sys.executable, "-c", ALLOCATED, name], cwd=ROOT, capture_output=True, text=True, check=True)
    counted, allocated = map(int, out.stdout.split())
    assert counted == pytest.approx(allocated, rel=0.05)


def test_an_object_counts_once() -> None:
    x = 12345.678
    shared, apart = [x, x], [x, 12345.679]
    assert storage.bytes_of(apart) - storage.bytes_of(shared) == sys.getsizeof(x)
    assert storage.bytes_of({(1, 2): x}) == sum(map(sys.getsizeof, ({(1, 2): x}, (1, 2), 1, 2, x)))


def test_arrays_count_their_bytes() -> None:
    a = csr_array(np.eye(5))
    assert storage.bytes_of(np.zeros((3, 7))) == 168
    assert storage.bytes_of(a) == a.data.nbytes + a.indices.nbytes + a.indptr.nbytes


def test_scaled_bytes_are_in_proportion_and_need_enough_ratings(R: Ratings) -> None:
    seen = storage.measured(R)
    there = {s.name: s for s in storage.expected(Size(R.N, R.M, 3 * R.n), seen, R.n)}
    assert list(there) == ["dense", "dict", "lil", "coo", "csr"]
    for s in seen:
        if there[s.name].how == "scaled":
            assert there[s.name].bytes == pytest.approx(3 * s.bytes, abs=1)
    few = storage.expected(NOTES, seen, storage.ENOUGH_TO_SCALE - 1)
    assert [s.name for s in few] == ["dense", "coo", "csr"]


def test_a_stored_zero_takes_its_place() -> None:
    R = Ratings.from_arrays([0, 0, 1], [0, 1, 1], [0.0, 4.0, 3.0])
    by_name = {s.name: s.bytes for s in storage.measured(R)}
    assert by_name["coo"] == 3 * 16
    assert by_name["csr"] == 3 * 12 + 3 * 4


def test_a_table_too_large_to_build_is_counted(R: Ratings, monkeypatch: pytest.MonkeyPatch) -> None:
    built = storage.measured(R)[0]
    monkeypatch.setattr(storage, "MOST_CELLS", R.N * R.M - 1)
    dense, *others = storage.measured(R)
    assert (dense.how, dense.bytes) == ("counted", built.bytes)
    assert built.how == "measured"
    assert {s.how for s in others} == {"measured"}
