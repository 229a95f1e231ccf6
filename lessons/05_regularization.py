# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5 · Regularization
#
# *How do you keep a model from learning its ratings by heart?*
#
# - **You will** derive ridge regression and check every line on points; find the same weights with plain least squares
#   on a taller system; watch weights shrink; choose $\lambda$ for real ratings by one split and by cross-validation;
#   and settle by experiment which objective a formula in the notes belongs to.
# - **Time:** 45 minutes. **You need** [lesson 3](03_plain_mf.ipynb), and to know what a bias is.
# - **Lecture notes:** §8, 9. **Slip on the way:** E2.
#
# Symbols are those of [NOTATION.md](../NOTATION.md): $\lambda$ = `lam`, what a squared unit of weight costs;
# $|\Psi_i|$ = `len(R.Psi(i))`, how many ratings user $i$ gave.

# %%
import sys
from itertools import pairwise

sys.path.insert(0, "..")  # the project's folder, where mfcore and mfview are

import numpy as np

from mfcore import als, as_written, data, fit, metrics, regression, study
from mfcore.ridge import augmented
from mfview import derivations, lesson, precomputed
from mfview.derivations import as_written as slip
from mfview.derivations import ridge
from mfview.figures import regression as pictures
from mfview.figures import study as figures
from mfview.style import LIGHT

# %% [markdown]
# ## A curve that bends to every point
#
# Twelve noisy points, and a polynomial with eleven weights. As a product: a row of $X$ holds $1, x, x^2, \dots$ of one
# point, and $\hat y = Xw$. The mean $\bar y$ is subtracted first, as $\mu$ is from ratings.

# %%
points, others = regression.generate(12, 0.4, seed=0), regression.generate(100, 0.4, seed=10_000)
X, y = regression.powers(points.x, 10), points.y - points.y.mean()
free = regression.fit(points, 10, lam=0.0)
print("the weights without λ:", np.round(free.w, 1))

# %% [markdown]
# ## Ridge regression, every line checked
#
# Charge $\lambda$ for every squared weight:
#
# $$J = \sum_n (y_n - w^\top x_n)^2 + \lambda\|w\|^2 = (y - Xw)^\top(y - Xw) + \lambda\,w^\top w$$

# %%
lam = 0.2
lines, here = ridge.of(lam), ridge.at(points, 10, lam)
lesson.holds(lines, "Objective", here)
lesson.holds(lines, "Multiplied out", here)

# %% [markdown]
# The gradient, set to zero, and $w$ taken out of the sum. $\lambda w$ is a number times a vector; written as
# $\lambda I w$ it can join the matrix:
#
# $$-2X^\top y + 2X^\top X w + 2\lambda w = 0 \quad\Longrightarrow\quad (\lambda I + X^\top X)\,w = X^\top y$$

# %%
lesson.holds(lines, "Gradient", here)
lesson.holds(lines, "Set to zero", here)
lesson.holds(lines, "Normal equations", here)
lesson.holds(lines, "Solved", here)

# %% [markdown]
# As a loop over the points, it is the very system that every user's $w_i$ solves, with $x_n$ in place of $u_j$:

# %%
A, v = lam * np.eye(11), np.zeros(11)
for x_n, y_n in zip(X, y, strict=True):
    A += np.outer(x_n, x_n)
    v += y_n * x_n
w = np.linalg.solve(A, v)
np.testing.assert_allclose(regression.weights(X, y, lam), w)
print("the weights with λ = 0.2:", np.round(w, 2))

# %% [markdown]
# **A second route.** Put $\sqrt\lambda\,I$ below $X$ and zeros below $y$: eleven more points, each of which says that a
# weight should be 0. Their squared misses add up to $\lambda\|w\|^2$, so plain least squares gives the same $w$.

# %%
tall, padded = augmented(X, y, lam)
print(X.shape, "has become", tall.shape)
np.testing.assert_allclose(np.linalg.lstsq(tall, padded)[0], w, rtol=1e-8)

# %%
curve = regression.fit(points, 10, lam)
lesson.show(pictures.fitted(points, others, curve, free, lam, None, LIGHT))

# %% [markdown]
# **Exercise 1.** Where $X^\top X = I$, you can work out the formula in your head.

# %%
lesson.ask("05-factor")

# %%
answer = ...
lesson.check("05-factor", answer)

# %% [markdown]
# ## λ from 0 to large
#
# **Predict:** which λ would the training error choose?

# %%
lesson.ask("05-train-picks")

# %%
answer = ...
lesson.check("05-train-picks", answer)

# %%
lams = (0.0, *np.geomspace(1e-6, 1e3, 28))
path = regression.path(points, others, 10, lams)
assert (np.diff(path.train) > 0).all()  # the training error only ever rises
assert (np.diff(np.linalg.norm(path.w, axis=1)) < 0).all()  # and w only ever shrinks
lesson.show(pictures.errors(path, lam, LIGHT))

# %%
lesson.show(pictures.weights(path, lam, LIGHT))

# %% [markdown]
# ## The same for ratings
#
# $$J = \sum_{(i,j)\in\Omega} (r_{ij} - \hat r_{ij})^2 + \lambda\big(\|W\|_F^2 + \|U\|_F^2 + \|b\|^2 + \|c\|^2\big)$$
#
# The squared Frobenius norm is the sum of the squared row norms, so each row is charged separately, and each row's
# problem remains a ridge regression of its own:

# %%
R, films = data.load("ml-small")
train, test = R.split(test=0.1, seed=0)
s = fit(als, train, als.Config(k=5, lam=15.0, joint=True), T=10)
row_norms = sum(sum(x**2 for x in row) for row in s.W)
np.testing.assert_allclose(row_norms, np.linalg.norm(s.W) ** 2)
np.testing.assert_allclose(row_norms, study.squared_norm(s.W))
print(f"‖W‖² = {row_norms:.4f}, test RMSE {metrics.rmse(als.predict(s, test.i, test.j), test.r):.4f}")

# %% [markdown]
# **Exercise 2.** By hand:

# %%
lesson.ask("05-frobenius")

# %%
answer = ...
lesson.check("05-frobenius", answer)

# %% [markdown]
# Now many λ, each fitted and scored on the held-out tenth. `study.run` yields one fit at a time, so that a longer study
# can be watched, or stopped:

# %%
plan = study.Plan(ks=(5,), lams=(0.3, 1.0, 3.0, 10.0, 15.0, 20.0, 30.0, 100.0))
fits = list(study.run(R, plan))
for found in fits:
    print(f"λ = {found.lam:5g}: train {found.train:.4f}, test {found.test:.4f}")
lesson.show(figures.u_curve(study.means(fits), plan.lams, None, LIGHT))

# %% [markdown]
# ## The luck of the split
#
# One split is one draw. Cross-validation holds out each of several parts in turn and looks at the mean and the spread.
# Ten folds of every λ are many fits; they come with the package, computed with the same `study.run`.

# %%
ten = next(plan for plan in precomputed.plans() if plan.folds == 10 and not plan.weighted)
print(f"{len(ten.ks)} k × {len(ten.lams)} λ × {ten.folds} folds = {ten.size} models")
rows = study.means(precomputed.find(R.digest, ten))
best = study.best(rows)
near = [row.lam for row in rows if row.test <= best.test + best.spread]
print(f"lowest mean: {best.test:.4f} at λ = {best.lam:g}, spread {best.spread:.4f}")
print("within one spread of it: λ =", *(f"{lam:g}" for lam in near))
lesson.show(figures.u_curve(rows, ten.lams, None, LIGHT))

# %% [markdown]
# And k with λ. **Predict:** which pair will held-out ratings choose?

# %%
lesson.ask("05-grid")

# %%
answer = ...
lesson.check("05-grid", answer)

# %%
grid = precomputed.GRID
lesson.show(figures.grid(study.means(precomputed.find(R.digest, grid)), grid, "test", LIGHT))

# %% [markdown]
# ## A slip, settled by experiment (E2)
#
# For the regularized biases the notes write a factor $1/(|\Psi_i|(1+\lambda))$. Setting the gradient of $J$ to zero
# gives $1/(|\Psi_i|+\lambda)$. **Predict:** run both from the same start. Which ends lower on $J$? Is the other one
# lowest on anything?

# %%
lesson.ask("05-slip-wins")

# %%
answer = ...
lesson.check("05-slip-wins", answer)

# %%
small = data.load("planted", N=60, M=40, k=3, density=0.4, step=None)[0]
cfg = als.Config(k=3, lam=0.5)
for name, model in (("exact", als), ("written", as_written)):
    J, other = as_written.losses(fit(model, small, cfg, T=20), small, cfg)
    print(f"{name:>8}: J = {J:7.2f}   J' = {other:7.2f}")

# %% [markdown]
# $J'$ charges a bias once for each of its ratings, $\lambda\sum_i |\Psi_i|\,b_i^2$. The written factor follows from
# that objective, line by line:

# %%
state = fit(as_written, small, cfg, T=3)
i = int(np.abs(state.b).argmax())  # the user with the longest bias
lines, here = slip.of(), slip.at(state, small, cfg, i)
for name in ("Objective", "Gradient", "Counted", "Solved", "Not the exact rule"):
    lesson.holds(lines, name, here)
assert all(line.sides.holds for line in derivations.check(lines, here))

# %% [markdown]
# So the formula is the right answer to another question. On its own objective it never goes up:

# %%
own, J = [], []
state = als.init(small, cfg, np.random.default_rng(1))
for _ in range(10):
    for update in as_written.blocks(cfg):
        state = update(state, small, cfg)
        loss = as_written.losses(state, small, cfg)
        own.append(loss.per_rating)
        J.append(loss.stated)
assert all(after <= before * (1 + 1e-12) for before, after in pairwise(own))
print("J' falls at every block; J rises at", sum(after > before for before, after in pairwise(J)), "of them")
lesson.show(figures.shrinkage(small.users_counts, cfg.lam, LIGHT))

# %% [markdown]
# **Exercise 3.**

# %%
lesson.ask("05-bias")

# %%
answer = ...
lesson.check("05-bias", answer)

# %% [markdown]
# ## Where to go from here
#
# - **In the app:** [move the points yourself](http://localhost:8501/regularization?degree=12), or see
#   [ten folds](http://localhost:8501/regularization?view=λ%20on%20real%20films&folds=10%20folds)
#   (start it with `make app`).
# - **Back:** [3 · Alternating least squares](03_plain_mf.ipynb), where λ first appears.
