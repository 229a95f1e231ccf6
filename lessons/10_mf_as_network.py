# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 10 · Factorization as a network
#
# *What does a network make of the same two tables, and what does its way of learning cost?*
#
# - **You will** rebuild the model from two look-ups and a dot product, as one would in a deep-learning library, but
#   with every layer and its way back written out; work out the gradient of one rating by hand, by the layers and by
#   finite differences; descend by mini-batches with three optimizers, against ALS on the same $J$; find a learning rate
#   from its failures; and see that embeddings with L2 are probabilistic matrix factorization.
# - **Time:** 50 minutes. **You need** [lesson 5](05_regularization.ipynb), [lesson 7](07_pmf.ipynb), and the
#   chain rule.
# - **Lecture notes:** §14.
#
# Symbols are those of [NOTATION.md](../NOTATION.md): $\eta$ is the learning rate, $B$ the ratings in a batch; an epoch
# uses every rating once.

# %%
import sys
from itertools import islice

sys.path.insert(0, "..")  # the project's folder, where mfcore and mfview are

import numpy as np

from mfcore import als, data, descent, embedding, fit, metrics, nn, pmf, steps
from mfcore.errors import DivergedError
from mfview import derivations, descents, lesson
from mfview.derivations import network as derivation
from mfview.figures import network as graphs
from mfview.figures import network_descent as pictures
from mfview.style import LIGHT

# %% [markdown]
# ## An id is a look-up
#
# A network wants numbers, and an id is a name. One-hot: a row with a single 1 in it. Times a table, it picks a row:
#
# $$\mathrm{onehot}(i)\, W = w_i^\top$$
#
# An *embedding* layer is that product without the product.

# %%
R, films = data.load("tiny")
cfg = embedding.Config(k=2, lam=0.5, rule=nn.Rule("sgd", 0.1), batch=5, init_scale=1.0)
s = fit(embedding, R, cfg, T=2)
i, j = 0, int(R.Psi(0)[0])
one_hot = np.zeros((1, R.N))
one_hot[0, i] = 1
np.testing.assert_allclose((one_hot @ s.W)[0], nn.lookup(s.W, np.array([i]))[0])
print(nn.one_hot(np.array([i]), R.N).nnz, "number stored, in place of", R.N)

# %% [markdown]
# ## Two inputs, two tables, a dot product
#
# Two ids go in: $i$ picks $w_i$ from an $N \times k$ table, $j$ picks $u_j$ from an $M \times k$ table. Biases are
# embeddings of width 1. Adding $\mu$ needs no learning, so the **target is $r_{ij} - \mu$**:
#
# $$\hat y = w_i^\top u_j + b_i + c_j, \qquad y = r_{ij} - \mu, \qquad e = y - \hat y$$

# %%
x = derivation.alone(R, cfg, i, j)
p, q = nn.lookup(s.W, x.i), nn.lookup(s.U, x.j)
y_hat = nn.dot(p, q) + nn.lookup(s.b, x.i) + nn.lookup(s.c, x.j)
e = (x.r - s.mu) - y_hat
np.testing.assert_allclose(e, embedding.residuals(s, x))
np.testing.assert_allclose(y_hat + s.mu, als.predict(s, i, j))
pair = graphs.Rating(i, j, str(R.user_ids[i]), films.label(j), x)
lesson.show(graphs.graph(s, R, cfg, pair, 1.5, LIGHT))

# %% [markdown]
# ## The loss of one rating
#
# $$\ell_{ij} = e^2 + \tfrac{\lambda}{|\Psi_i|}\big(\|w_i\|^2 + b_i^2\big)
# + \tfrac{\lambda}{|\Omega_j|}\big(\|u_j\|^2 + c_j^2\big)$$
#
# Every rating pays its share of what its user and its film are charged, so that all of them together pay what chapter 5
# charges, and $\sum_\Omega \ell_{ij} = J$.

# %%
total = 0.0
for user, film, r in zip(R.i, R.j, R.r, strict=True):
    error = r - s.mu - (s.W[user] @ s.U[film] + s.b[user] + s.c[film])
    total += error**2
    total += cfg.lam / len(R.Psi(user)) * (s.W[user] @ s.W[user] + s.b[user] ** 2)
    total += cfg.lam / len(R.Omega(film)) * (s.U[film] @ s.U[film] + s.c[film] ** 2)
np.testing.assert_allclose(total, als.objective(s, R, cfg.solved()))
np.testing.assert_allclose(total, embedding.losses(s, embedding.everything(R, cfg)).sum())
print(f"J = {total:.6f}, loss by loss and in one piece")

# %% [markdown]
# ## Back: the gradient of one rating, three ways
#
# The derivative of $e^2$ with respect to the output is $-2e$. A sum passes a slope on unchanged; a dot product passes
# each vector the other one times the slope; a look-up puts it into the row that was picked.
#
# **Exercise 1.** By hand.

# %%
lesson.ask("10-by-hand")

# %%
answer = ...
lesson.check("10-by-hand", answer)

# %% [markdown]
# And which numbers of the network have a slope at all?

# %%
lesson.ask("10-how-many")

# %%
answer = ...
lesson.check("10-how-many", answer)

# %%
by_hand = -2 * e[0] * s.U[j] + 2 * cfg.lam / len(R.Psi(i)) * s.W[i]

back = -2 * e  # through the square
into_p, _ = nn.dot_back(back, p, q)  # through the dot product
through = nn.lookup_back(into_p + 2 * x.lam_i[:, None] * p, x.i, R.N)  # through the look-up


def loss(row):
    """ℓ with another row for user i."""
    W = s.W.copy()
    W[i] = row
    moved = als.State(0, W, s.U, s.b, s.c, s.mu)
    return float(embedding.losses(moved, x)[0])


by_differences = nn.differences(loss, s.W[i])
np.testing.assert_allclose(through[i], by_hand)
np.testing.assert_allclose(by_differences, by_hand, rtol=1e-6)
np.testing.assert_allclose(embedding.gradient(s, x)["W"], through)
print("by hand         ", by_hand)
print("by layers       ", through[i], " and the other rows", np.abs(np.delete(through, i, axis=0)).max())
print("by differences  ", by_differences)

# %% [markdown]
# Line by line, from the look-up to the step, each with both of its sides:

# %%
here = derivation.at(s, R, cfg, i, j)
for line in derivation.LINES:
    lesson.holds(derivation.LINES, line.name, here)
assert all(line.sides.holds for line in derivations.check(derivation.LINES, here))

# %% [markdown]
# ## One step, and the next
#
# $\theta \leftarrow \theta - \eta\, g$. **Predict** the error after one step:

# %%
lesson.ask("10-one-step")

# %%
answer = ...
lesson.check("10-one-step", answer)

# %%
plain = embedding.Config(k=2, lam=0.0, rule=nn.Rule("sgd", 0.1), batch=1, init_scale=1.0)
state, alone = next(steps(embedding, R, plain)), derivation.alone(R, plain, i, j)
errors = [float(embedding.residuals(state, alone)[0])]
for _ in range(12):
    w, u = state.W[i], state.U[j]
    e_now = errors[-1]
    state = embedding.step(state, alone, plain)
    np.testing.assert_allclose(state.W[i], w + 2 * 0.1 * e_now * u)
    np.testing.assert_allclose(state.U[j], u + 2 * 0.1 * e_now * w)
    errors.append(float(embedding.residuals(state, alone)[0]))
lesson.show(pictures.shrinking(errors, 1, LIGHT))

# %% [markdown]
# **Exercise 2.** Longer and longer steps. When does the error no longer shrink?

# %%
lesson.ask("10-too-large")

# %%
answer = ...
lesson.check("10-too-large", answer)

# %% [markdown]
# ## Mini-batches
#
# A batch of $B$ ratings gives the mean of their gradients. Over a partition of all ratings these means, weighted by the
# sizes of the batches, average to the gradient of $J/n$: each batch is a guess at it, for a fraction of the cost.

# %%
everything = embedding.everything(R, cfg)
whole = embedding.gradient(s, everything)["W"]
parts = nn.batches(R.n, 7, np.random.default_rng(0))
guesses = [len(part) / R.n * embedding.gradient(s, everything.at(part))["W"] for part in parts]
np.testing.assert_allclose(sum(guesses), whole, atol=1e-12)
print([len(part) for part in parts], "ratings in the batches of", R.n)

# %% [markdown]
# Three rules turn gradients into steps. Written out for one parameter:

# %%
g, theta, v, m, square = np.array([3.0, -0.02]), np.zeros(2), np.zeros(2), np.zeros(2), np.zeros(2)
rule = nn.Rule("adam", 0.01)
v = rule.beta * v + g  # momentum: steps that agree add up
np.testing.assert_allclose(nn.momentum(theta, g, np.zeros(2), 0.01, rule.beta)[0], theta - 0.01 * v)
m, square = (1 - rule.beta) * g, (1 - rule.beta2) * g**2  # Adam: a rate of its own for every number
step = rule.rate * (m / (1 - rule.beta)) / (np.sqrt(square / (1 - rule.beta2)) + rule.eps)
np.testing.assert_allclose(nn.adam(theta, g, np.zeros(2), np.zeros(2), 1, rule)[0], theta - step)
print("SGD:     ", nn.sgd(theta, g, 0.01))
print("Adam:    ", theta - step, " the first step has length η, whatever the slope")

# %% [markdown]
# ## Against ALS, on the same J
#
# **Predict** which comes first.

# %%
lesson.ask("10-who-is-first")

# %%
answer = ...
lesson.check("10-who-is-first", answer)

# %%
planted, _ = data.load("planted")
train, test = planted.split(0.1, seed=0)
goal = {}
for name, rate in (("sgd", 1.0), ("momentum", 0.1), ("adam", 0.01)):
    net = embedding.Config(k=5, lam=5.0, rule=nn.Rule(name, rate), batch=64)
    epochs = list(descent.epochs(embedding, train, test, net, 20))
    goal[name] = epochs[-1]
    print(f"{name:>8}: J = {epochs[-1].J:8.1f}, test RMSE {descent.best(epochs).valid:.4f}")
solved = fit(als, train, net.solved(), T=20)
J = als.objective(solved, train, net.solved())
print(f"{'ALS':>8}: J = {J:8.1f}, test RMSE {metrics.rmse(als.predict(solved, test.i, test.j), test.r):.4f}")
np.testing.assert_allclose(embedding.objective(goal["adam"].state, train, net), goal["adam"].J)
assert all(J < epoch.J for epoch in goal.values())

# %% [markdown]
# On 100,004 real ratings, by epochs and by seconds. These runs come with the project; the seconds are those of the
# machine that made them, so look at their ratios:

# %%
real, _ = data.load("ml-small")
known = {plan.name: descents.find(real.digest, plan).seen for plan in descents.SIDE_BY_SIDE}
lesson.show(pictures.curves(known, "Adam", "J", "epochs", LIGHT))
lesson.show(pictures.curves(known, "Adam", "J", "seconds", LIGHT))

# %%
first = descents.arrived(descents.Curve(known["ALS"]), 1.01 * known["ALS"][-1].J)
then = descents.arrived(descents.Curve(known["Adam"]), 1.01 * known["ALS"][-1].J)
print(f"within 1% of where ALS ends: ALS after {first.t} sweeps, Adam after {then.t} epochs,")
print(f"which is {then.seconds / first.seconds:.0f} times as long")
assert first.seconds < then.seconds

# %% [markdown]
# Why does anybody descend, then? Because a gradient is all it needs. ALS requires every block to be a least-squares
# problem; put a nonlinear layer in between, and there is no block to solve.
#
# ## The learning rate
#
# One start, one order of batches, eleven rates. The epoch that diverges is named, and what came before it is kept:

# %%
curves = {
    rate: descents.find(planted.digest, plan)
    for rate, plan in zip(descents.RATES, descents.SHIPPED["planted"], strict=False)
}
best = descents.lowest(curves)
lesson.show(pictures.ends(curves, best, descents.SWEPT.T, LIGHT))

# %%
wild = embedding.Config(k=5, lam=5.0, rule=nn.Rule("sgd", 30.0), batch=64)
kept = []
try:
    kept.extend(descent.epochs(embedding, train, test, wild, 20))
except DivergedError as error:
    print(error)
print(f"kept: {len(kept)} epoch(s), the last with J = {kept[-1].J:.1f}")
assert np.isfinite(kept[-1].state.W).all()

# %% [markdown]
# **Exercise 3.** The batch and the rate belong together.

# %%
lesson.ask("10-batch")

# %%
answer = ...
lesson.check("10-batch", answer)

# %%
for batch, rate in ((64, 0.1), (256, 0.4), (256, 0.1)):
    net = embedding.Config(k=5, lam=5.0, rule=nn.Rule("sgd", rate), batch=batch)
    print(f"B = {batch:>3}, η = {rate}: J = {embedding.objective(fit(embedding, train, net, 5), train, net):.1f}")

# %% [markdown]
# ## It is PMF
#
# Chapter 7: $-2\sigma^2 \log p = J + \text{const}$ at $\lambda = \lambda_{\text{prior}}\,\sigma^2$ (E5). The network's
# losses add up to that $J$, so an L2 penalty on embeddings *is* the Gaussian prior.

# %%
lesson.ask("10-weight-decay")

# %%
answer = ...
lesson.check("10-weight-decay", answer)

# %%
prior = pmf.Config(k=2, sigma=0.5, lam_prior=2.0, biases=True)
net = embedding.Config(k=2, lam=2.0 * 0.5**2, rule=nn.Rule("momentum", 0.2), batch=R.n, init_scale=1.0)
climbed = fit(pmf, R, prior, T=500)
for t, state in enumerate(islice(steps(embedding, R, net), 1001)):
    if t in (0, 10, 100, 1000):
        J = embedding.objective(state, R, net)
        like = pmf.around(state, 0.5, 2.0, 2.0)
        constant = -2 * 0.5**2 * pmf.log_posterior(like, R, prior) - J
        np.testing.assert_allclose(constant, pmf.apart(climbed, R, prior))
        print(f"epoch {t:>4}: J = {J:9.4f}, −2σ² log p − J = {constant:.9f}")

# %% [markdown]
# One constant, and the same end point: momentum and the closed forms predict the same ratings.

# %%
users, items = np.indices((R.N, R.M))
gap = np.abs(als.predict(state, users, items) - pmf.predict(climbed, users, items)).max()
print(f"largest difference of {R.N} × {R.M} predictions: {gap:.1e} stars")
np.testing.assert_allclose(J, embedding.objective(climbed, R, net), rtol=1e-6)

# %% [markdown]
# ## Where to go from here
#
# - **In the app:** [a step too far](http://localhost:8501/mf_as_network?rate=0.5), and [the valley of learning rates
#   for momentum](http://localhost:8501/mf_as_network?view=Learning+rate&optimizer=momentum&rate=0.03) (start it with
#   `make app`).
# - **Next:** a network may hold more than a product. Layers that are not linear can stand beside it, and lesson 11 asks
#   what is left for them.
