# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 2 · Taste times content
#
# *What does it mean that a rating is a dot product?*
#
# - **You will** compute a prediction by loop; read its terms and their signs; split it into two lengths and an angle;
#   look for a film's neighbours in two ways; and see that an axis has no meaning of its own.
# - **Time:** 30 minutes. **You need** [lesson 1](01_ratings_matrix.ipynb), and the dot product and the length of
#   vectors.
# - **Lecture notes:** §2, §3, §4. **Slips on the way:** E1, E10, E12.
#
# Symbols are those of [NOTATION.md](../NOTATION.md): $w_i$ is `W[i]`, the $k$ numbers of user $i$; $u_j$ is `U[j]`,
# the $k$ numbers of film $j$; a prediction is $\hat r_{ij}$.

# %%
import sys

sys.path.insert(0, "..")  # the project's folder, where mfcore and mfview are

import numpy as np

from mfcore import als, data, fit, interpret
from mfview import lesson
from mfview.figures import sums, vectors
from mfview.style import LIGHT

# %% [markdown]
# ## Five numbers for a person, five for a film
#
# The notes give each of five genres a number. In $w_i$ it says how much user $i$ likes it (+) or dislikes it (−), in
# $u_j$ how much film $j$ has of it (+) or is its opposite (−). The prediction is
#
# $$\hat r_{ij} = w_i^\top u_j = \sum_{f=1}^{k} w_{if}\,u_{jf}$$

# %%
lesson.ask("02-first-example")

# %%
answer = ...
lesson.check("02-first-example", answer)

# %%
w = np.array([1, 0.8, -1, 0.1, 1])
u = np.array([1, 1.5, -1.3, 0, 1.2])

total = 0.0
for f, axis in enumerate(interpret.AXES):
    total += w[f] * u[f]
    print(f"{axis:>9}: {w[f]:4} × {u[f]:4} = {w[f] * u[f]:5.2f}   sum so far {total:4.2f}")

np.testing.assert_allclose(interpret.contributions(w, u).sum(), total)
np.testing.assert_allclose(total, 4.7)  # the notes' number

# %% [markdown]
# Each product has a sign, and the signs follow one rule: **equal signs add, unequal signs subtract.** Romance is −1 for
# this person and −1.3 for this film, so its absence is a reason to watch.


# %%
def products(w, u, title):
    """The products as bars, each beginning where the one above ends."""
    terms = [
        sums.Term(axis, f"{x:g} × {y:g}", float(p))
        for axis, x, y, p in zip(interpret.AXES, w, u, interpret.contributions(w, u), strict=True)
    ]
    return sums.adding_up(terms, "wᵀu", LIGHT, title=title, unit="running sum of w·u")


lesson.show(products(w, u, "Five products, one sum"))

# %% [markdown]
# **Exercise 1.** The same person, another film. Predict before you compute.

# %%
lesson.ask("02-second-example")

# %%
answer = ...
lesson.check("02-second-example", answer)

# %% [markdown]
# And the picture (run the cell when you have an answer):

# %%
u_clash = np.array([-1, -1, 1, 0, -1])
lesson.show(products(w, u_clash, "What this person likes, the film lacks"))

# %% [markdown]
# **Exercise 2.** What does a minus meeting a minus do?

# %%
lesson.ask("02-two-dislikes")

# %%
answer = ...
lesson.check("02-two-dislikes", answer)

# %% [markdown]
# ## A row, not a column (E1)
#
# The notes write $w_i$ = `W[i, :]` and $u_j$ = `U[:, j]`. With $U$ of $M \times k$ the second cannot be right: a column
# has $M$ entries, one for every film. Both vectors are rows.

# %%
W, U = np.tile(w, (3, 1)), np.stack([u, u_clash])  # N = 3 users, M = 2 films
try:
    W[0, :] @ U[:, 1]
except ValueError:
    print(f"W[0, :] has {W[0, :].size} entries and U[:, 1] has {U[:, 1].size}: there is no such product")
np.testing.assert_allclose(W[0, :] @ U[1, :], -3.8)  # u_j = U[j, :]

# %% [markdown]
# ## Two lengths and an angle
#
# The same number, seen as geometry:
#
# $$w^\top u = \|w\|\,\|u\|\cos\theta$$
#
# The angle says whether the two agree, the lengths how loudly each of them says so.

# %%
length_w, length_u = sum(x**2 for x in w) ** 0.5, sum(x**2 for x in u) ** 0.5
cosine = total / (length_w * length_u)
np.testing.assert_allclose(interpret.cosine(w, u), cosine)
np.testing.assert_allclose(interpret.norm(w) * interpret.norm(u) * interpret.cosine(w, u), total)
lesson.show(vectors.angle(w, u, LIGHT))

# %% [markdown]
# **Exercise 3.**

# %%
lesson.ask("02-cosine")

# %%
answer = ...
lesson.check("02-cosine", answer)

# %% [markdown]
# **Exercise 4.** The notes call $w^\top u$ proportional to the similarity of the two. Is it?

# %%
lesson.ask("02-doubled")

# %%
answer = ...
lesson.check("02-doubled", answer)

# %% [markdown]
# ## The same for real people and films
#
# Nobody wrote these vectors down: they come out of a fit to 100,004 ratings ([lesson 3](03_plain_mf.ipynb) shows how).
# Beside the dot product this model has three plain numbers, $\hat r_{ij} = w_i^\top u_j + b_i + c_j + \mu$ (§7 of the
# notes): the mean of all ratings, and how far this user and this film stand from it.

# %%
R, films = data.load("ml-small")
s = fit(als, R, als.Config(k=5, lam=5.0), T=15, seed=0)

i, j = R.user_ids.tolist().index(73), int(films.find("The Matrix (1999)")[0])
by_loop = s.mu + s.b[i] + s.c[j]
for f in range(5):
    by_loop += s.W[i, f] * s.U[j, f]
np.testing.assert_allclose(als.predict(s, i, j), by_loop)

parts = interpret.parts(s, i, j)
start = sums.Start("μ", "mean of all ratings", parts.mu)
terms = [sums.Term("b", "the user's bias", parts.b), sums.Term("c", "the film's bias", parts.c)]
terms += [sums.Term(f"factor {f}", "w × u", float(p)) for f, p in enumerate(parts.terms, 1)]
title = f"User {R.user_ids[i]} and {films.label(j)}"
actual = float(R.of_user(i)[1][R.Psi(i) == j][0])
lesson.show(sums.adding_up(terms, "r̂", LIGHT, title=title, unit="stars", start=start, actual=actual))

# %% [markdown]
# ## Neighbours by dot product and by cosine (E12)
#
# Films can be compared with films. **Predict:** of two lists of the eight films nearest to *Toy Story*, which has the
# more widely seen films, the one by dot product or the one by cosine?

# %%
j = int(films.find("Toy Story (1995)")[0])


def score(a, b, by):
    """One pair, by loop."""
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    lengths = (sum(x * x for x in a) * sum(y * y for y in b)) ** 0.5
    return dot if by == "dot" else dot / lengths


near = {}
for by in ("dot", "cosine"):
    near[by], scores = interpret.neighbours(s.U, j, by, n=8)
    np.testing.assert_allclose(scores, [score(s.U[j], s.U[other], by) for other in near[by]])
    print(f"\nnearest to {films.label(j)} by {by}")
    for other, value in zip(near[by], scores, strict=True):
        print(f"{value:6.2f}   {R.items_counts[other]:4} ratings   {films.label(other)[:60]}")

# %% [markdown]
# The dot product grows with $\|u\|$. Here $\lambda$ keeps the vectors of films with few ratings short, so long vectors
# belong to films with many. A popular film wins **by norm**; the cosine asks for direction alone, and finds films that
# hardly anyone has rated, whose direction is little more than a guess. Neither list is the truth.

# %%
lengths = interpret.norm(s.U)
labels = [films.label(other) for other in range(R.M)]
marked = vectors.Marked(j, near["dot"], near["cosine"])
lesson.show(vectors.norms(R.items_counts, lengths, labels, marked, LIGHT))

rho = interpret.rank_correlation(R.items_counts, lengths)
print(f"rank correlation of length and number of ratings: {rho:.2f}")
medians = [np.median(R.items_counts[near[by]]) for by in ("dot", "cosine")]
print(f"median number of ratings: {medians[0]:g} by dot product, {medians[1]:g} by cosine")
assert medians[0] > medians[1]

# %% [markdown]
# ## An axis has no meaning of its own (E10)
#
# It is tempting to call factor 1 "action". Turn all vectors by the same rotation $Q$:
#
# $$(WQ)\,(UQ)^\top = W\,QQ^\top U^\top = W U^\top$$
#
# **Predict:** which of these change: every prediction, $J$, the films at the ends of axis 1?

# %%
cfg = als.Config(k=5, lam=5.0)
turned = interpret.turned(s, interpret.rotation(5, seed=1))
np.testing.assert_allclose(als.predict(turned, R.i, R.j), als.predict(s, R.i, R.j))
np.testing.assert_allclose(als.objective(turned, R, cfg), als.objective(s, R, cfg))

known = np.flatnonzero(R.items_counts >= 50)
for name, state in (("as fitted", s), ("turned", turned)):
    _, high = interpret.extremes(state.U[known], axis=0, n=3)
    print(f"highest on axis 1, {name:>9}: {'; '.join(films.label(known[h]) for h in high)}")

# %% [markdown]
# Predictions and loss are the same to the last digits, but axis 1 is about something else. So a single axis says
# nothing until somebody has chosen the rotation.
#
# Without $\lambda$ there is more freedom still. Any $k \times k$ matrix $Q$ with an inverse will do, if $U$ takes the
# transpose of that inverse:
#
# $$(WQ)\,(UQ^{-\top})^\top = W\,QQ^{-1} U^\top = W U^\top$$

# %%
Q = np.triu(np.ones((5, 5)))  # has an inverse, and is no rotation
stretched = als.State(s.t, s.W @ Q, np.linalg.solve(Q, s.U.T).T, s.b, s.c, s.mu)
np.testing.assert_allclose(als.predict(stretched, R.i, R.j), als.predict(s, R.i, R.j))
J, J_stretched = als.objective(s, R, cfg), als.objective(stretched, R, cfg)
print(f"J with λ = {cfg.lam:g}: {J:,.0f} as fitted, {J_stretched:,.0f} after this Q")
assert J_stretched > J

# %% [markdown]
# Such a $Q$ changes lengths and angles, so the penalty changes, and of all these matrices $\lambda$ allows only the
# rotations (and reflections). Predictions can always be relied on; lengths and angles, from the same fit, only with
# $\lambda > 0$; a single axis, never.
#
# ## Where to go from here
#
# - **In the app:** [drag $w$ and $u$ yourself](http://localhost:8501/dot_product), or see
#   [who is near *Toy Story*](http://localhost:8501/dot_product?view=Neighbours&item=Toy+Story+%281995%29)
#   (start it with `make app`).
# - **Next:** [3 · Alternating least squares](03_plain_mf.ipynb): where the vectors come from.
