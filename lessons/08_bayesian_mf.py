# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 8 · Bayesian factorization
#
# *How sure is a prediction, and how would you find out whether it is right to be?*
#
# - **You will** derive the distribution of one user's vector and check it on numbers; write out a sweep of Gibbs
#   sampling and find that it equals the library's; turn draws into a prediction with an interval; count whether
#   intervals keep their word; compare with MAP; and ask several chains whether they have arrived.
# - **Time:** 50 minutes. **You need** [lesson 3](03_plain_mf.ipynb), [lesson 5](05_regularization.ipynb), and to know
#   what a Gaussian with a covariance matrix is.
# - **Lecture notes:** §12. **Slips on the way:** E5, E10.
#
# Symbols are those of [NOTATION.md](../NOTATION.md): $z_j = [u_j, 1]$; $\alpha = 1/\sigma^2$, the precision of a
# rating; $m$ and $\Lambda$, mean and precision of the users' vectors $[w_i, b_i]$.

# %%
import sys

sys.path.insert(0, "..")  # the project's folder, where mfcore and mfview are

import numpy as np

from mfcore import als, bpmf, calibration, chain, data, diagnostics, fit, metrics, steps
from mfcore.predictive import Predictive
from mfview import lesson, posterior
from mfview.figures import calibrated
from mfview.figures import posterior as figures
from mfview.style import LIGHT

# %% [markdown]
# ## Everything is a random variable
#
# $$r_{ij} \sim \mathcal N(w_i^\top u_j + b_i + c_j + \mu,\ \sigma^2), \qquad
# \begin{bmatrix} w_i \\ b_i \end{bmatrix} \sim \mathcal N(m, \Lambda^{-1})$$
#
# and likewise for films. Least squares, ridge and MAP look for the best point. Here we ask for the *distribution* of
# all points, given the ratings. It has no formula. But each part of it has one, given all the others, and that is
# enough to draw from it.
#
# ## One user's vector, given everything else
#
# Write $x = [w_i, b_i]$ and $y_j = r_{ij} - c_j - \mu$. What depends on $x$ in the logarithm of the density:
#
# $$-\tfrac{\alpha}{2}\sum_{j\in\Psi_i} (y_j - x^\top z_j)^2 - \tfrac12 (x - m)^\top \Lambda\,(x - m)$$
#
# Multiply out and collect what is quadratic and what is linear in $x$:
#
# $$-\tfrac12\, x^\top \underbrace{\Big(\alpha \sum z_j z_j^\top + \Lambda\Big)}_{A} x
# + x^\top \underbrace{\Big(\alpha \sum y_j z_j + \Lambda m\Big)}_{v} + \text{const}
# = -\tfrac12 (x - A^{-1}v)^\top A\,(x - A^{-1}v) + \text{const}$$
#
# That is a Gaussian, with mean $A^{-1}v$ and covariance $A^{-1}$. Check: moving one user's vector must change the
# library's whole log density by what this small formula says.

# %%
R, films = data.load("tiny")
cfg = bpmf.Config(k=2)
s = fit(bpmf, R, cfg, T=5)
i = 2  # Chidi


def conditional(s, i):
    """A and v of user i, as they are written."""
    A, v = s.prior_W.Lam.copy(), s.prior_W.Lam @ s.prior_W.m
    for j, r in zip(*R.of_user(i), strict=True):
        z = np.array([*s.U[j], 1.0])
        A += s.alpha * np.outer(z, z)
        v += s.alpha * (r - s.c[j] - s.mu) * z
    return A, v


A, v = conditional(s, i)
mean, rng = np.linalg.solve(A, v), np.random.default_rng(0)
for _ in range(5):
    x = mean + rng.standard_normal(3)
    W, b = s.W.copy(), s.b.copy()
    W[i], b[i] = x[:2], x[2]
    before = bpmf.State(s.t, s.W, s.U, s.b, s.c, s.mu, s.alpha, s.prior_W, s.prior_U, s.squared_error)
    after = bpmf.State(s.t, W, s.U, b, s.c, s.mu, s.alpha, s.prior_W, s.prior_U, s.squared_error)
    old = np.array([*s.W[i], s.b[i]])
    small = -0.5 * (x - mean) @ A @ (x - mean) + 0.5 * (old - mean) @ A @ (old - mean)
    whole = bpmf.objective(before, R, cfg) - bpmf.objective(after, R, cfg)
    np.testing.assert_allclose(whole, small, rtol=1e-9)
    print(f"log density changes by {whole:9.4f}, by the formula {small:9.4f}")

# %% [markdown]
# **And ridge?** With $m = 0$ and $\Lambda = \lambda_{\text{prior}} I$ the mean is
# $\big(\sum z_j z_j^\top + \tfrac{\lambda_{\text{prior}}}{\alpha} I\big)^{-1} \sum y_j z_j$: ridge regression with
# $\lambda_{\text{ridge}} = \lambda_{\text{prior}}\,\sigma^2$ (E5). What is new is the covariance, and that $m$ and
# $\Lambda$ are not chosen.
#
# **A draw.** Factor $A = LL^\top$ and take $x = A^{-1}v + L^{-\top}\varepsilon$ with
# $\varepsilon \sim \mathcal N(0, I)$: its covariance is $L^{-\top}L^{-1} = A^{-1}$. Forget to transpose, and the mean
# is still right:

# %%
L = np.linalg.cholesky(A)
noise = rng.standard_normal((3, 200_000))
right, wrong = mean[:, None] + np.linalg.solve(L.T, noise), mean[:, None] + np.linalg.solve(L, noise)
print("off in the mean:      ", *(f"{abs(x.mean(axis=1) - mean).max():.3f}" for x in (right, wrong)))
off = [abs(np.cov(x) @ A - np.eye(len(A))).max() for x in (right, wrong)]  # of the covariance A⁻¹, uninverted
print("off in the covariance:", *(f"{far:.3f}" for far in off))
assert off[0] < 0.1 * off[1]

# %% [markdown]
# **Exercise 1.** Two films, one with many ratings.

# %%
lesson.ask("08-which-wider")

# %%
answer = ...
lesson.check("08-which-wider", answer)

# %% [markdown]
# ## A sweep
#
# Given the vectors, their prior $(m, \Lambda)$ is drawn from a Normal–Wishart distribution; given the prior, the
# vectors; then both for films; then $\alpha$ from a Gamma distribution. That is one sweep. The two ends of it, written
# out with the random numbers the library uses:


# %%
def draw_rows(s, noise):
    """[w_i, b_i] of all users, one after the other."""
    X = np.empty((R.N, 3))
    for i in range(R.N):
        A, v = conditional(s, i)
        X[i] = np.linalg.solve(A, v) + np.linalg.solve(np.linalg.cholesky(A).T, noise[i])
    return X


def draw_alpha(s, rng):
    """α ~ Gamma(1 + |Ω|/2, rate 1 + Σ(r − r̂)²/2)."""
    errors = sum((r - s.W[i] @ s.U[j] - s.b[i] - s.c[j] - s.mu) ** 2 for i, j, r in zip(R.i, R.j, R.r, strict=True))
    return rng.gamma(1 + R.n / 2, 1 / (1 + errors / 2))


rows = draw_rows(s, np.random.default_rng(7).standard_normal((R.N, 3)))
drawn = bpmf.update_W(s, R, cfg, np.random.default_rng(7))
np.testing.assert_allclose(np.column_stack([drawn.W, drawn.b]), rows, rtol=1e-9)
alpha = bpmf.update_alpha(drawn, R, cfg, np.random.default_rng(8)).alpha
np.testing.assert_allclose(alpha, draw_alpha(drawn, np.random.default_rng(8)), rtol=1e-9)
print(f"rows as the library's; σ = {alpha**-0.5:.3f} stars")

# %% [markdown]
# ## From draws to a prediction
#
# Planted ratings, with $\sigma = 0.4$. Twenty sweeps of burn-in are left out; `watch` begins to add up what the draws
# predict for the held-out pairs. Of each pair two numbers are kept: mean and variance of $\hat r$ over the draws.

# %%
R, films = data.load("planted")
train, test = R.split(test=0.1, seed=0)
cfg = bpmf.Config(k=5)
burnt_in = fit(bpmf, train, cfg, T=20, seed=0)
s = fit(bpmf, train, cfg, T=100, seed=0, start=bpmf.watch(burnt_in, test.i, test.j))

total = np.zeros(test.n)
for state in steps(bpmf, train, cfg, seed=0, start=burnt_in):
    if state.t > 20:
        total += bpmf.predict(state, test.i, test.j)
    if state.t == 120:
        break
np.testing.assert_allclose(s.seen.mean, total / 100, rtol=1e-9)
alone = metrics.rmse(bpmf.predict(s, test.i, test.j), test.r)
together = metrics.rmse(s.seen.mean, test.r)
print(f"test RMSE: {alone:.4f} of the last draw, {together:.4f} of the mean of {s.seen.draws}")
print(f"σ is {s.seen.noise**0.5:.2f}")
assert together < alone

# %% [markdown]
# **Thinning.** Draws next to each other are alike, and each costs a look at all held-out pairs. `every=5` counts every
# fifth:

# %%
thin = fit(bpmf, train, cfg, T=100, seed=0, start=bpmf.watch(burnt_in, test.i, test.j, every=5))
kept = [state for state, _ in zip(steps(bpmf, train, cfg, seed=0, start=burnt_in), range(101), strict=False)][5::5]
np.testing.assert_allclose(thin.seen.mean, np.mean([bpmf.predict(x, test.i, test.j) for x in kept], axis=0))
fewer = metrics.rmse(thin.seen.mean, test.r)
print(f"test RMSE of the mean: {fewer:.4f} with {thin.seen.draws} draws, {together:.4f} with all {s.seen.draws}")

# %% [markdown]
# A rating varies by more than its prediction does: $\mathrm{Var}(r) = \mathrm{Var}(\hat r) + \sigma^2$.

# %%
lesson.ask("08-noise-stays")

# %%
answer = ...
lesson.check("08-noise-stays", answer)

# %% [markdown]
# **Predict:** with ten times as many draws, will the histogram of a rating's $\hat r$ be narrower?

# %%
lesson.ask("08-more-draws")

# %%
answer = ...
lesson.check("08-more-draws", answer)

# %% [markdown]
# ## A real film
#
# MovieLens small, user 218 and *Alien*, which was held out. The chain comes with the package, because it takes some
# seconds.

# %%
R, films = data.load("ml-small")
train, test = R.split(test=0.1, seed=0)
plan, draws = posterior.find(R.digest, chain.Plan(bpmf.Config(k=5)))
i, j = posterior.pair_of(R, films)
counted = draws[plan.burn :]
user, film = plan.users.index(i), plan.items.index(j)
r = chain.predicted(counted, user, [film])[:, 0]
sigma = np.array([draw.alpha for draw in counted]) ** -0.5
point = fit(als, train, als.Config(k=5, lam=10.0, joint=True), T=15)
given = float(test.of_user(i)[1][test.Psi(i) == j][0])
whose = f"User {R.user_ids[i]} and {films.label(j)}"
lesson.show(figures.one_rating(r, sigma, float(als.predict(point, i, j)), given, LIGHT, whose=whose))

# %% [markdown]
# What do more draws make sharper? Not the posterior, which the ratings fix. They sharpen what we know *about* it, such
# as its mean, whose error is the spread of the draws over $\sqrt{n_{\text{eff}}}$:

# %%
for n in (10, 40, 150):
    print(f"{n:>3} draws: spread ±{r[:n].std():.3f}, mean {r[:n].mean():.3f} ± {diagnostics.mc_error(r[None, :n]):.3f}")
assert diagnostics.mc_error(r[None]) < 0.5 * diagnostics.mc_error(r[None, :10])

# %% [markdown]
# The posterior itself gets narrower with ratings. The same film, and all users whose rows the chain has kept:

# %%
counts = train.users_counts[list(plan.users)]
doubt = chain.predicted_to_all(counted, film).std(axis=0)
np.testing.assert_allclose(doubt[user], r.std())
lesson.show(figures.by_count(counts, doubt, user, films.label(j), LIGHT))
order = np.argsort(counts)
assert doubt[order[-10:]].mean() < doubt[order[:10]].mean()

# %% [markdown]
# ## Do intervals keep their word?
#
# An 80% interval promises that eight of ten ratings lie inside. Count them:

# %%
seen = draws[-1].seen
low, high = seen.interval(0.8)
inside = 0
for t in range(test.n):
    inside += low[t] <= test.r[t] <= high[t]
np.testing.assert_allclose(calibration.covered(seen, test.r, 0.8), inside / test.n)
print(f"{inside:,} of {test.n:,} test ratings lie inside their 80% intervals: {inside / test.n:.1%}")

# %% [markdown]
# MAP can be given an interval too: its prediction, plus or minus its training error. But it was fitted to those
# ratings.

# %%
shares = (0.1, 0.3, 0.5, 0.8, 0.95)
error = metrics.mse(als.predict(point, train.i, train.j), train.r)
promised = Predictive.of(test.i, test.j).add(als.predict(point, test.i, test.j), 1 / error)
bayes, by_map = (calibration.curve(one, test.r, shares) for one in (seen, promised))
lesson.show(calibrated.coverage(shares, bayes, by_map, LIGHT))
assert abs(bayes[3] - 0.8) < abs(by_map[3] - 0.8)

# %% [markdown]
# And which predictions are uncertain? Those for films with few ratings.

# %%
groups = calibration.by_count(seen, train.items_counts[test.j])
lesson.show(calibrated.widths(groups, "film", LIGHT))
assert groups[0].doubt > groups[-1].doubt

# %% [markdown]
# ## Against MAP
#
# **Predict:** what happens to each when $k$ is far too large?

# %%
lesson.ask("08-overfit")

# %%
answer = ...
lesson.check("08-overfit", answer)

# %%
rivals = posterior.find_rivals(R.digest, 0)
lesson.show(calibrated.against_k(rivals, posterior.LAMS, LIGHT))
assert all(one.bayes < min(one.points) for one in rivals)

# %% [markdown]
# No $\lambda$ was chosen for the draws. MAP needs the right one for every $k$, found on ratings held out for it.
#
# ## Have the chains arrived?
#
# Four chains with different seeds, on the prediction of one pair and on the first entry of that user's vector:

# %%
chains = posterior.find_chains(R.digest, posterior.several(plan, i, j))
rhats = {}
for name, of in (
    ("prediction", lambda d: chain.predicted([d], 0, [0])[0, 0]),
    ("first entry of w", lambda d: d.users[0][0]),
):
    values = np.array([[float(of(draw)) for draw in one[plan.burn :]] for one in chains])
    rhats[name] = diagnostics.rhat(values)
    print(f"{name}: R̂ = {rhats[name]:.2f}, worth {diagnostics.ess(values):.0f} independent draws of {values.size}")
assert rhats["prediction"] < 1.05 < rhats["first entry of w"]

# %% [markdown]
# The chains agree about what can be known. A factor's sign and axis cannot be known: $(-w)^\top(-u) = w^\top u$ (E10).

# %%
lesson.ask("08-average-w")

# %%
answer = ...
lesson.check("08-average-w", answer)

# %% [markdown]
# ## Where to go from here
#
# - **In the app:** [a user's films](http://localhost:8501/bayesian_mf?view=A+user%27s+films&share=95%25), with
#   intervals that you can make wider, and every user and film to choose from (start it with `make app`).
# - **Back:** [5 · Regularization](05_regularization.ipynb), where λ had to be chosen.
