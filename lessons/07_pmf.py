# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7 · Probabilistic factorization
#
# *Why squares, and where does λ come from?*
#
# - **You will** write down the likelihood of a table of ratings and find least squares in it; add priors and find ridge
#   regression, with a λ that is not the prior's; climb by the gradient, with all ratings and with a few at a time;
#   watch one rating being split between a user and a film; and learn σ and λ too, once with success and once without.
# - **Time:** 50 minutes. **You need** [lesson 3](03_plain_mf.ipynb), [lesson 5](05_regularization.ipynb), and to know
#   what a density is.
# - **Lecture notes:** §11. **Slips on the way:** E3, E4, E5.
#
# Symbols are those of [NOTATION.md](../NOTATION.md): $\sigma$ is the noise of a rating, in stars;
# $\lambda_{\text{prior}}$ the *precision* of an entry of $W$ or $U$, one over its variance.

# %%
import sys
from itertools import islice, pairwise

sys.path.insert(0, "..")  # the project's folder, where mfcore and mfview are

import numpy as np
from scipy.stats import norm

from mfcore import als, ascent, data, fit, growth, metrics, pmf, steps, study, surface
from mfcore.surface import Point
from mfview import lesson, precomputed
from mfview.derivations import pmf as derivation
from mfview.figures import likelihood, priors, spectrum
from mfview.figures.likelihood import Trail
from mfview.style import LIGHT

# %% [markdown]
# ## One rating
#
# $$r_{ij} \sim \mathcal N(w_i^\top u_j,\ \sigma^2), \qquad
# p(r_{ij}) = \frac{1}{\sqrt{2\pi}\,\sigma}\, e^{-(r_{ij} - \hat r_{ij})^2 / 2\sigma^2}$$

# %%
R, films = data.load("tiny")
cfg = pmf.Config(k=2, sigma=0.5, lam_prior=2.0)
s = fit(pmf, R, cfg, T=2)
i, j = 0, R.Psi(0)[0]
r, mean = R.of_user(i)[1][0], float(pmf.predict(s, i, j))
np.testing.assert_allclose(pmf.density(np.array(r), mean, 0.5), norm.pdf(r, mean, 0.5))
whose = f"{R.user_ids[i]} and {films.label(j)}"
lesson.show(likelihood.one_rating(mean, 0.5, float(r), LIGHT, whose=whose))

# %% [markdown]
# ## All ratings: least squares
#
# Independent densities multiply, their logarithms add:
#
# $$\log p(R \mid W, U) = -\tfrac{|\Omega|}{2}\log 2\pi\sigma^2
# - \tfrac{1}{2\sigma^2}\sum_\Omega (r_{ij} - w_i^\top u_j)^2$$
#
# $W$ and $U$ are only in the sum of squares. **Highest likelihood is least squares**, and the square is there because a
# Gaussian has one.

# %%
by_scipy = sum(norm.logpdf(r, s.W[i] @ s.U[j], s.sigma) for i, j, r in zip(R.i, R.j, R.r, strict=True))
np.testing.assert_allclose(pmf.log_likelihood(s, R, cfg), by_scipy)
here = derivation.at(s, R, cfg, i=2)
lesson.holds(derivation.LINES, "Likelihood", here)
lesson.holds(derivation.LINES, "Its logarithm", here)
lesson.holds(derivation.LINES, "Maximum likelihood is least squares", here)

# %% [markdown]
# **Exercise 1.** The vectors stay as they are. Which $\sigma$ is likeliest?

# %%
lesson.ask("07-sigma")

# %%
answer = ...
lesson.check("07-sigma", answer)

# %% [markdown]
# ## Priors, and what the notes call MLE (E3, E4)
#
# Before any rating is seen, $w_i, u_j \sim \mathcal N(0, \lambda^{-1} I)$. That is a density for each of the $Nk + Mk$
# entries, so the factor $\sqrt{\lambda/2\pi}$ occurs $Nk + Mk$ times:
#
# $$p(W)\,p(U) = \Big(\frac{\lambda}{2\pi}\Big)^{Nk/2} e^{-\lambda\|W\|_F^2/2}
# \cdot \Big(\frac{\lambda}{2\pi}\Big)^{Mk/2} e^{-\lambda\|U\|_F^2/2}$$
#
# The notes write one factor $\lambda/\sqrt{2\pi}$ (E4). And they call the peak of
# $p(W, U \mid R) \propto p(R \mid W, U) \,p(W)\,p(U)$ MLE; its name is MAP, maximum a posteriori (E3).

# %%
by_scipy = norm.logpdf(s.W, scale=s.lam_W**-0.5).sum() + norm.logpdf(s.U, scale=s.lam_U**-0.5).sum()
np.testing.assert_allclose(pmf.log_prior(s, R, cfg), by_scipy)
for name in ("Priors", "Bayes: maximum a posteriori", "Written out"):
    lesson.holds(derivation.LINES, name, here)

# %% [markdown]
# **Exercise 2.** Count the factors.

# %%
lesson.ask("07-exponent")

# %%
answer = ...
lesson.check("07-exponent", answer)

# %% [markdown]
# ## MAP = ridge (E5)
#
# Multiply by $-2\sigma^2$. The errors lose their $1/2\sigma^2$; the lengths, which had $\lambda/2$, are left with
# $\lambda\sigma^2$:
#
# $$-2\sigma^2 \log p = \underbrace{\sum_\Omega (r_{ij} - \hat r_{ij})^2
# + \lambda_{\text{prior}}\sigma^2\,\big(\|W\|_F^2 + \|U\|_F^2\big)}_{J \text{ of chapter 5, with }
# \lambda_{\text{ridge}} = \lambda_{\text{prior}}\,\sigma^2} + \text{const}$$
#
# **Exercise 3.** Translate.

# %%
lesson.ask("07-translate")

# %%
answer = ...
lesson.check("07-translate", answer)

# %%
ridge = als.Config(k=2, lam=cfg.lam_prior * cfg.sigma**2, biases=False)
rng = np.random.default_rng(0)
for size in (0.0, 0.5, 2.0, 10.0):
    W, U = size * rng.standard_normal((R.N, 2)), size * rng.standard_normal((R.M, 2))
    anywhere = pmf.State(0, W, U, np.zeros(R.N), np.zeros(R.M), 0.0, cfg.sigma, cfg.lam_prior, cfg.lam_prior)
    J = als.objective(anywhere, R, ridge)
    difference = -2 * cfg.sigma**2 * pmf.log_posterior(anywhere, R, cfg) - J
    np.testing.assert_allclose(difference, pmf.apart(anywhere, R, cfg), rtol=1e-9)
    print(f"J = {J:12.4f}   −2σ² log p − J = {difference:.9f}")

# %% [markdown]
# One constant, wherever you are. So the lowest point is the same, and so is every step to it:

# %%
by_map, by_ridge = fit(pmf, R, cfg, T=10), fit(als, R, ridge, T=10)
np.testing.assert_array_equal(by_map.W, by_ridge.W)
np.testing.assert_array_equal(by_map.U, by_ridge.U)
for name in (
    "Times −2σ²",
    "That is ridge",
    "The constant is constant",
    "The same slopes",
    "The same solution",
    "A maximum",
):
    lesson.holds(derivation.LINES, name, here)

# %% [markdown]
# **Exercise 4.** One of the two factors of $\lambda_{\text{ridge}}$ changes.

# %%
lesson.ask("07-noisier")

# %%
answer = ...
lesson.check("07-noisier", answer)

# %% [markdown]
# ## A hill with two parameters
#
# Let the films' contents be known. Then Fatou's taste is two numbers, and the likelihood of her three ratings is a hill
# over them. Uphill in small steps,
#
# $$w \leftarrow w + \eta\Big(\frac{1}{\sigma^2}\sum_{j\in\Psi} (r_j - w^\top u_j)\,u_j - \lambda w\Big),$$
#
# or there in one jump:

# %%
truth = data.planted.tiny().truth
fatou, sigma = 5, 0.7
free, bent = (surface.taste(R, fatou, truth.U, sigma, lam) for lam in (0.0, 3.0))
start, rate = Point(0.2, 3.6), 0.03


def uphill(w, lam, sweeps):
    """The equation above, as it is written."""
    for _ in range(sweeps):
        slope = -lam * w
        for j, r in zip(*R.of_user(fatou), strict=True):
            slope += (r - w @ truth.U[j]) * truth.U[j] / sigma**2
        w = w + rate * slope
    return w


path = surface.climb(free, start, rate, T=20)
np.testing.assert_allclose(path.points[-1], uphill(np.array(start), 0.0, 20))
jump = surface.jumps(free, start, T=1)
grid = np.linspace(-1, 4, 45)
names = ("taste for laughs, w₁", "taste for chills, w₂")
trails = {"gradient ascent": Trail(path, LIGHT.ink), "closed form": Trail(jump, LIGHT.test, "dot")}
hill = surface.heights(free, grid, grid).likelihood
lesson.show(
    likelihood.contours(
        grid, grid, hill, names, LIGHT, title="The likelihood", trails=trails, marks={"MLE": jump.points[-1]}
    )
)

# %% [markdown]
# The prior is a hill around 0. Logarithms add, and the peak moves:

# %%
h = surface.heights(bent, grid, grid)
top = surface.jumps(bent, start, T=1).points[-1]
marks = {"MAP": top, "MLE": jump.points[-1]}
lesson.show(likelihood.contours(grid, grid, h.posterior, names, LIGHT, title="The posterior", marks=marks))
assert np.hypot(*top) < np.hypot(*jump.points[-1])

# %% [markdown]
# Steps that are too long diverge, and the library says so:

# %%
for rate_tried in (0.03, 0.1, 0.3):
    tried = surface.climb(free, start, rate_tried, T=100)
    print(f"η = {rate_tried}: {len(tried.points) - 1} steps, {'diverged' if tried.astray else 'went well'}")
assert tried.astray

# %% [markdown]
# ## All of W and U by gradient
#
# A step after every few ratings costs less than one after all of them. Each batch is a guess of the gradient; over a
# partition into $B$ batches the guesses average to it exactly, however uneven they are, if each counts its ratings $B$
# times and the prior once:

# %%
model = pmf.Config(k=2, sigma=0.5, lam_prior=2.0)
s = fit(pmf, R, model, T=1)
parts = np.array_split(np.random.default_rng(0).permutation(R.n), 7)
guesses = [ascent.of_batch(s, R.i[p], R.j[p], R.r[p], 7, model).W for p in parts]
np.testing.assert_allclose(np.mean(guesses, axis=0), ascent.gradient(s, R, model).W, atol=1e-9)

# %%
planted = data.planted.planted(60, 40, k=2, density=0.5).ratings
by_jumps = fit(pmf, planted, model, T=50)
print(f"{'closed form, 50 sweeps':>24}: log posterior {pmf.log_posterior(by_jumps, planted, model):10.2f}")
for batches in (1, 10):
    climb = ascent.Config(model, rate=3e-4, batches=batches)
    for state in islice(steps(ascent, planted, climb), 0, 201, 100):
        height = pmf.log_posterior(state, planted, model)
        print(f"{batches:>2} batches, {state.t:>3} sweeps: log posterior {height:10.2f}")
whole = ascent.Config(model, rate=3e-4)
heights = [pmf.log_posterior(state, planted, model) for state in islice(steps(ascent, planted, whole), 100)]
assert all(after >= before for before, after in pairwise(heights))

# %% [markdown]
# ## One rating, two unknowns
#
# Now neither side is known: one rating of 4, $k = 1$. Every pair with $wu = 4$ is likeliest. The prior prefers pairs
# near 0.
#
# **Exercise 5.**

# %%
lesson.ask("07-split")

# %%
answer = ...
lesson.check("07-split", answer)

# %%
one = surface.product(4.0, sigma=1.0, lam=1.0)
wide = np.linspace(-3.2, 3.2, 45)
top = surface.jumps(one, Point(0.4, 3.0), T=200).points[-1]
heights = surface.heights(one, wide, wide).posterior
tops = {"MAP": (top, Point(-top.x, -top.y))}  # both signs at once change no product and no length
lesson.show(likelihood.contours(wide, wide, heights, ("w", "u"), LIGHT, title="The posterior", marks=tops))
np.testing.assert_allclose([top.x * top.y, top.x], [3.0, top.y], atol=1e-4)

# %% [markdown]
# ## Too weak, too strong
#
# On real films, held-out ratings are the judge. By E5 chapter 5's ridge fits *are* MAP estimates, with
# $\lambda_{\text{prior}} = \lambda_{\text{ridge}}/\sigma^2$:

# %%
real, _ = data.load("ml-small")
rows = study.means(precomputed.find(real.digest, precomputed.CURVE))
lesson.show(priors.errors(rows, precomputed.CURVE.lams, 0.8, 15.0, LIGHT))

# %% [markdown]
# Without a prior, more factors fit the training ratings better and better: the old fit is still there, with a column of
# zeros for $W$.

# %%
lesson.ask("07-more-factors")

# %%
answer = ...
lesson.check("07-more-factors", answer)

# %%
part, least = growth.dense(real)
print(f"{part.N} users and {part.M} films with at least {least} ratings each: {part.n:,} ratings")
held = part.split(test=0.1, seed=0)
found = {}
for lam, name in ((0.0, "MLE"), (1.0, "MAP, λ = 1"), (15.0, "MAP, λ = 15")):
    rows = list(growth.grow(*held, lam=lam))
    for side in ("train", "test"):
        found[f"{side}, {name}"] = [(row.k, getattr(row, side)) for row in rows]
mle, weak, strong = (found[f"train, {name}"] for name in ("MLE", "MAP, λ = 1", "MAP, λ = 15"))
assert all(after[1] < before[1] for before, after in pairwise(mle))  # a maximum: it can only rise with k
assert all(a[1] < b[1] < c[1] for a, b, c in zip(mle, weak, strong, strict=True))  # and no prior is above it
assert all(after[1] > before[1] for before, after in pairwise(found["test, MLE"]))
looks = {
    name: spectrum.Look(
        LIGHT.train if "train" in name else LIGHT.test,
        "dot" if "MLE" in name else "dash" if "= 15" not in name else "solid",
        "circle",
    )
    for name in found
}
lesson.show(spectrum.curves(found, looks, LIGHT, title="MLE and MAP", y="RMSE in stars", log=True))

# %% [markdown]
# Rows with fewer ratings than unknowns are left out here: they are fitted exactly by vectors of any length (E11), and
# their errors of many stars would be a different story.

# %% [markdown]
# ## σ and λ learnt (E4)
#
# With the right exponents the density also determines $\sigma$ and $\lambda$. Setting the slopes to zero:
#
# $$\sigma^2 = \frac{1}{|\Omega|}\sum_\Omega (r_{ij} - \hat r_{ij})^2, \qquad
# \lambda = \frac{(N + M)\,k}{\|W\|_F^2 + \|U\|_F^2}$$

# %%
train, test = data.planted.planted().ratings.split(0.1, seed=0)
learn = pmf.Config(k=5, lam_prior=None, biases=True)
for state in islice(steps(pmf, train, learn), 0, 31, 10):
    error = metrics.rmse(pmf.predict(state, test.i, test.j), test.r)
    print(f"{state.t:>2}: σ = {state.sigma:.3f}, λ = {state.lam_W:.2f}, test RMSE {error:.4f}")

# %% [markdown]
# On planted ratings ($\sigma = 0.4$) this settles; $\sigma$ is too small by what the vectors learnt by heart.
# **Predict** where the log posterior is highest:

# %%
lesson.ask("07-certain")

# %%
answer = ...
lesson.check("07-certain", answer)

# %%
train, test = real.split(0.1, seed=0)
seen = []
for state in islice(steps(pmf, train, learn), 7):
    error = metrics.rmse(pmf.predict(state, test.i, test.j), test.r)
    seen.append((pmf.log_posterior(state, train, learn), error))
    print(f"{state.t:>2}: λ = {state.lam_W:10.3g}, log posterior {seen[-1][0]:10.0f}, test RMSE {error:.4f}")
assert all(after[0] > before[0] for before, after in pairwise(seen))
assert seen[-1][1] > min(error for _, error in seen)

# %% [markdown]
# On real films the log posterior climbs at every sweep, and the predictions get worse from the second on: a prior that
# is certain of 0 is infinitely dense there. The highest point of a density need not be where its probability is.
#
# One more thing that the ratings do not determine. With a $\lambda$ for each table,
# $(aW,\ U/a,\ \lambda_W/a^2,\ \lambda_U a^2)$ predicts the same for every $a$, and the log posterior changes by
# $(M - N)\,k \log a$:

# %%
N, M, k, a = R.N, R.M, 2, 3.0
s = fit(pmf, R, cfg, T=3)
other = pmf.around(als.State(0, a * s.W, s.U / a, s.b, s.c, 0.0), s.sigma, s.lam_W / a**2, s.lam_U * a**2)
gained = pmf.log_posterior(other, R, cfg) - pmf.log_posterior(s, R, cfg)
np.testing.assert_allclose(gained, (M - N) * k * np.log(a))
print(f"{gained:.6f} = ({M} − {N}) · {k} · log {a:g}")

# %% [markdown]
# ## Where to go from here
#
# - **In the app:** [two mountains for one
#   rating](http://localhost:8501/pmf?view=Two+parameters&plane=one+rating%2C+w+and+u&prior=5) (start it with
#   `make app`).
# - **Next:** [8 · Bayesian factorization](08_bayesian_mf.ipynb) uses all of the posterior instead of its peak, and
#   draws λ where it cannot be maximised.
