# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1 · The ratings matrix
#
# *How do you store, and then fill, a table of which fewer than two cells in a hundred are known?*
#
# - **You will** keep ratings as a dict of pairs and as `Ratings`; read off $\Psi_i$, $\Omega_j$ and $\mu$; see why a 0
#   is a rating; count the bytes; and find out how two thin tables can stand in for billions of cells.
# - **Time:** 25 minutes. **You need** some Python, and to know what a table of numbers is.
# - **Lecture notes:** §1, §2, §18.
#
# Symbols are those of [NOTATION.md](../NOTATION.md), and code uses the same letters: $N$ users are `R.N`, $M$ films
# are `R.M`, the rating that user $i$ gave film $j$ is $r_{ij}$, the observed pairs are $\Omega$, and there are
# $n = |\Omega|$ = `R.n` of them.

# %%
import sys

sys.path.insert(0, "..")  # the project's folder, where mfcore and mfview are

import numpy as np

from mfcore import Ratings, data, overview, storage
from mfview import lesson
from mfview.figures import matrix
from mfview.figures import storage as storage_figures
from mfview.style import LIGHT

# %% [markdown]
# ## A table that is mostly holes
#
# Six people, eight films. A dot is a film that somebody has not rated. It is not a bad rating; it is a question that
# nobody has answered yet.

# %%
R, films = data.load("tiny")
for i in range(R.N):
    rated = dict(zip(R.Psi(i), R.of_user(i)[1], strict=True))
    cells = "  ".join(f"{rated[j]:3g}" if j in rated else "  ·" for j in range(R.M))
    print(f"{R.user_ids[i]:>6} {cells}")

# %% [markdown]
# The notes keep such a table as a **dict**: a pair $(i, j)$ is a key if, and only if, it was rated. That is all a
# ratings matrix is, and everything else on this page can be computed from it with a loop.

# %%
ratings = {}
for i, j, r in zip(R.i.tolist(), R.j.tolist(), R.r.tolist(), strict=True):
    ratings[i, j] = r

Psi = {i: [j for (a, j) in ratings if a == i] for i in range(R.N)}  # the films that user i rated
Omega = {j: [i for (i, b) in ratings if b == j] for j in range(R.M)}  # the users that rated film j

total = 0.0
for r in ratings.values():
    total += r
mu = total / len(ratings)
print(f"n = {len(ratings)} ratings in {R.N} × {R.M} = {R.N * R.M} cells, mean μ = {mu:.3f}")

# %% [markdown]
# `Ratings` holds the same in arrays, once sorted by user and once by film, so that neither question needs a search.
# It must agree with the loop:

# %%
for i in range(R.N):
    np.testing.assert_array_equal(R.Psi(i), sorted(Psi[i]))
for j in range(R.M):
    np.testing.assert_array_equal(R.Omega(j), sorted(Omega[j]))
np.testing.assert_allclose([R.mu, R.n, R.density], [mu, len(ratings), len(ratings) / (R.N * R.M)])

# %% [markdown]
# **Exercise 1.** Answer first, then look.

# %%
lesson.ask("01-psi")

# %%
answer = ...
lesson.check("01-psi", answer)

# %% [markdown]
# ## A 0 is a rating
#
# A sparse matrix stores the cells that are there. It is tempting to say "what is 0 is missing", and many programs do.
# Then somebody who gives a film 0 stars has not rated it, and after the mean is subtracted everybody who gave exactly
# the mean has not rated anything.
#
# **Predict:** Ana gave two films 4 and 0, Bo gave one 2.5. What is $\mu$, and what does a program report that takes the
# 0 for a hole?

# %%
three = Ratings.from_arrays(["Ana", "Ana", "Bo"], ["Goat Holiday", "Wrong Tuba", "Wrong Tuba"], [4.0, 0.0, 2.5])
print(f"μ = {three.mu:.3f} with the 0 as a rating, {overview.mean_without_zeros(three):.3f} with the 0 as a hole")

centred = three.r - 4.0  # as if the mean were 4: Ana's first rating becomes a stored 0
print(
    f"after centring {int((centred == 0).sum())} of {three.n} stored values is 0, and still {three.n} pairs are rated"
)
assert three.n == 3

# %% [markdown]
# So **the structure is the mask**: `R.Psi(i)` looks at which cells are stored and never at what is stored in them.
#
# **Exercise 2.**

# %%
lesson.ask("01-zero")

# %%
answer = ...
lesson.check("01-zero", answer)

# %% [markdown]
# ## Real ratings
#
# MovieLens small: 100,004 ratings of films by real people. Sort users and films by their number of ratings, and nearly
# all that is known gathers in one corner.

# %%
R, films = data.load("ml-small")
print(f"N = {R.N:,}   M = {R.M:,}   n = {R.n:,}   known: {R.density:.2%} of {R.N * R.M:,} cells")
users_by, films_by = overview.by_count(R.users_counts), overview.by_count(R.items_counts)
lesson.show(matrix.tiles(overview.tiles(R, users_by, films_by), R.N, R.M, "most ratings first", LIGHT))

# %% [markdown]
# **Predict:** how many of the 9,066 films does it take to hold half of all ratings?

# %%
half = overview.holding(R.users_counts), overview.holding(R.items_counts)
lesson.show(matrix.tails(overview.ranked(R.users_counts), overview.ranked(R.items_counts), half, LIGHT))
print(f"{half[1]:,} films ({half[1] / R.M:.1%}) and {half[0]} users ({half[0] / R.N:.1%}) hold half of the ratings")

# %% [markdown]
# ## What it costs to keep
#
# Five ways to keep the same ratings. **Predict** which is the largest, and by what factor CSR is smaller than the dict.

# %%
stores = storage.measured(R)
lesson.show(storage_figures.memory(stores, "MovieLens small", LIGHT))

# %% [markdown]
# The arrays' sizes can be worked out without building them: a full table takes 8 bytes a cell; COO a rating (8) and two
# indices (4 + 4); CSR leaves out the row index and keeps where each row begins instead.

# %%
by_name = {store.name: store.bytes for store in stores}
np.testing.assert_equal(by_name["dense"], 8 * R.N * R.M)
np.testing.assert_equal(by_name["coo"], (8 + 4 + 4) * R.n)
np.testing.assert_equal(by_name["csr"], (8 + 4) * R.n + 4 * (R.N + 1))
print(f"the dict takes {by_name['dict'] / by_name['csr']:.0f} times the bytes of CSR, for the same ratings")

# %% [markdown]
# ## Two thin tables
#
# The notes' matrix has $N = 130{,}000$ users, $M = 26{,}000$ films and 20 million ratings.
#
# $$N \cdot M = 3.38\ \text{billion cells} \qquad\text{against}\qquad Nk + Mk = (N + M)\,k$$
#
# As $10 = 2 \cdot 5$, write the table as a product, $\hat R = W U^\top$, with $W$ of $N \times k$ and $U$ of
# $M \times k$ numbers. One prediction is $\hat r_{ij} = w_i^\top u_j$, a sum of $k$ products, so the billions of cells
# are never formed. Count by loop, and with the library:

# %%
size = storage.NOTES
numbers = 0
for rows in (size.N, size.M):  # W, then U
    numbers += rows * size.k
np.testing.assert_equal(storage.parameters(size), numbers)
np.testing.assert_equal(storage.cells(size), size.N * size.M)
lesson.show(storage_figures.sizes(size, LIGHT))

# %% [markdown]
# **Exercise 3.**

# %%
lesson.ask("01-parameters")

# %%
answer = ...
lesson.check("01-parameters", answer)

# %% [markdown]
# **Exercise 4.** How large may $k$ be before the two tables outgrow the ratings themselves?

# %%
lesson.ask("01-largest-k")

# %%
answer = ...
lesson.check("01-largest-k", answer)

# %% [markdown]
# ## Where to go from here
#
# - **In the app:** [the notes' matrix, with sliders for $N$, $M$ and $k$](http://localhost:8501/ratings_matrix?view=Two+thin+tables&N=130000&M=26000&k=10)
#   (start it with `make app`).
# - **Next:** [2 · Taste times content](02_dot_product.ipynb): what the $k$ numbers of a user and of a film say.
