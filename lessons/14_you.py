# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 14 · You
#
# *You rate a few films: what does the model make of you, why does it say so, and how sure is it?*
#
# - **You will** fold yourself into a trained model with one small equation, and find that it is the row training would
#   have solved; split a prediction into the shares of your ratings; take one away, and see what it had told; find out
#   how sure the model is and which film it should ask about next; and count whether its intervals keep their word.
# - **Time:** 40 minutes. **You need** [lesson 4](04_biases.ipynb), [lesson 5](05_regularization.ipynb), and for the
#   last part [lesson 7](07_pmf.ipynb).
# - **Lecture notes:** §3, §4, §12. **Slips on the way:** E5, E10.
#
# Symbols are those of [NOTATION.md](../NOTATION.md): $z_l = [u_l, 1]$ for a film $l$ that you rated;
# $y_l = r_l - c_l - \mu$, how far you are from everybody; $x = [w, b]$, you.

# %%
import sys

sys.path.insert(0, "..")  # the project's folder, where mfcore and mfview are

import numpy as np

from mfcore import Ratings, als, calibration, data, fit, fold_in, interpret, rotation
from mfview import derivations, lesson
from mfview.derivations import fold_in as lines
from mfview.figures import posterior, sums
from mfview.figures import you as figures
from mfview.shelves import shelves
from mfview.style import LIGHT

# %% [markdown]
# ## One row more
#
# A model of everybody else's ratings, and a shelf of films with stars. **Put your own in its place:** the titles are
# those of MovieLens, and `films.find("matrix")` gives the numbers of films by a part of their title.

# %%
R, films = data.load("ml-small")
cfg = als.Config(k=5, lam=5.0, joint=True)
s = fit(als, R, cfg, T=15)
names = [films.label(j) for j in range(R.M)]
shelf = shelves(R, names, films.genres)["A mixed shelf"]
for film, stars in shelf.items():
    print(f"{stars:g}  everybody {s.mu + s.c[film]:.2f}  {names[film]}")

# %% [markdown]
# **Predict first:** what would the model say to somebody who has rated nothing?

# %%
lesson.ask("14-nothing-rated")

# %%
answer = ...
lesson.check("14-nothing-rated", answer)

# %% [markdown]
# With $U$, $c$ and $\mu$ held fixed, only your own terms of $J$ have your $x$ in them:
#
# $$\sum_l (y_l - x^\top z_l)^2 + \lambda \|x\|^2 \qquad\Longrightarrow\qquad
# x = \Big(\sum_l z_l z_l^\top + \lambda I\Big)^{-1} \sum_l y_l z_l$$
#
# Written out, rating by rating:

# %%
A, v = cfg.lam * np.eye(cfg.k + 1), np.zeros(cfg.k + 1)
for film, stars in shelf.items():
    z = np.array([*s.U[film], 1.0])
    A += np.outer(z, z)
    v += (stars - s.c[film] - s.mu) * z
x = np.linalg.solve(A, v)

f = fold_in.fold(s, [*shelf], [*shelf.values()], cfg)
np.testing.assert_allclose([*f.w, f.b], x, rtol=1e-9)
print(f"{len(shelf)} ratings became {len(x)} numbers; b = {f.b:+.2f}")

# %% [markdown]
# Is that what training would do? Append yourself to the ratings, and let the library solve all rows for users once:

# %%
i = np.append(R.i, [R.N] * len(shelf))
more = Ratings.from_codes(
    i, np.append(R.j, [*shelf]), np.append(R.r, [*shelf.values()]), np.arange(R.N + 1), R.item_ids
)
grown = als.State(s.t, np.vstack([s.W, np.zeros(cfg.k)]), s.U, np.append(s.b, 0.0), s.c, s.mu)
solved = als.update_W(grown, more, cfg)
np.testing.assert_allclose([*solved.W[-1], solved.b[-1]], x, rtol=1e-9)
print("the same row, without touching the other", R.N)

# %% [markdown]
# That is why a site can answer while you click: one system of $k + 1$ equations, and not a training run. (The other
# rows would move a little if all were trained again with you among them. Fold-in leaves that for the night.)

# %%
lesson.ask("14-by-hand")

# %%
answer = ...
lesson.check("14-by-hand", answer)

# %% [markdown]
# ## Your list
#
# Films with 50 ratings at least, without those you rated. The circle is what everybody gets, the diamond is for you.

# %%
known = np.flatnonzero(R.items_counts >= 50)
known = known[~np.isin(known, f.items)]
listed = known[np.argsort(-fold_in.predict(f, known), kind="stable")[:10]]
titles = [names[j] for j in listed]
lesson.show(
    figures.moved(
        titles,
        s.mu + s.c[listed],
        fold_in.predict(f, listed),
        ("everybody's: μ + c", "yours: r̂"),
        LIGHT,
        title="Your list",
    )
)

# %% [markdown]
# And the vector? An axis has no meaning of its own (E10), so turn all axes until each is about few films, and name
# each by the films at its ends. No prediction changes:

# %%
Q = rotation.varimax(s.U[known])
turned = s.U[known] @ Q
np.testing.assert_allclose(turned @ (f.w @ Q), s.U[known] @ f.w, atol=1e-9)
ends = [interpret.extremes(turned, axis, 2) for axis in range(cfg.k)]
low, high = ([[names[known[q]] for q in pair[side]] for pair in ends] for side in (0, 1))
lesson.show(figures.vector(interpret.reach(f.w @ Q, turned), low, high, LIGHT))

# %% [markdown]
# ## Why this film?
#
# Put $x$ into the prediction and draw the sum out:
#
# $$\hat r_j = \mu + c_j + z_j^\top A^{-1} \sum_l y_l z_l
# = \mu + c_j + \sum_l \underbrace{(z_j^\top A^{-1} z_l)\, y_l}_{\text{share of rating } l}$$
#
# So the reasons are not a story made up afterwards. They are the prediction.

# %%
j = int(listed[0])
z_j, shares = np.array([*s.U[j], 1.0]), []
for film, stars in zip(f.items, f.r, strict=True):
    z = np.array([*s.U[film], 1.0])
    shares.append(z_j @ np.linalg.solve(A, z) * (stars - s.c[film] - s.mu))
shares = np.array(shares)
np.testing.assert_allclose(fold_in.shares(f, [j])[0], shares, rtol=1e-9)
np.testing.assert_allclose(s.mu + s.c[j] + shares.sum(), fold_in.predict(f, [j])[0], rtol=1e-12)
order = np.argsort(-abs(shares))
terms = [sums.Term(names[f.items[n]][:26], f"you {f.r[n]:g}, that is {f.y[n]:+.2f}", float(shares[n])) for n in order]
start = sums.Start("μ + c", "everybody's", float(s.mu + s.c[j]))
lesson.show(sums.adding_up(terms, "r̂", LIGHT, title=names[j], unit="stars", start=start))

# %%
lesson.ask("14-share")

# %%
answer = ...
lesson.check("14-share", answer)

# %% [markdown]
# **And without one of them?** Its share goes. But your vector is solved anew, and the other shares change as well.
#
# **Predict:** your other ratings foresee exactly what you gave a film. What happens if that rating goes?

# %%
lesson.ask("14-removed")

# %%
answer = ...
lesson.check("14-removed", answer)

# %%
here = lines.at(f, R, j, int(order[0]), 0.75)
for name in ("Without one of them", "What it changed"):
    lesson.holds(lines.of(lines.SHARES), name, here)

# %% [markdown]
# Try it: film after film, the share and the change, and between them the surprise.

# %%
for n in order:
    rest = fold_in.without(f, int(n))
    change = fold_in.predict(rest, [j])[0] - fold_in.predict(f, [j])[0]
    surprise = f.r[n] - fold_in.predict(rest, [f.items[n]])[0]
    print(
        f"share {shares[n]:+.3f}  goes, and r̂ changes by {change:+.3f}  (surprise {surprise:+.2f})  {names[f.items[n]]}"
    )

# %% [markdown]
# ## How sure is it?
#
# Ridge is the top of a posterior: a prior of variance $\sigma^2/\lambda$ for each entry of $x$ (E5), and noise
# $\sigma$. The logarithm of that density is quadratic with curvature $A/\sigma^2$, so it is a Gaussian with covariance
# $\sigma^2 A^{-1}$, and a rating of film $j$ has the variance $\sigma^2(1 + z_j^\top A^{-1} z_j)$.
#
# And $\sigma$? Training errors are too small: the fit has used its numbers to come close to these very ratings. So
# divide their squares not by $|\Omega|$ but by what is left over.

# %%
bare = (als.squared_error(s, R, cfg) / R.n) ** 0.5
sigma = fold_in.noise(s, R, cfg)
used = 0.0
for user in range(R.N):
    system = als.row(s, R, cfg, user).A
    used += cfg.k + 1 - cfg.lam * np.trace(np.linalg.solve(system, np.eye(cfg.k + 1)))
np.testing.assert_allclose(fold_in.freedom(s, R, cfg), used, rtol=1e-9)
print(f"training error {bare:.3f}, σ = {sigma:.3f} stars")
print(
    f"the users' rows use up {used:,.0f} numbers, the films' {fold_in.freedom(s.T, R.T, cfg):,.0f}, of {R.n:,} ratings"
)
assert sigma > bare

# %%
seen = fold_in.predictive(f, listed, sigma)
draws = x[:, None] + sigma * np.linalg.solve(
    np.linalg.cholesky(A).T, np.random.default_rng(0).standard_normal((6, 100_000))
)
by_draws = (fold_in.directions(f, listed) @ draws).std(axis=1)
np.testing.assert_allclose(by_draws, seen.doubt, rtol=0.02)
print("doubt, by the formula:   ", seen.doubt.round(3))
print("doubt, by 100,000 draws: ", by_draws.round(3))
none = np.full(len(listed), np.nan)
lesson.show(posterior.intervals(titles, seen.mean, seen.doubt, seen.interval(0.8), none, 0.8, LIGHT))

# %% [markdown]
# **Predict:** you rate one film more. On what does it depend how much doubt is left?

# %%
lesson.ask("14-next")

# %%
answer = ...
lesson.check("14-next", answer)

# %%
often = [int(q) for q in np.argsort(-R.items_counts)[:200] if q not in f.items]
falls = fold_in.falls(f, listed, often, sigma)
q = often[int(np.argmax(falls))]
for stars in (1.0, 5.0):
    after = fold_in.predictive(fold_in.fold(s, [*shelf, q], [*shelf.values(), stars], cfg), listed, sigma)
    np.testing.assert_allclose(seen.squares.sum() - after.squares.sum(), falls.max(), rtol=1e-9)
print(f"ask about {names[q]}: the summed variance falls by {falls.max() / seen.squares.sum():.1%}")

# %%
places = np.searchsorted(f.items, [*shelf])
lesson.show(figures.narrowing(fold_in.narrowing(f, places, listed, sigma), sigma, len(listed), LIGHT))

# %%
lesson.ask("14-spread")

# %%
answer = ...
lesson.check("14-spread", answer)

# %% [markdown]
# ## Does it keep its word?
#
# The interval takes $U$, $c$ and $\mu$ as known, and people as the prior has them. So ask other people: train on nine
# ratings in ten, fold each person in from what is left of theirs, and count how many held-out ratings lie inside.

# %%
train, test = R.split(test=0.1, seed=0)
trained = fit(als, train, cfg, T=15)
told = fold_in.of_others(trained, train, test, cfg, fold_in.noise(trained, train, cfg))
for share in (0.5, 0.8, 0.95):
    low, high = told.interval(share)
    inside = 0
    for t in range(test.n):
        inside += low[t] <= test.r[t] <= high[t]
    np.testing.assert_allclose(calibration.covered(told, test.r, share), inside / test.n)
    print(f"{share:.0%} intervals hold {inside / test.n:.1%} of {test.n:,} held-out ratings")

# %% [markdown]
# Rather too few. A film with few ratings has a vector that is anything but known. [Lesson 8](08_bayesian_mf.ipynb)
# draws them too. Count for films with few ratings and with many, and you see it:

# %%
counts = train.items_counts[test.j]
inside = (told.interval(0.8)[0] <= test.r) & (test.r <= told.interval(0.8)[1])
for name, part in (("fewer than 20", counts < 20), ("100 and more", counts >= 100)):
    print(f"films with {name} ratings: {inside[part].mean():.1%} inside their 80% intervals")
assert inside[counts < 20].mean() < inside[counts >= 100].mean()

# %% [markdown]
# ## Every line, on your numbers

# %%
for part in lines.PARTS:
    checked = derivations.check(lines.of(part), lines.at(f, R, j, 0, sigma))
    print(f"{part}: {sum(line.sides.holds for line in checked)} of {len(checked)} lines hold")
    assert all(line.sides.holds for line in checked)

# %%
lesson.ask("14-linear")

# %%
answer = ...
lesson.check("14-linear", answer)

# %% [markdown]
# ## Where to go from here
#
# - **In the app:** [a shelf of love stories, by what is most theirs](http://localhost:8501/you?rated=597%3A5+1721%3A5+587%3A5+539%3A4+296%3A1&by=w%E1%B5%80u%2C+most+yours):
#   change the stars and watch the list (start it with `make app`).
# - **A new film** is a new user of the transposed problem: `fold_in.fold(s.T, users, ratings, cfg)`.
# - **Back:** [8 · Bayesian factorization](08_bayesian_mf.ipynb), where films are in doubt as well. **Next:**
#   [15 · At scale](15_at_scale.ipynb).
