# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 13 · An honest test
#
# *How do you find out what a model knows of ratings it has never seen?*
#
# - **You will** score a network that only copies, and see a framework call it perfect; compute $J_\text{test}$ as a
#   literal double sum; watch one error fall while the other rises; cure the copying with noise; let test ratings leak
#   into a mean; and put every model of these lessons on one split.
# - **Time:** 45 minutes. **You need** [lesson 5](05_regularization.ipynb); a sentence below says what an autoencoder
#   is.
# - **Lecture notes:** §19, and §16–17 on the way.
#
# Symbols are those of [NOTATION.md](../NOTATION.md): $x_i$ is a row of $r_{ij} - \mu$ with 0 in the holes, $B$ a linear
# autoencoder, $\hat r_{ij} = \mu + (x_i B)_j$.

# %%
import sys

sys.path.insert(0, "..")  # the project's folder, where mfcore and mfview are

import numpy as np

from mfcore import Ratings, contest, data, fills, leaks, metrics, trap
from mfview import contest as shipped
from mfview import lesson
from mfview.figures import contest as tables
from mfview.figures import test_error as figures
from mfview.style import LIGHT

# %% [markdown]
# ## What is fed in, and what is scored
#
# An autoencoder is a network that reproduces its input: `fit(x, x)`. Narrow in the middle, it has to learn what rows
# share. A framework that is given validation data does the same with them: **feeds them in and compares the output with
# them**. A test of predictions feeds the training ratings and scores the test positions:
#
# $$J_\text{test} = \frac{1}{|\Omega_\text{test}|} \sum_{i=1}^N\sum_{j=1}^M m_{ij}^\text{test}
#   \big(r_{ij} - \hat r_{ij}\big)^2$$

# %%
tiny, _ = data.load("tiny")
train, test = tiny.split(test=0.2, seed=0)
users = [str(u) for u in tiny.user_ids]
lesson.show(figures.cells(test, test, "The framework: x_val in, x_val scored", users, LIGHT))
lesson.show(figures.cells(train, test, "J_test: train in, test scored", users, LIGHT))

# %% [markdown]
# **Predict.** A network copies its input, and says $\mu$ where nothing was fed in.

# %%
lesson.ask("13-identity")

# %%
answer = ...
lesson.check("13-identity", answer)

# %%
B = trap.copy(tiny.M)  # the identity matrix
framework = trap.error(B, fed=test, scored=test, mu=train.mu)
honest = trap.error(B, fed=train, scored=test, mu=train.mu)
print(f"the framework's loss: {framework}   J_test: {honest:.4f}")
assert framework == 0.0
np.testing.assert_allclose(honest, metrics.mse(np.full(test.n, train.mu), test.r))

# %% [markdown]
# The same $J_\text{test}$ as the sum stands in the notes: every cell visited, and the mask $m_{ij}^\text{test}$
# deciding which of them count.

# %%
fed = {(int(i), int(j)): r - train.mu for i, j, r in zip(train.i, train.j, train.r, strict=True)}
held = {(int(i), int(j)): r for i, j, r in zip(test.i, test.j, test.r, strict=True)}
B = trap.hidden(trap.directions(train), h=2)
total = 0.0
for i in range(tiny.N):
    for j in range(tiny.M):
        if (i, j) in held:  # m_ij
            predicted = train.mu + sum(fed.get((i, other), 0.0) * B[other, j] for other in range(tiny.M))
            total += (held[i, j] - predicted) ** 2
np.testing.assert_allclose(total / len(held), trap.error(B, train, test, train.mu))
print("J_test =", round(total / len(held), 4))

# %% [markdown]
# **Exercise 1.** By hand:

# %%
lesson.ask("13-by-hand")

# %%
answer = ...
lesson.check("13-by-hand", answer)

# %% [markdown]
# ## Wider and wider
#
# With $h$ hidden units the linear autoencoder that reproduces its rows best is $B = V_h V_h^\top$: the first $h$
# directions in which rows differ. **Predict:** past the best $h$, how do the two errors move?

# %%
lesson.ask("13-capacity")

# %%
answer = ...
lesson.check("13-capacity", answer)

# %%
R = trap.narrow(data.load("ml-small")[0])  # films by users here: the shorter rows
train, test = R.split(test=0.1, seed=0)
V = trap.directions(train)
widths = np.unique(np.geomspace(1, R.M, 30).round().astype(int)).tolist()
found = trap.by_hidden(train, test, V, widths)
mean = metrics.rmse(np.full(test.n, train.mu), test.r)
best = int(np.argmin(found.test))
print(f"{widths[best]} units: {found.framework[best]:.4f} and {found.test[best]:.4f}")
print(f"{widths[-1]} units: {found.framework[-1]:.4f} and {found.test[-1]:.4f}; μ alone: {mean:.4f}")
assert found.framework[-1] < 1e-6 < found.framework[best]
assert found.test[-1] > found.test[best]
axis = "hidden units (log scale)"
lesson.show(figures.curves(widths, found, best, mean, title="Wider and wider", axis=axis, log=True, palette=LIGHT))

# %% [markdown]
# Chosen by the framework's loss, the network with all units wins. It has learnt nothing but to copy.
#
# ## Noise takes the copy away
#
# Drop a share $\rho$ of the input while training. On average over the noise the best $B$ is a formula too (§17):
#
# $$B = \Big(G + \tfrac{\rho}{1-\rho}\operatorname{diag} G\Big)^{-1} G, \qquad G = X^\top X$$

# %%
lesson.ask("13-noise")

# %%
answer = ...
lesson.check("13-noise", answer)

# %%
small = trap.narrow(data.load("planted")[0])
part, rest = small.split(test=0.1, seed=0)
rhos = (0.0, 0.2, 0.4, 0.6, 0.8)
noisy = trap.by_noise(part, rest, rhos)
for rho, copied, missed in zip(rhos, noisy.framework, noisy.test, strict=True):
    print(f"ρ = {rho}: the framework's {copied:.4f}, J_test's root {missed:.4f}")
assert (np.diff(noisy.framework) > 0).all()
assert noisy.test[0] > noisy.test[-1]

# %% [markdown]
# ## What leaks without a network
#
# A mean computed before the split has seen the test ratings. **Exercise 2.**

# %%
lesson.ask("13-item-mean")

# %%
answer = ...
lesson.check("13-item-mean", answer)

# %%
everything, _ = data.load("ml-small")
train, test = everything.split(test=0.1, seed=0)
leaked = leaks.found(everything, train, test, k=5, lam=10.0)
for leak in leaked:
    print(f"{leak.name:>20}: clean {leak.clean:.4f}, leaked {leak.leaked:.4f}")
lesson.show(figures.leaks(leaked, LIGHT))

# %% [markdown]
# A check that needs no knowledge of the model: **change the values of the test ratings and fit again. No prediction may
# change.** Means from training ratings pass; means from everything do not.

# %%
spoilt = Ratings.from_codes(test.i, test.j, 5.5 - test.r, test.user_ids, test.item_ids)
for name, seen, seen_again in (
    ("from training ratings", train, train),
    ("from everything", everything, trap.together(train, spoilt)),
):
    before, after = fills.item_means(seen), fills.item_means(seen_again)
    moved = np.abs(before.mu + before.c[test.j] - after.mu - after.c[test.j]).max()
    print(f"{name}: the largest change of a prediction is {moved:.4f} stars")

# %% [markdown]
# ## Every model on the same folds
#
# Each chooses its settings on a tenth of its training ratings, and is scored once on each of five folds. That takes
# minutes, so the results come with the package (`python -m mfview.contest` recomputes them). **Predict:**

# %%
lesson.ask("13-winner")

# %%
answer = ...
lesson.check("13-winner", answer)

# %%
fits = shipped.find(everything.digest, shipped.PLAN)
rows = contest.rows(fits)
for row in sorted(rows, key=lambda row: row.test):
    print(f"{row.name:>18}: {row.test:8.4f} ± {row.spread:.4f}   {row.parameters:>9,} numbers")
lesson.show(tables.dots(rows, LIGHT))

# %%
lesson.show(tables.learning(rows, "embeddings", LIGHT))

# %% [markdown]
# A small one, run now: two folds of planted data, three entrants, settings chosen inside each training part.

# %%
few = contest.Plan(k=5, folds=2, names=("μ", "μ + b + c", "ALS"))
for fit in contest.run(small, few):
    if not fit.trial:
        print(f"fold {fit.fold + 1}: {fit.name:>10} {fit.test:.4f} {fit.said}")

# %% [markdown]
# ## Where to go from here
#
# - **In the app:** [as many units as columns](http://localhost:8501/test_error?data=planted&hidden=120), or
#   [every model](http://localhost:8501/test_error?view=Every%20model) on data of your own (start it with `make app`).
# - **Back:** [5 · Regularization](05_regularization.ipynb), where λ is chosen by cross-validation.
