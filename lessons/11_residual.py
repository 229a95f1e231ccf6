# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11 · Residual learning
#
# *What is left once products have said all they can, and can a network predict it?*
#
# - **You will** add a network to a factorization; send one slope back into both branches and check it by finite
#   differences; see a network find what products miss, and find nothing where there is nothing; and settle with numbers
#   what "the residual" is the residual of.
# - **Time:** 40 minutes. **You need** [lesson 5](05_regularization.ipynb), and to know what a dense layer is.
# - **Lecture notes:** §15. **Slip on the way:** E6.
#
# Symbols are those of [NOTATION.md](../NOTATION.md): $p_i$ = `s.P[i]` and $q_j$ = `s.Q[j]`, what the network knows of a
# user and a film; $A_l$, $a_l$ = `s.A[l]`, `s.a[l]`, its layers; $\nu$ = `cfg.lam_net`, what its weights cost.

# %%
import sys

sys.path.insert(0, "..")  # the project's folder, where mfcore and mfview are

from itertools import islice

import numpy as np

from mfcore import als, branches, embedding, metrics, nn, residual, steps
from mfcore.data.worlds import world
from mfview import lesson, watched
from mfview.figures import residual as figures
from mfview.style import LIGHT

# %% [markdown]
# ## Two branches, one sum
#
# $$\hat r_{ij} = \underbrace{w_i^\top u_j + b_i + c_j + \mu}_{\text{MF}} + \text{ANN}(p_i, q_j)$$
#
# The network puts $p_i$ and $q_j$ side by side and sends them through dense layers down to one number. Its tables $P$
# and $Q$ are its own: what helps a product is not what helps a layer. Its last layer starts at 0, so the model begins
# as MF, exactly:

# %%
w = world("limit", N=60, M=40)
R = w.ratings
cfg = residual.Config(k=1, lam=1.0, rule=nn.Rule("adam", 0.01))
s = residual.init(R, cfg, np.random.default_rng(0))
mf, network = residual.parts(s, R.i, R.j)
assert (network == 0).all()
assert (residual.predict(s, R.i, R.j) == als.predict(s, R.i, R.j)).all()
for n, (A, a) in enumerate(zip(s.A, s.a, strict=True)):
    print(f"layer {n}: A {A.shape}, a {a.shape}")

# %% [markdown]
# **Exercise 1.** How many weights is that? And which of them move first?

# %%
lesson.ask("11-layers")

# %%
answer = ...
lesson.check("11-layers", answer)

# %%
lesson.ask("11-first-step")

# %%
answer = ...
lesson.check("11-first-step", answer)

# %% [markdown]
# ## One slope, sent both ways
#
# A sum has slope 1 in each of its terms, so both branches receive the same $g = -2e$ and carry it back on their own. By
# hand, for a network with two dense layers, the first followed by $\tanh$:

# %%
small = residual.Config(k=1, lam=0.0, hidden=(3,), lam_net=0.0)
s = residual.init(R, small, np.random.default_rng(1))
s = s.having({"A1": np.array([[0.5], [-1.0], [2.0]])}, s.moments)  # away from 0, so that everything has a slope
x = embedding.everything(R, small.mf())

inputs = np.hstack([s.P[x.i], s.Q[x.j]])
h = np.tanh(inputs @ s.A[0] + s.a[0])
e = x.r - als.predict(s, x.i, x.j) - (h @ s.A[1] + s.a[1])[:, 0]
g = -2 * e / R.n
by_hand = {"A1": h.T @ g[:, None], "a1": g.sum(keepdims=True)}
below = g[:, None] * s.A[1].T * (1 - h**2)
by_hand |= {"A0": inputs.T @ below, "a0": below.sum(axis=0)}
by_hand["W"] = np.zeros_like(s.W)
np.add.at(by_hand["W"], x.i, g[:, None] * s.U[x.j])

found = residual.gradient(s, x, small)
for name, slope in by_hand.items():
    np.testing.assert_allclose(found[name], slope, atol=1e-12)
print("by hand and by the layers' functions:", *by_hand)

# %% [markdown]
# And by differences, which know nothing of the chain rule:

# %%
step = 1e-6
for name, at in (("A0", (1, 2)), ("P", (5, 0)), ("c", (7,))):
    moved = []
    for sign in (1, -1):
        theta = s.whole[name].copy()
        theta[at] += sign * step
        moved.append(residual.objective(s.having({name: theta}, s.moments), R, small) / R.n)
    slope = (moved[0] - moved[1]) / (2 * step)
    print(f"{name}{list(at)}: {found[name][at]:+.8f} by layers, {slope:+.8f} by differences")
    assert abs(found[name][at] - slope) < 1e-7

# %% [markdown]
# ## A world that products cannot draw
#
# Everyone has a limit $a$, every film a level of fright $z$, and what lies below the limit is liked. Nobody tells the
# model $a$ or $z$. **Predict:** would more factors be enough?

# %%
lesson.ask("11-more-factors")

# %%
answer = ...
lesson.check("11-more-factors", answer)

# %% [markdown]
# Train in stages: MF by ALS first, then the network on $r - \text{MF}$. One part of the ratings is for learning, one
# for deciding, and one is looked at and decides nothing. The decision is made on validation: the epoch with the lowest
# error is kept, but only if it beats epoch 0, which is MF, by three standard errors of the difference. Otherwise MF
# alone is kept: out of some forty epochs one or another is always a little better by luck.

# %%
w = watched.made("limit", 0)
plan = watched.of_world()
looks = list(branches.watch(w.ratings, plan))
kept, s = branches.best(looks)
train, valid, test = branches.three(w.ratings, plan.seed)
first = branches.alone(train, plan)
assert looks[0].test == metrics.rmse(als.predict(first, test.i, test.j), test.r)  # epoch 0 is MF
for name, x in (("validation", valid), ("test", test)):
    said = branches.verdict(als.predict(first, x.i, x.j), residual.predict(s, x.i, x.j), x.r)
    print(f"{name}: MF alone {said.mf:.4f}, with the network {said.both:.4f}")
    print(f"  the mean squared error falls by {said.fall:.4f} ± {said.error:.4f}")
    assert said.found
print(f"kept: epoch {kept.t} of {looks[-1].t}; the noise is {w.sigma}")
lesson.show(figures.stopping(looks, said.mf, w.sigma, LIGHT))

# %% [markdown]
# Which branch says what, over all cells, with users and films in the order of $a$ and $z$:

# %%
i, j = np.meshgrid(np.arange(train.N), np.arange(train.M), indexing="ij")
mf, network = residual.parts(s, i, j)
truth, one, two = (branches.ordered(cells, w.a, w.z) for cells in (w.truth, mf, network))
span = (truth.min(), truth.max())
lesson.show(figures.cells(truth, "Truth, without noise", LIGHT, span=span))

# %%
lesson.show(figures.cells(one, "MF's share", LIGHT, span=span))

# %%
lesson.show(figures.cells(two, "The network's share", LIGHT))

# %% [markdown]
# The second stage has not touched the first:

# %%
for name in residual.BRANCH:
    np.testing.assert_array_equal(getattr(s, name), getattr(first, name))

# %% [markdown]
# ## A world in which nothing is left
#
# **Predict** before you run it:

# %%
lesson.ask("11-bilinear")

# %%
answer = ...
lesson.check("11-bilinear", answer)

# %%
plain = watched.made("product", 0)
looks = list(branches.watch(plain.ratings, plan))
kept, same = branches.best(looks)
best = min(looks[1:], key=lambda look: look.valid)
print(f"validation: MF alone {looks[0].valid:.4f}, the best epoch with a network {best.valid:.4f}")
print(f"kept: epoch {kept.t} of {looks[-1].t}; on test {kept.test:.4f}, and had it gone on {looks[-1].test:.4f}")
assert kept.t == 0
assert (residual.parts(same, i, j).network == 0).all()
lesson.show(figures.stopping(looks, looks[0].test, plain.sigma, LIGHT))

# %% [markdown]
# Trained together, the branches divide the work in some arbitrary way. **Exercise 2.**

# %%
lesson.ask("11-shares")

# %%
answer = ...
lesson.check("11-shares", answer)

# %% [markdown]
# ## The residual of what? (E6)
#
# The notes write the network's target as $\hat r - \text{MF}(x)$. But $\hat r$ is the whole prediction.

# %%
lesson.ask("11-slip")

# %%
answer = ...
lesson.check("11-slip", answer)

# %%
x = embedding.everything(train, plan.cfg.mf())  # once more the world with a limit
network = residual.parts(s, x.i, x.j).network
for name, target in (("r - MF", residual.rest(s, x)), ("r̂ - MF", residual.rest_as_written(s, x))):
    print(f"target {name}: the network misses it by {metrics.rmse(network, target):.7f} stars")
free = residual.Config(k=1, lam_net=0.0, staged=True)
steepest = max(np.abs(g).max() for g in residual.gradient(s, x, free, residual.rest_as_written).values())
print(f"steepest slope on r̂ - MF: {steepest:.1e}")
assert steepest < 1e-6

# %% [markdown]
# The residual is of the *rating*, $r - \text{MF}$:

# %%
lesson.ask("11-residual")

# %%
answer = ...
lesson.check("11-residual", answer)

# %% [markdown]
# ## Real films
#
# A run on MovieLens small comes with the package, made by the same `branches.watch`.

# %%
lesson.ask("11-real-share")

# %%
answer = ...
lesson.check("11-real-share", answer)

# %%
R, plan = watched.ratings("ml-small"), watched.of_films()
looks = watched.find(R.digest, plan)
kept, s = branches.best(looks)
train, _, test = branches.three(R, plan.seed)
first = branches.alone(train, plan)
mf, network = residual.parts(s, test.i, test.j)
said = branches.verdict(als.predict(first, test.i, test.j), mf + network, test.r)
print(f"MF alone {said.mf:.4f}, with the network {said.both:.4f}: {said.explained:.1%} of MF's squared error is gone")
lesson.show(figures.against(mf, network, test.r, LIGHT))

# %% [markdown]
# **Exercise 3.** One epoch of it, run here: does $J$ fall?

# %%
before, after = (residual.objective(s, train, plan.cfg) for s in islice(steps(residual, train, plan.cfg), 2))
print(f"J before {before:,.0f}, after {after:,.0f}")
assert after < before

# %% [markdown]
# ## Where to go from here
#
# - **In the app:** [the edge, and who draws it](http://localhost:8501/residual?world=a%20limit), or
#   [a large share that proves nothing](http://localhost:8501/residual?world=a%20product&trained=together)
#   (start it with `make app`).
# - **Back:** [5 · Regularization](05_regularization.ipynb), which decides how much is left.
