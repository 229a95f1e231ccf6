# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 3 · Alternating least squares
#
# *How do two random tables turn into tastes and contents, one small equation at a time?*
#
# - **You will** derive $w_i$ from the loss and check every line on numbers; write out the training loop; find that it
#   equals the library's; watch the loss fall at every block; train on real films; and see what goes wrong when somebody
#   has fewer ratings than $k$.
# - **Time:** 45 minutes. **You need** [lesson 2](02_dot_product.ipynb), derivatives, and to know what $A x = v$ means.
# - **Lecture notes:** §6. **Slips on the way:** E1, E11.
#
# Symbols are those of [NOTATION.md](../NOTATION.md): $\Psi_i$ = `R.Psi(i)`, the films user $i$ rated; $\Omega_j$ =
# `R.Omega(j)`, the users who rated film $j$; $W$ ($N \times k$) and $U$ ($M \times k$), the two tables; $J$, the loss.

# %%
import sys
import warnings
from itertools import pairwise

sys.path.insert(0, "..")  # the project's folder, where mfcore and mfview are

import numpy as np

from mfcore import LeastNormWarning, als, data, fit, trace
from mfview import derivations, lesson
from mfview.derivations import plain as derivation
from mfview.figures import microscope, training
from mfview.style import LIGHT

# %% [markdown]
# ## What is minimised
#
# $$J = \sum_{(i,j)\in\Omega} (r_{ij} - w_i^\top u_j)^2$$
#
# The sum runs over the observed pairs $\Omega$ and no others: the holes do not count. As a loop, on the tiny table and
# a random start:

# %%
R, films = data.load("tiny")
cfg = als.Config(k=2, lam=0, biases=False)  # plain matrix factorization
s = als.init(R, cfg, np.random.default_rng(0))


def loss(W, U):
    """J, as it is written."""
    J = 0.0
    for i in range(R.N):
        for j, r in zip(*R.of_user(i), strict=True):
            J += (r - sum(W[i, f] * U[j, f] for f in range(W.shape[1]))) ** 2
    return J


np.testing.assert_allclose(als.objective(s, R, cfg), loss(s.W, s.U))
print(f"J = {loss(s.W, s.U):.2f} at a random start")

# %% [markdown]
# ## Deriving $w_i$, every line checked
#
# **One user at a time.** $w_i$ occurs only in the terms of user $i$. With $U$ held fixed, $J$ splits into $N$ small
# problems that have nothing to do with one another:
#
# $$J = J_i(w_i) + \text{terms without } w_i, \qquad J_i(w_i) = \sum_{j\in\Psi_i} (r_{ij} - w_i^\top u_j)^2$$
#
# If that is so, changing $w_i$ must change $J$ and $J_i$ by the same amount:

# %%
i = 2  # Chidi
lines, here = derivation.of("W", cfg), derivation.at("W", s, R, cfg, i)
lesson.holds(lines, "Own terms", here)

# %% [markdown]
# **The gradient**, by the chain rule:
#
# $$\frac{\partial J}{\partial w_i} = 2\sum_{j\in\Psi_i} (r_{ij} - w_i^\top u_j)(-u_j)$$
#
# The check moves each entry of $w_i$ a little both ways and looks at how $J_i$ changes. It does not use the formula.

# %%
lesson.holds(lines, "Gradient", here)

# %% [markdown]
# **Set to zero.** $J$ is a quadratic in $w_i$ that opens upwards, so it is lowest where it is flat. The line is true at
# the solved $w_i$ and, in general, nowhere else. Divide by 2, and move the terms without the unknown to the right:
#
# $$\sum_{j\in\Psi_i} (w_i^\top u_j)\,u_j = \sum_{j\in\Psi_i} r_{ij}\,u_j$$

# %%
lesson.holds(lines, "Set to zero", here)
lesson.holds(lines, "Rearranged", here)

# %% [markdown]
# **The one clever step.** $w_i^\top u_j$ is a number. A number times a vector may be written in either order, and the
# brackets may be moved:
#
# $$(w_i^\top u_j)\,u_j = u_j\,(u_j^\top w_i) = (u_j u_j^\top)\,w_i$$
#
# Now $w_i$ stands at the end of every term and can be taken out of the sum:
#
# $$\Big(\sum_{j\in\Psi_i} u_j u_j^\top\Big)\,w_i = \sum_{j\in\Psi_i} r_{ij}\,u_j$$

# %%
lesson.holds(lines, "A matrix appears", here)
lesson.holds(lines, "Normal equations", here)

# %% [markdown]
# **Solved**: $A w_i = v$, with a $k \times k$ matrix $A$. And no other $w_i$ gives a lower $J$.
#
# $$w_i = \Big(\sum_{j\in\Psi_i} u_j u_j^\top\Big)^{-1} \sum_{j\in\Psi_i} r_{ij}\,u_j$$

# %%
lesson.holds(lines, "Solved", here)
lesson.holds(lines, "A minimum", here)

# %% [markdown]
# **And $u_j$?** Exchange users and films and $J$ is the same sum, so every line holds with the letters exchanged:
#
# $$u_j = \Big(\sum_{i\in\Omega_j} w_i w_i^\top\Big)^{-1} \sum_{i\in\Omega_j} r_{ij}\,w_i$$
#
# where $u_j$ is the *row* `U[j]` (E1). All ten lines, for every film:

# %%
for j in range(R.M):
    film = derivations.check(derivation.of("U", cfg), derivation.at("U", s, R, cfg, j))
    assert all(line.sides.holds for line in film)
lesson.holds(derivation.of("U", cfg), "Symmetry", derivation.at("U", s, R, cfg, 0))

# %% [markdown]
# **Exercise 1.** The smallest case there is, on paper: $k = 1$.

# %%
lesson.ask("03-one-dimension")

# %%
answer = ...
lesson.check("03-one-dimension", answer)

# %% [markdown]
# ## The loop
#
# $w_i$ needs $U$, and $u_j$ needs $W$. So begin with random tables and alternate: all users, all films, again. This is
# the whole algorithm, with every sum written out:


# %%
def alternate(R, W, U, sweeps):
    """Plain matrix factorization as the notes state it."""
    W, U, k = W.copy(), U.copy(), W.shape[1]
    for _ in range(sweeps):
        for i in range(R.N):
            A, v = np.zeros((k, k)), np.zeros(k)
            for j, r in zip(*R.of_user(i), strict=True):
                A += np.outer(U[j], U[j])
                v += r * U[j]
            W[i] = np.linalg.solve(A, v)
        for j in range(R.M):
            A, v = np.zeros((k, k)), np.zeros(k)
            for i, r in zip(*R.of_item(j), strict=True):
                A += np.outer(W[i], W[i])
                v += r * W[i]
            U[j] = np.linalg.solve(A, v)
    return W, U


W, U = alternate(R, s.W, s.U, sweeps=10)
fitted = fit(als, R, cfg, T=10, seed=0)  # the same seed, so the same start
np.testing.assert_allclose(fitted.W, W, rtol=1e-6)
np.testing.assert_allclose(fitted.U, U, rtol=1e-6)
print(f"J = {loss(s.W, s.U):.2f} at the start, {loss(W, U):.4f} after 10 sweeps")

# %% [markdown]
# The library does the same for all rows at once. The result, $R \approx W U^\top$; the small numbers are the ratings,
# the cells without one are filled by the product:

# %%
scale = float(max(np.abs(fitted.W).max(), np.abs(fitted.U).max()))
predicted = fitted.W @ fitted.U.T
lesson.show(microscope.tables(R, fitted.W, fitted.U, predicted, films.titles, scale, None, LIGHT))

# %% [markdown]
# **Exercise 2.** Before going on: how large is $A$ when somebody has hundreds of ratings?

# %%
lesson.ask("03-system-size")

# %%
answer = ...
lesson.check("03-system-size", answer)

# %% [markdown]
# ## $J$ falls at every block
#
# Each half of a sweep finds the lowest point there is while the other table is held fixed. So $J$ can never rise. This
# is more useful as a test than as a remark: an update with a wrong sign fails it at once.

# %%
J = [als.objective(s, R, cfg)]
state = s
for _ in range(10):
    for block in als.blocks(cfg):
        state = block(state, R, cfg)
        J.append(als.objective(state, R, cfg))
assert all(after <= before * (1 + 1e-12) for before, after in pairwise(J))
print("J after each block:", *(f"{value:.3f}" for value in J[:7]), "…")

# %% [markdown]
# ## Real films
#
# Now MovieLens small, nine tenths of it to learn from and one tenth to test on, with $k = 10$ and no $\lambda$.
#
# **Predict:** what will the two curves do, train and test, over 15 sweeps?

# %%
lesson.ask("03-what-falls")

# %%
answer = ...
lesson.check("03-what-falls", answer)

# %%
R, films = data.load("ml-small")
train, test = R.split(test=0.1, seed=0)
plain = als.Config(k=10, lam=0, biases=False)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", LeastNormWarning)  # the next section is about it
    followed = list(trace(als, train, test, plain, T=15, seed=0))
points = [point for point, _ in followed]
lesson.show(training.losses(points, True, LIGHT))

# %%
lesson.show(training.objective(points, True, LIGHT))
assert all(after.J <= before.J * (1 + 1e-9) for before, after in pairwise(points))

# %% [markdown]
# $J$ keeps its word. The test error made no promise: with 10 numbers for every film, the ratings of a film with 10 or
# fewer can all be learnt by heart, noise and all. Why the error reaches hundreds of stars is another matter; the next
# section explains it.
#
# ## Fewer ratings than $k$ (E11)
#
# $A = \sum_{j\in\Psi_i} u_j u_j^\top$ is a sum of $|\Psi_i|$ matrices of rank 1. With $|\Psi_i| < k$ it has no inverse,
# and the formula of the notes cannot be computed.

# %%
few = int((train.items_counts < plain.k).sum())
print(f"{few:,} of {train.M:,} films have fewer than k = {plain.k} ratings to learn from")

tiny, _ = data.load("tiny")
wide = als.Config(k=4, lam=0, biases=False)
start = als.init(tiny, wide, np.random.default_rng(0))
fatou = tiny.user_ids.tolist().index("Fatou")
row = als.row(start, tiny, wide, fatou)
print(f"Fatou has {len(tiny.Psi(fatou))} ratings; A is {row.A.shape[0]} × {row.A.shape[1]} and has rank {row.rank}")

# %% [markdown]
# Some programs stop here, others divide by rounding errors. The library takes the shortest of all the vectors that fit,
# and says so. The normal equations still hold, although there is no inverse:

# %%
lines, here = derivation.of("W", wide), derivation.at("W", start, tiny, wide, fatou)
lesson.holds(lines, "Normal equations", here)
lesson.holds(lines, "Solved", here)

# %% [markdown]
# The shortest is one of many. Add any multiple of a vector $d$ with $A d = 0$: the rated films keep their predictions,
# and the others move as far as you like.

# %%
d = np.linalg.eigh(row.A)[1][:, 0]  # a direction A knows nothing of
rated = tiny.Psi(fatou)
other = [j for j in range(tiny.M) if j not in rated]
for a in (0, 5, 50):
    w = row.x + a * d
    np.testing.assert_allclose(start.U[rated] @ w, start.U[rated] @ row.x, atol=1e-9)
    print(f"x + {a:2} d: the rated films as before, the others", np.round(start.U[other] @ w, 1))

# %% [markdown]
# **Predict:** which films are to blame for the test error above, those with fewer than $k$ ratings to learn from, with
# exactly $k$, or with more?

# %%
_, last = followed[-1]
squared = (test.r - als.predict(last, test.i, test.j)) ** 2
share, lengths = {}, np.linalg.norm(last.U, axis=1)
for name, is_so in (("fewer than", np.less), ("exactly", np.equal), ("more than", np.greater)):
    those = is_so(train.items_counts, plain.k)
    share[name] = squared[those[test.j]].sum() / squared.sum()
    print(f"{name:>10} {plain.k}: {share[name]:6.1%} of the squared error; longest vector {lengths[those].max():,.0f}")
assert share["exactly"] > 0.5

# %% [markdown]
# With fewer than $k$, many vectors fit and the shortest is taken. With exactly $k$, a single one fits every rating, and
# it is taken however long it is: $A$ has an inverse, but only just. With many more than $k$, no vector fits them all,
# and the noise averages out. So the worst place is not where there is no inverse but right next to it.
#
# **Exercise 3.**

# %%
lesson.ask("03-rank")

# %%
answer = ...
lesson.check("03-rank", answer)

# %% [markdown]
# ## A first look at $\lambda$
#
# Charge for length: add $\lambda\,(\|W\|_F^2 + \|U\|_F^2)$ to $J$. The derivation is the same with one more term, and
# $A$ becomes $\sum u_j u_j^\top + \lambda I$, which has an inverse whenever $\lambda > 0$.

# %%
ridge = als.Config(k=10, lam=5.0, biases=False)
state = fit(als, train, ridge, T=3, seed=0)
lines, here = derivation.of("W", ridge), derivation.at("W", state, train, ridge, 0)
lesson.holds(lines, "Gradient", here)
lesson.holds(lines, "Solved", here)

with_lam = [point for point, _ in trace(als, train, test, ridge, T=15, seed=0)]
print(f"test RMSE after 15 sweeps: {points[-1].test:.2f} without λ, {with_lam[-1].test:.2f} with λ = 5")
assert with_lam[-1].test < points[-1].test

# %% [markdown]
# **Exercise 4.**

# %%
lesson.ask("03-lambda")

# %%
answer = ...
lesson.check("03-lambda", answer)

# %% [markdown]
# ## Where to go from here
#
# - **In the app:** [the microscope](http://localhost:8501/plain_mf?k=2&step=5), where you watch these systems being
#   solved one row at a time (start it with `make app`).
# - **Back:** [2 · Taste times content](02_dot_product.ipynb), where the resulting vectors are interpreted.
