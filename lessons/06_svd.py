# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 6 · Singular value decomposition
#
# *How much of a table do k columns keep, and what if the table is full of holes?*
#
# - **You will** take a matrix apart into triplets and put it together again; fold $S$ into $U$, so that SVD has the
#   shape of matrix factorization; see that nothing of rank $k$ comes nearer; fill the holes of a ratings matrix in five
#   ways and get five answers; fill them again and again, and arrive where ALS does; and turn the axes without changing
#   a single prediction.
# - **Time:** 60 minutes. **You need** [lesson 3](03_plain_mf.ipynb), and to know what orthogonal means.
# - **Lecture notes:** §5, 10. **Slips on the way:** E8, E9, E10.
#
# Symbols are those of [NOTATION.md](../NOTATION.md). One warning about letters: in $X = U S V^\top$ the rows of SVD's
# $U$ belong to *users*. Here matrix factorization's $W$ will be $US$, and its $U$ will be SVD's $V$.

# %%
import sys
from itertools import islice, pairwise

sys.path.insert(0, "..")  # the project's folder, where mfcore and mfview are

import numpy as np

from mfcore import als, data, fills, fit, impute, interpret, lowrank, metrics, rivals, rotation, steps, svd
from mfcore.data import picture, planted
from mfview import lesson
from mfview.derivations import svd as derivation
from mfview.figures import picture as pictures
from mfview.figures import rotation as maps
from mfview.figures import spectrum
from mfview.style import LIGHT

# %% [markdown]
# ## A picture is a matrix
#
# $$X = U S V^\top = \sum_f s_f\, u_f v_f^\top$$
#
# Each term is a column times a row: a matrix of rank 1. The largest $s_f$ comes first. Here are 8 of 96:

# %%
P = picture.lighthouse()
whole = lowrank.decomposed(P)
k = 8
X_k = np.zeros_like(P)
for f in range(k):
    X_k += whole.s[f] * np.outer(whole.left[:, f], whole.right[:, f])
lesson.show(pictures.grey(P, LIGHT, title="X", alt="A lighthouse on a cliff over the sea, a low sun beside it."))

# %%
lesson.show(pictures.grey(X_k, LIGHT, title=f"X at rank {k}", alt=f"The same picture out of {k} columns times rows."))

# %% [markdown]
# **Exercise 1.** What does that cost?

# %%
lesson.ask("06-numbers")

# %%
answer = ...
lesson.check("06-numbers", answer)

# %% [markdown]
# The squares of the singular values add up to the squares of all cells, so they say how much is kept:

# %%
total = float((P**2).sum())
shares = lowrank.energy(whole.s, total)
np.testing.assert_allclose((whole.s**2).sum(), total)
np.testing.assert_allclose((X_k**2).sum() / total, shares[k - 1])
lesson.show(spectrum.energy(shares, k, LIGHT))

# %% [markdown]
# ## From three tables to two (E8)
#
# $S$ is diagonal, so one cell of the product is
#
# $$\hat x_{ij} = \sum_{k} u_{ik}\, s_{kk}\, v_{jk}$$
#
# The notes write $\sum u_{ik}\, s_{rk}\, v_{kj}$, with an index $r$ that nothing sums over and $V$ read transposed.
# Every line from here to the end of this section and the next is checked on a small table without holes:

# %%
truth = planted.tiny().truth
X = np.round(2 * (truth.W @ truth.U.T)) / 2
here = derivation.at(X, k=2)
lesson.holds(derivation.LINES, "Decomposition", here)
lesson.holds(derivation.LINES, "Orthonormal columns", here)
lesson.holds(derivation.LINES, "One cell", here)

# %% [markdown]
# Multiply every column of $U$ by its singular value, $u_i' = u_i S$, and $\hat x_{ij} = u_i'^\top v_j$ is a prediction
# of matrix factorization.

# %%
lesson.holds(derivation.LINES, "S folded into U", here)
found = lowrank.decomposed(X).first(2)
W, U = lowrank.folded(found)
i, j = 2, 5
by_hand = sum(found.left[i, f] * found.s[f] * found.right[j, f] for f in range(2))
np.testing.assert_allclose(W[i] @ U[j], by_hand)
print(f"person {i}, film {j}: {by_hand:.3f} by three tables, {W[i] @ U[j]:.3f} by two; the cell holds {X[i, j]}")

# %% [markdown]
# ## Nothing is nearer
#
# **Exercise 2.** How large is the error?

# %%
lesson.ask("06-index")

# %%
answer = ...
lesson.check("06-index", answer)

# %%
lesson.holds(derivation.LINES, "What is lost", here)
lesson.holds(derivation.LINES, "The worst direction", here)
lesson.holds(derivation.LINES, "Nothing is nearer", here)
lesson.holds(derivation.LINES, "k = M", here)

# %% [markdown]
# That nothing of rank $k$ is nearer is the theorem of Eckart and Young (1936). **Predict** how ALS does, which may use
# any $W$ and $U$ it likes:

# %%
lesson.ask("06-best")

# %%
answer = ...
lesson.check("06-best", answer)

# %%
full = planted.planted(120, 60, density=1.0, seed=0).ratings.by_user.toarray()
contest = rivals.on_a_full_matrix(full, ks=(1, 2, 3, 4, 5, 6, 8, 10))
best = {d.k: d for d in contest if d.name == "SVD"}
for d in contest:
    assert d.frobenius >= best[d.k].frobenius * (1 - 1e-12)
    assert d.spectral >= best[d.k].spectral * (1 - 1e-12)
drawn = {}
for d in contest:
    drawn.setdefault(d.name, []).append((d.k, d.frobenius))
styles = [(LIGHT.ink, "solid"), (LIGHT.train, "dot"), (LIGHT.train, "dash"), (LIGHT.neutral, "dot")]
looks = {name: spectrum.Look(*style, "circle") for name, style in zip(drawn, styles, strict=True)}
lesson.show(spectrum.curves(drawn, looks, LIGHT, title="Distance to a full matrix", y="‖X − WUᵀ‖ in stars", log=True))

# %% [markdown]
# ## Holes (E9)
#
# The notes speak of the SVD of $R$. But $R$ has holes, and SVD needs a number in every cell. So something is written
# into them, $F_{ij}$, and what is decomposed is mostly numbers that nobody ever gave.
#
# One thing makes it cheap. Fill the holes with $F$, then subtract $F$ everywhere: every hole holds 0, and what is left
# is as sparse as $R$.

# %%
R, films = data.load("ml-small")
train, test = R.split(test=0.1, seed=0)
for fill in fills.ALL:
    F = fill(train)
    A = fills.unexplained(train, F)
    assert A.nnz == train.n
    s = svd.fit_at_once(train, svd.Config(k=5, fill=fill))
    error = metrics.rmse(svd.predict(s, test.i, test.j), test.r)
    print(f"{fill.__name__:>13}: test RMSE {metrics.rmse(F.mu + F.b[test.i] + F.c[test.j], test.r):.3f} → {error:.3f}")

# %% [markdown]
# The left number is the fill alone, the right one is what five triplets make of it. Five fills, five answers, and the
# fill decides more than the decomposition does.
#
# **Exercise 3.** Why are zeros so bad?

# %%
lesson.ask("06-zeros")

# %%
answer = ...
lesson.check("06-zeros", answer)

# %% [markdown]
# The library takes one triplet per sweep, in the same training loop as every model: sweep $k$ adds the $k$-th. It has
# to find only the first triplet of what is left, $A - W U^\top$, a sparse matrix less a product of thin ones, and never
# writes out $N \times M$ cells.

# %%
cfg = svd.Config(k=3, fill=fills.item_means)
at_once, by_steps = svd.fit_at_once(train, cfg), fit(svd, train, cfg, T=3)
np.testing.assert_allclose(by_steps.W, at_once.W, atol=1e-6)
np.testing.assert_allclose(by_steps.U, at_once.U, atol=1e-6)
print("singular values", *(f"{value:.2f}" for value in svd.singular_values(by_steps)))

# %% [markdown]
# ## Fill again
#
# The product predicts a number for every hole. So put *that* into the holes and decompose again, and again. Here it is
# on a small matrix, written out, with $\lambda$ subtracted from every singular value (soft-impute):


# %%
def soft_impute(A, seen, lam, sweeps):
    """Z ← S_λ(P_Ω(A) + P_Ω⊥(Z)), with every cell written out."""
    Z = np.zeros_like(A)
    for _ in range(sweeps):
        filled = np.where(seen, A, Z)
        left, s, right = np.linalg.svd(filled, full_matrices=False)
        Z = left * np.maximum(s - lam, 0) @ right
    return Z


small, _ = data.load("tiny")
seen = np.zeros((small.N, small.M), bool)
seen[small.i, small.j] = True
A = small.by_user.toarray()
cfg = impute.Config(k=6, lam=1.0, fill=fills.zeros)
s = fit(impute, small, cfg, T=200)
Z = soft_impute(A, seen, 1.0, sweeps=200)
np.testing.assert_allclose(s.W @ s.U.T, Z, atol=1e-6)
print(f"{impute.rank(s)} triplets are left of {min(A.shape)}")

# %% [markdown]
# What each sweep lowers has no hole in it:
#
# $$J = \tfrac12 \sum_\Omega (r_{ij} - \hat r_{ij})^2 + \lambda \sum_f s_f$$
#
# And $\sum_f s_f$ is the least that $\tfrac12(\|W\|_F^2 + \|U\|_F^2)$ can be for tables with this product. So twice
# this $J$ is the $J$ of regularized ALS, and both must end at the same place:

# %%
J = [impute.objective(state, small, cfg) for state in islice(steps(impute, small, cfg), 30)]
assert all(after <= before * (1 + 1e-12) for before, after in pairwise(J))
by_als = als.Config(k=6, lam=1.0, biases=False)
a = fit(als, small, by_als, T=400)
np.testing.assert_allclose(2 * impute.objective(s, small, cfg), als.objective(a, small, by_als), rtol=1e-6)
print(
    f"2J = {2 * impute.objective(s, small, cfg):.6f} by filling again, J = {als.objective(a, small, by_als):.6f} by ALS"
)

# %% [markdown]
# ALS never filled anything. On the picture, half of whose cells are gone, you can compare filling again ($\lambda = 0$,
# rank 12) with a single filling:

# %%
half = picture.observed(P, 0.5, seed=0)
hidden = np.ones(P.shape, bool)
hidden[half.i, half.j] = False
everywhere = np.indices(P.shape)
once = svd.predict(svd.fit_at_once(half, svd.Config(k=12, fill=fills.mean)), *everywhere)
again = impute.predict(fit(impute, half, impute.Config(k=12, lam=0.0, fill=fills.mean), T=80), *everywhere)
errors = [metrics.rmse(cells[hidden], P[hidden]) for cells in (once, again)]
assert errors[1] < errors[0]
lesson.show(
    pictures.grey(
        once,
        LIGHT,
        title=f"Mean in the holes: {errors[0]:.3f}",
        alt="Rank 12 of the picture with μ in its holes: pale.",
    )
)

# %%
lesson.show(
    pictures.grey(
        again, LIGHT, title=f"Filled again: {errors[1]:.3f}", alt="Rank 12 after filling 80 times: clear again."
    )
)

# %% [markdown]
# ## Axes turn (E10)
#
# SVD's axes come in an order, by size. Predictions do not depend on it: $(WQ)(UQ)^\top = WU^\top$ for every rotation.

# %%
lesson.ask("06-axes")

# %%
answer = ...
lesson.check("06-axes", answer)

# %% [markdown]
# In planted data the true axes *are* genres, because they were made so. ALS finds some other axes:

# %%
made = planted.planted(density=0.5, seed=2)
s = fit(als, made.ratings, als.Config(k=5, lam=2.0, biases=False), T=15)
Q = rotation.varimax(s.U)
other = interpret.turned(s, Q)
np.testing.assert_allclose(
    als.predict(other, made.ratings.i, made.ratings.j), als.predict(s, made.ratings.i, made.ratings.j), atol=1e-10
)
names = rotation.common_genres(made.films.genres)
before = rotation.genre_correlations(s.U, made.films.genres, names)
after = rotation.genre_correlations(other.U, made.films.genres, names)
lesson.show(maps.correlations(before, names, LIGHT, title="Correlation with genres, as they came"))

# %% [markdown]
# Varimax (Kaiser 1958) looks for axes that load on few films. How many an axis loads on can be counted: the
# participation ratio $\big(\sum_j u_{jf}^2\big)^2 / \big(M \sum_j u_{jf}^4\big)$ is $n/M$ where $n$ films have entries
# of one size and the others 0. Varimax is told nothing about genres:

# %%
share_before, share_after = rotation.share(s.U).mean(), rotation.share(other.U).mean()
print(f"an axis loads on {share_before:.0%} of the films as they came, on {share_after:.0%} after varimax")
assert share_after < share_before
lesson.show(maps.correlations(after, names, LIGHT, title="Correlation with genres, after varimax"))
assert np.abs(after).max(axis=1).mean() > np.abs(before).max(axis=1).mean()

# %% [markdown]
# Now each axis has one genre, up to sign. On real films the same steps give no such table: try it in the app. A
# correlation is evidence, and a strong one is a good reason for a name. Without it, a factor has no name.
#
# ## Where to go from here
#
# - **In the app:** [axes that turn](http://localhost:8501/svd?view=Axes+turn+%28E10%29&data=planted&fit=without), and
#   [half of a picture](http://localhost:8501/svd?view=Holes+%28E9%29&k=10) (start it with `make app`).
# - **Back:** [3 · Alternating least squares](03_plain_mf.ipynb), which needs no fill.
