# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 12 · Autoencoders
#
# *What does a network learn when all it has to do is reproduce its input?*
#
# - **You will** send one user's ratings through AutoRec by hand; check its gradient by finite differences; feed it
#   users in batches from a sparse matrix, and count what one pass goes over; train it on real films, with and without
#   noise; complete faces with blacked-out parts; and leave out the mask to see what that costs.
# - **Time:** 60 minutes. **You need** [lesson 3](03_plain_mf.ipynb) and [lesson 4](04_biases.ipynb).
# - **Lecture notes:** §16–18.
#
# Symbols are those of [NOTATION.md](../NOTATION.md). $\Psi_i$ are the films that user $i$ rated.

# %%
import sys

sys.path.insert(0, "..")  # the project's folder, where mfcore and mfview are

import numpy as np
from scipy.sparse import csr_array

from mfcore import als, autorec, data, denoise, descent, fit, metrics, nn, trials
from mfcore.data import pictures
from mfview import completed, lesson
from mfview.figures import autoencoder_runs as figures
from mfview.figures import picture
from mfview.figures.autoencoder_runs import Look
from mfview.style import LIGHT

R, films = data.load("tiny")
cfg = autorec.Config(hidden=2, lam=1.0, activation="tanh", batch=4)
s = fit(autorec, R, cfg, T=30)

# %% [markdown]
# ## One user, there and back (§16)
#
# An autoencoder is trained on pairs $(x, x)$: what goes in should come out. Here $x$ is a user, and what goes in are
# their ratings, less $\mu$:
#
# $$w_i = f\Big(\sum_{j\in\Psi_i} (r_{ij} - \mu)\, A_j + a\Big), \qquad \hat r_{ij} = w_i^\top u_j + c_j + \mu$$

# %%
i = 2
w = s.a.copy()
for j, r in zip(*R.of_user(i), strict=True):
    w += (r - s.mu) * s.A[j]
w = np.tanh(w)
np.testing.assert_allclose(w, s.W[i])
print(f"{R.user_ids[i]} is {np.round(w, 3)} after {len(R.Psi(i))} ratings")

# %% [markdown]
# **Exercise 1.** The same with numbers you can work out in your head:

# %%
lesson.ask("12-by-hand")

# %%
answer = ...
lesson.check("12-by-hand", answer)

# %% [markdown]
# The way back is a dot product, a bias and $\mu$. So AutoRec *is* matrix factorization, except that $W$ is not learnt:
# it is computed from the ratings.

# %%
j = 3
by_hand = w @ s.U[j] + s.c[j] + s.mu
np.testing.assert_allclose(by_hand, autorec.predict(s, np.array([i]), np.array([j]))[0])
np.testing.assert_allclose(by_hand, als.predict(s, np.array([i]), np.array([j]))[0])
print(f"{R.user_ids[i]} on {films.label(j)}: {by_hand:.3f}")

# %%
lesson.ask("12-new-user")

# %%
answer = ...
lesson.check("12-new-user", answer)

# %% [markdown]
# ## The gradient's way back
#
# With $g_{ij} = -2(r_{ij} - \hat r_{ij})$ at the cells that were rated, the chain rule goes back through the decoder,
# the activation and the encoder. Here it is for the loss without penalty, cell by cell, against the module:

# %%
params = autorec.parameters(s, cfg)
free = autorec.Config(hidden=2, lam=0.0, activation="tanh")
X = autorec.centred(R, s.mu, free)
gA, ga, gU, gc = (np.zeros_like(params[name]) for name in ("A", "a", "U", "c"))
for i in range(R.N):
    j, r = R.of_user(i)
    x = r - s.mu
    h = np.tanh(x @ s.A[j] + s.a)
    g = -2 * (x - (s.U[j] @ h + s.c[j]))
    gU[j] += np.outer(g, h)
    gc[j] += g
    delta = (1 - h**2) * (g @ s.U[j])
    gA[j] += np.outer(x, delta)
    ga += delta
found = autorec.gradient(params, X, R.items_counts, free)
for name, by_hand in {"A": gA, "a": ga, "U": gU, "c": gc}.items():
    np.testing.assert_allclose(found[name], by_hand, atol=1e-10)

# %% [markdown]
# And by finite differences, with the penalty, for one entry of every table:

# %%
found = autorec.gradient(params, X, R.items_counts, cfg)
for name, at in {"A": (4, 1), "a": (0,), "U": (5, 0), "c": (2,)}.items():
    ends = []
    for step in (1e-6, -1e-6):
        moved = params[name].copy()
        moved[at] += step
        ends.append(autorec.loss({**params, name: moved}, X, R.items_counts, cfg))
    slope = (ends[0] - ends[1]) / 2e-6
    np.testing.assert_allclose(found[name][at], slope, rtol=1e-6)
    print(f"∂J/∂{name}{list(at)} = {slope:+.6f}")

# %% [markdown]
# ## Batches out of a sparse matrix (§18)
#
# A sample is a user, so one pass goes over $N$ users and not over $n$ ratings.

# %%
lesson.ask("12-passes")

# %%
answer = ...
lesson.check("12-passes", answer)

# %%
R, films = data.load("ml-small")
train, test = R.split(test=0.1, seed=0)
for by in ("users", "items"):
    done = autorec.counted(train, autorec.Config(by=by))
    print(f"by {by}: {done.rows:,} rows in {done.steps} steps; single ratings: {done.ratings:,} steps")

# %% [markdown]
# A framework that wants dense arrays turns each batch into one, full of zeros. That is not needed. A few rows of a
# `csr` matrix are sliced out at once, multiplying them by $A$ costs work only for the stored *ratings*, and the decoder
# computes only the stored cells:

# %%
cfg = autorec.Config(hidden=20, dtype="float32")
s = fit(autorec, train, cfg, T=2)
X = autorec.centred(train, s.mu, cfg)
rows = nn.batches(train.N, cfg.batch, np.random.default_rng(0))[0]
batch = X[rows]
h, y = autorec.forward(autorec.parameters(s, cfg), batch, cfg)
assert len(y) == batch.nnz
dense = batch.shape[0] * batch.shape[1]
print(f"a batch: {batch.shape[0]} users, {batch.nnz:,} ratings; a dense one would hold {dense:,} numbers")

# %% [markdown]
# Rows are dealt out so that none is lost and none is empty, whether or not the batch divides $N$:

# %%
for size in (61, 64, 671):  # 671 = 11 · 61
    dealt = nn.batches(train.N, size, np.random.default_rng(1))
    assert sorted(np.concatenate(dealt).tolist()) == list(range(train.N))
    assert all(len(rows) for rows in dealt)
    print(size, "→", len(dealt), "batches, the last of", len(dealt[-1]))

# %% [markdown]
# ## It learns
#
# `descent.epochs` is the training loop of `run.steps` that also tracks both errors. Held-out ratings are scored with
# the *training* ratings as input.

# %%
epochs = list(descent.epochs(autorec, train, test, cfg, T=20))
mean = trials.at_the_mean(train, test)
assert epochs[-1].valid < mean
lesson.show(figures.learning([e.train for e in epochs], [e.valid for e in epochs], 20, mean, LIGHT))

# %%
s = epochs[-1].state
by_matrix = s.W @ s.U.T + s.b[:, None] + s.c + s.mu
np.testing.assert_allclose(by_matrix[test.i, test.j], autorec.predict(s, test.i, test.j), rtol=1e-4)
linear = als.Config(k=20, lam=10.0, joint=True)
best = metrics.rmse(als.predict(fit(als, train, linear, T=15), test.i, test.j), test.r)
print(f"test RMSE: μ {mean:.4f}, this autoencoder {epochs[-1].valid:.4f}, ALS with as many dimensions {best:.4f}")

# %% [markdown]
# ## Noise on the input (§17)
#
# A network that is asked for what it is shown may learn to copy. So hide some of it: each rating that goes in is
# dropped with probability $\rho$, and those that are left are divided by $1 - \rho$.

# %%
lesson.ask("12-scale")

# %%
answer = ...
lesson.check("12-scale", answer)

# %%
m = nn.dropout(100_000, 0.2, np.random.default_rng(0))
print(f"{(m == 0).mean():.3f} are dropped, the mean of m is {m.mean():.3f}")
np.testing.assert_allclose(m.mean(), 1, atol=0.01)

# %% [markdown]
# Take films as rows and a small λ: most films have only a handful of ratings, and so short a row is learnt by heart.

# %%
by_films = autorec.Config(hidden=20, lam=1.0, by="items", dtype="float32")
noisy = list(trials.by_noise(train, test, by_films, (0.0, 0.5, 0.9), T=12))
for row in noisy:
    print(f"ρ = {row.rho:g}: train {row.train:.3f}, test {row.test:.3f}, {row.test - row.train:.3f} apart")
assert noisy[-1].test < noisy[0].test
assert noisy[-1].train > noisy[0].train

# %% [markdown]
# Ratings are hard to look at. Faces are not. Take pictures as users and pixels as films: it is the same network.

# %%
x = completed.new()[30:31]
m = pictures.damage(40, "pixels", 0.5, seed=3)[30:31].astype(np.float32)
square = (pictures.SIDE, pictures.SIDE)
left = (m * x).reshape(square)
lesson.show(picture.grey(left, LIGHT, title="Half of a face", alt="A face, half of its pixels black."))

# %%
lesson.ask("12-no-noise")

# %%
answer = ...
lesson.check("12-no-noise", answer)

# %%
missed = {}
for rho, one in completed.WHOLE.items():
    y = denoise.complete(completed.state(one, whole=True), x, m, one)
    missed[rho] = denoise.rmse_hidden(x, y, m)
    if rho in (0.0, 0.5):
        title = f"Learnt with ρ = {rho:g}: {missed[rho]:.3f}"
        lesson.show(picture.grey(y.reshape(square), LIGHT, title=title, alt=f"The face, completed, ρ = {rho:g}."))
assert missed[0.5] < missed[0.0]

# %% [markdown]
# Those were trained beforehand. Train a small one here, and watch the error on what it cannot see:

# %%
faces = pictures.faces(800, seed=7).astype(np.float32)
P = denoise.Pictures.of(faces, np.ones_like(faces))
new = completed.new()
hidden = pictures.damage(len(new), "pixels", 0.5, seed=3).astype(np.float32)
one = denoise.Config(hidden=64, rho=0.5)
curve = []
for state in denoise.states(P, one):
    curve.append((state.t, denoise.rmse_hidden(new, denoise.complete(state, new, hidden, one), hidden)))
    if state.t == 15:
        break
guess = denoise.rmse_hidden(new, np.broadcast_to(faces.mean(axis=0), new.shape), hidden)
assert curve[-1][1] < guess
lesson.show(
    figures.curves(
        {"hidden pixels": curve, "mean picture": [(0, guess), (15, guess)]},
        {"hidden pixels": Look(LIGHT.test, "solid"), "mean picture": Look(LIGHT.neutral, "dash")},
        LIGHT,
        title="Error on the hidden pixels",
        x="pass over 800 faces",
        y="RMSE in grey values",
    )
)

# %% [markdown]
# ## The mask (§18)
#
# Most cells hold no rating, and those must not count. **Predict** what happens if they do:

# %%
lesson.ask("12-unmasked")

# %%
answer = ...
lesson.check("12-unmasked", answer)

# %%
rows = list(trials.by_mask(train, test, cfg, T=5))
last = {row.way: row for row in rows}
for way, row in last.items():
    print(f"{way:>16}: test RMSE {row.test:.3f}, mean prediction {row.mean:.2f}")
assert min(last.values(), key=lambda row: row.test).way == trials.MASKED

# %% [markdown]
# The mask must not be read off the values. Centred, a rating of exactly $\mu$ is a stored 0, and it counts:

# %%
lesson.ask("12-equal-mu")

# %%
answer = ...
lesson.check("12-equal-mu", answer)

# %%
stored = csr_array((np.array([0.0, 1.0]), np.array([0, 2]), np.array([0, 2])), shape=(1, 3))
V, c, h = np.ones((3, 1)), np.zeros(3), np.array([[0.5]])
y = nn.sampled(h, V, c, stored)
g = -2 * (stored.data - y)
_, gV, gc = nn.sampled_back(g, h, V, stored)
print("∂J/∂c:", gc, "– a stored 0, a hole, a stored 1")
assert gc[0] != 0
assert gc[1] == 0
stored.eliminate_zeros()
print(f"after eliminate_zeros() {stored.nnz} rating is left of 2")

# %% [markdown]
# ## Where to go from here
#
# - **In the app:** [a face, and how much of it may be gone](http://localhost:8501/autoencoder?view=Pictures), and
#   [the mask](http://localhost:8501/autoencoder?view=The+mask) (start it with `make app`).
# - **Beyond:** Sedhain and others (2015), *AutoRec*; Vincent and others (2010), *Stacked denoising autoencoders*.
