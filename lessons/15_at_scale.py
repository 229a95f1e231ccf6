# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 15 · At scale
#
# *How does a sweep over 20 million ratings take a fraction of a second, and not minutes?*
#
# - **You will** write one sweep of alternating least squares three times, from a loop over single numbers to one
#   sparse product; see that all of them, and the compiled one, give the same vectors; count what a sweep has to
#   multiply; and read off a picture what it costs on 20 million ratings, and on 3.38 billion cells.
# - **Time:** 30 minutes. **You need** [lesson 3](03_plain_mf.ipynb): what a sweep is.
# - **Lecture notes:** §1, §18.
#
# Symbols are those of [NOTATION.md](../NOTATION.md).

# %%
import sys

sys.path.insert(0, "..")  # the project's folder, where mfcore and mfview are

import numpy as np

from mfcore import als, kernels, ladder, scaling, storage
from mfcore.kernels import sums
from mfview import labels, lesson, measured, rungs
from mfview.figures import full_size, scale
from mfview.figures import storage as storage_figures
from mfview.style import LIGHT

# %% [markdown]
# ## Rung 1: one number at a time
#
# The notes keep the ratings in a dict. For user $i$ the matrix $A$ and the vector $v$ are sums over the films in
# $\Psi_i$,
#
# $$A_{pq} = \sum_{j\in\Psi_i} u_{jp}\,u_{jq} + \lambda\,[p = q], \qquad v_p = \sum_{j\in\Psi_i} r_{ij}\,u_{jp},$$
#
# and written down as they stand they are three loops: over rows, over a row's ratings, over the entries of $A$. Count
# the multiplications on the way.

# %%
R = scaling.grown(1_000)
k, lam = 4, 5.0
cfg = als.Config(k=k, lam=lam, biases=False)
start = als.init(R, cfg, np.random.default_rng(0))
rated = {(i, j): r for i, j, r in zip(R.i.tolist(), R.j.tolist(), R.r.tolist(), strict=True)}
Psi = [R.Psi(i).tolist() for i in range(R.N)]
Omega = [R.Omega(j).tolist() for j in range(R.M)]

multiplied = 0


def vector(pairs):
    """w_i from its pairs (u_j, r_ij)."""
    global multiplied
    A = [[lam if p == q else 0.0 for q in range(k)] for p in range(k)]
    v = [0.0] * k
    for u, r in pairs:
        for p in range(k):
            v[p] += r * u[p]
            multiplied += 1
            for q in range(k):
                A[p][q] += u[p] * u[q]
                multiplied += 1
    return np.linalg.solve(A, v).tolist()


U = start.U.tolist()
W = [vector([(U[j], rated[i, j]) for j in Psi[i]]) for i in range(R.N)]
U = [vector([(W[i], rated[i, j]) for i in Omega[j]]) for j in range(R.M)]

# %% [markdown]
# It must be the library's sweep, up to rounding:

# %%
s = als.sweep(start, R, cfg, np.random.default_rng(0))
np.testing.assert_allclose(W, s.W, rtol=1e-9, atol=1e-12)
np.testing.assert_allclose(U, s.U, rtol=1e-9, atol=1e-12)
print(f"{R.n:,} ratings, k = {k}: {multiplied:,} multiplications, which is 2 n (k² + k) = {2 * R.n * (k * k + k):,}")
assert multiplied == 2 * R.n * (k * k + k)

# %% [markdown]
# Every rating meets its user's system once and its film's once; that is the 2. Solving a $k \times k$ system by
# elimination takes about $k^3/3$ more, for each of $N + M$ rows:
#
# $$2\,n\,(k^2 + k) + (N + M)\,\tfrac{k^3}{3}$$
#
# **Predict** before you look: what happens when $n$ doubles, and what when $k$ does?

# %% [markdown]
# **Exercise 1.**

# %%
lesson.ask("15-n-doubles")

# %%
answer = ...
lesson.check("15-n-doubles", answer)

# %% [markdown]
# **Exercise 2.**

# %%
lesson.ask("15-k-doubles")

# %%
answer = ...
lesson.check("15-k-doubles", answer)

# %% [markdown]
# Counted:

# %%
size = storage.NOTES
more, wider = storage.Size(size.N, size.M, 2 * size.n, size.k), storage.Size(size.N, size.M, size.n, 2 * size.k)
for changed in (size, more, wider):
    once, again = scaling.operations(size), scaling.operations(changed)
    print(f"n = {changed.n:>11,}  k = {changed.k:2}  {labels.amount(again):>13} multiplications  × {again / once:.2f}")

# %% [markdown]
# ## Rung 2: one row at a time
#
# The two inner loops are one product of a small matrix with itself, $A = U_\Psi^\top U_\Psi + \lambda I$, and numpy
# does it in machine code. What is left is one Python step per row.

# %%
W2 = np.zeros((R.N, k))
for i in range(R.N):
    j, r = R.of_user(i)
    Z = start.U[j]
    W2[i] = np.linalg.solve(Z.T @ Z + lam * np.eye(k), Z.T @ r)
np.testing.assert_allclose(W2, s.W, rtol=1e-9, atol=1e-12)

# %% [markdown]
# ## Rung 3: all rows in one sparse product
#
# Pack every $u_j u_j^\top$ into a row of a table $P$, of $M$ rows and $k^2$ columns. Row $i$ of "which pairs were
# rated" times $P$ adds up just the rows of $\Psi_i$: all $A_i$ in one product, all $v_i$ in another, and no loop.

# %%
mask = R.by_user.copy()
mask.data = np.ones(R.n)  # 1 where a pair was rated: the structure, never the values
P = (start.U[:, :, None] * start.U[:, None, :]).reshape(R.M, k * k)
A = (mask @ P).reshape(R.N, k, k) + lam * np.eye(k)
v = R.by_user @ start.U
W3 = np.linalg.solve(A, v[..., None])[..., 0]
np.testing.assert_allclose(W3, s.W, rtol=1e-9, atol=1e-12)

# %% [markdown]
# `mfcore`'s numpy form is this, with the symmetric half of $P$ left out, the rows taken in chunks so that memory stays
# bounded, and all systems factored side by side. Its compiled form brings the loop over rows back, in machine code.
#
# All rungs start from one State and end in one, so how far apart are they? Rounding depends on the order in which
# numbers are added.
#
# **Predict** it.
#
# **Exercise 3.**

# %%
lesson.ask("15-order")

# %%
answer = ...
lesson.check("15-order", answer)

# %%
climbed = [rung for rung in ladder.RUNGS if rung.key != "compiled" or kernels.available()]
ends = {rung.key: rung.sweep(start, rung.keep(R), cfg) for rung in climbed}
apart = {key: ladder.apart(end, ends["number"]) for key, end in ends.items() if key != "number"}
print("all below one part in 10^12:", all(x < 1e-12 for x in apart.values()))

# %% [markdown]
# ## What each rung costs
#
# This measurement comes with the project. Set `here` to `True` to measure on your machine instead; it takes about a
# minute, and every picture below then shows yours. The fifth rung, two worker processes, is left out then: start them
# from the app, on the page of this chapter.

# %%
here = False
sizes = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
cfg10 = als.Config(k=10, lam=lam, biases=False)
if here:
    found = scaling.climb(climbed, sizes, cfg10, scaling.Bound())
    points, machine = [p for p in found if isinstance(p, scaling.Point)], "this machine"
else:
    points, machine = measured.shipped().of(10), measured.shipped().machine
print("measured on", machine)
for rung in rungs.by_rung(measured.shipped().of(10)).keys() - rungs.by_rung(points).keys():
    print("not measured here:", rungs.NAMES[rung])
lesson.show(scale.times(points, LIGHT, 10))

# %% [markdown]
# On log axes, time in proportion to the ratings is a line of slope 1. The loop shows it from the start. The second rung
# pays for every row as well, and these tables grow in both directions, so the rows only grow like $\sqrt n$: it climbs
# less steeply. The fast rungs begin flat, where the cost of a call is all there is to see.

# %%
for rung, own in rungs.by_rung(points).items():
    line = rungs.growth(own)
    print(f"{rungs.NAMES[rung]:>24}: slope {line.slope:.2f} ± {line.error:.2f} over the last {rungs.LAST} sizes")

# %% [markdown]
# Memory tells another story. The dict takes many times the bytes of the sparse arrays, whatever is done with it; the
# product buys its speed by storing $P$ and the systems; the compiled rung needs next to nothing beside the ratings.

# %%
lesson.show(scale.memory(points, LIGHT, 10))

# %% [markdown]
# ## 3.38 billion cells
#
# **Exercise 4.**

# %%
lesson.ask("15-both-double")

# %%
answer = ...
lesson.check("15-both-double", answer)

# %% [markdown]
# What is really stored are the ratings, once by user and once by film, and the two thin tables.

# %%
books = rungs.by_rung(points)["number"][-1]
stores = scaling.stores(size, books)
lesson.show(storage_figures.memory(stores, "130,000 × 26,000", LIGHT))

# %% [markdown]
# And the time? Read off what a rating costs and what a row costs, and predict a sweep over the notes' 20 million
# ratings; then over every cell, as if each were a rating.

# %%
whole = (size, storage.Size(size.N, size.M, storage.cells(size), size.k))
foreseen = {
    rung: [scaling.foreseen(own[-rungs.LAST :], at) for at in whole] for rung, own in rungs.by_rung(points).items()
}
lesson.show(full_size.at_full_size(foreseen, ["20 million ratings", "3.38 billion cells"], LIGHT))

# %% [markdown]
# **Exercise 5.**

# %%
lesson.ask("15-every-cell")

# %%
answer = ...
lesson.check("15-every-cell", answer)

# %% [markdown]
# ## Rung 5: more than one machine
#
# Where the ratings do not fit one machine, share them out by user. A worker holds the ratings of its users, and finds
# their $w_i$ from $U$ alone. For the films it adds up what its own users contribute, $\sum w_i w_i^\top$ and
# $\sum r_{ij} w_i$ over its part of $\Omega_j$; the sums of all workers are the $A_j$ and $v_j$ of the whole. Here it
# is with three workers in this very process. (Of a symmetric matrix only one half is sent, plus one number for $J$.)

# %%
workers = np.array_split(np.arange(R.N), 3)
A, v = np.zeros((R.M, k, k)), np.zeros((R.M, k))
for users in workers:
    for i in users:
        j, r = R.of_user(i)
        A[j] += np.outer(s.W[i], s.W[i])
        v[j] += np.outer(r, s.W[i])
U5 = np.linalg.solve(A + lam * np.eye(k), v[..., None])[..., 0]
np.testing.assert_allclose(U5, s.U, rtol=1e-9, atol=1e-12)
print(f"a worker sends {sums.width(k, cfg)} numbers for each of {R.M} films, however many ratings it has")

# %% [markdown]
# On a [Dask](https://docs.dask.org) cluster it is `mfcore.cluster.fit(client, ratings, cfg, T)`, with the same result.
#
# ## Where to go from here
#
# - **In the app:** [measure the ladder on your machine](http://localhost:8501/at_scale?k=10), or read
#   [the code of each rung](http://localhost:8501/at_scale?view=Code&rung=product) (start it with `make app`).
