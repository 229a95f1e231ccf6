# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4 · Biases
#
# *How much of a rating can be predicted before anyone's taste comes into it?*
#
# - **You will** see why a product alone cannot sit at three and a half stars; measure what $\mu$, $b_i$ and $c_j$
#   explain before any vector does; derive $b_i$ and check every line on numbers; write out the four updates; solve a
#   vector and its bias in one system; and find the films that everyone likes beside those that divide their audience.
# - **Time:** 40 minutes. **You need** [lesson 3](03_plain_mf.ipynb).
# - **Lecture notes:** §7, with the λ of §9. **Slips on the way:** E2, E7.
#
# Symbols are those of [NOTATION.md](../NOTATION.md): $b_i$ = `s.b[i]`, the bias of user $i$; $c_j$ = `s.c[j]`, that of
# film $j$; $\mu$ = `s.mu`, the mean training rating. §9 of the notes writes $\theta_i$ for $b_i$ as well (E7).

# %%
import sys
from itertools import islice, pairwise

sys.path.insert(0, "..")  # the project's folder, where mfcore and mfview are

import numpy as np

from mfcore import als, data, explained, fit, metrics, steps, trace
from mfview import derivations, lesson
from mfview.derivations import biases as derivation
from mfview.figures import bias_fits
from mfview.figures import biases as figures

# %% [markdown]
# ## $y = mx + b$
#
# One user rates films of which we know one attribute $x$. A product alone, $y = mx$, is a line through the origin: 0
# stars where the film has none of the attribute. Ratings do not go through the origin.

# %%
x, y = explained.scatter(b=3.5, seed=0)
through = explained.line(x, y, intercept=False)
free = explained.line(x, y, intercept=True)
print(f"y = mx     m = {through.m:.2f}               J = {through.J:.1f}")
print(f"y = mx + b m = {free.m:.2f}, b = {free.b:.2f}   J = {free.J:.1f}")
lesson.show(figures.line(x, y, through, free))

# %% [markdown]
# The points were made with a slope of 0.5, `explained.SLOPE`. The first line's slope is far from it: it has to make up
# for the height. It is the same with $w_i^\top u_j$. Give every user a height $b_i$, every film a height $c_j$, and
# measure both from the mean $\mu$:
#
# $$\hat r_{ij} = w_i^\top u_j + b_i + c_j + \mu$$

# %% [markdown]
# ## Before any vector
#
# Real films. First without vectors: $\hat r_{ij} = \mu + b_i + c_j$. With $W = U = 0$ the updates of §7 are two means,
# taken in turn until nothing moves. ($\lambda$ is 10 here: it stands in the denominator, and E2 says how.)

# %%
R, films = data.load("ml-small")
train, test = R.split(test=0.1, seed=0)
cfg = als.Config(k=5, lam=10.0, joint=True)

b, c = np.zeros(train.N), np.zeros(train.M)
for _ in range(50):
    b = np.bincount(train.i, train.r - train.mu - c[train.j], train.N) / (train.users_counts + cfg.lam)
    c = np.bincount(train.j, train.r - train.mu - b[train.i], train.M) / (train.items_counts + cfg.lam)

alone = explained.biases(train, cfg)  # the same by update_b and update_c
np.testing.assert_allclose(alone.b, b, atol=1e-3)
np.testing.assert_allclose(alone.c, c, atol=1e-3)

# %% [markdown]
# What share of the squared error of $\mu$ does a model remove? $R^2 = 1 - \sum (r - \hat r)^2 / \sum (r - \mu)^2$: 0 is
# no better than $\mu$, 1 is perfect, and on held-out ratings it may fall below 0. $\mu$ itself explains 0, by
# definition.
#
# **Predict:** how much of what the whole model explains of held-out ratings do $\mu$, $b$ and $c$ explain alone?

# %%
lesson.ask("04-alone")

# %%
answer = ...
lesson.check("04-alone", answer)

# %%
full = fit(als, train, cfg, T=10, seed=0)
ladder = explained.ladder(train, cfg) | {"μ + b + c + wᵀu": full}
shares = {name: explained.share(s, train, test) for name, s in ladder.items()}
for name, share in shares.items():
    print(f"{name:>16}   R² {share.train:6.3f} on train {share.test:6.3f} held out")
lesson.show(figures.stairs({"+ b": shares["μ + b"], "+ c": shares["μ + b + c"], "+ wᵀu": shares["μ + b + c + wᵀu"]}))
assert shares["μ + b + c"].test > 0.8 * shares["μ + b + c + wᵀu"].test

# %% [markdown]
# The order matters for the shares and not for the end: $b$ explains more if it comes first than after $c$. Users who
# rate high also choose the better films, and whichever term comes first is credited with what both could explain. Both
# orders end in the same $\mu + b + c$.

# %%
after_c = shares["μ + b + c"].train - shares["μ + c"].train
print(f"b explains {shares['μ + b'].train:.3f} of train if it comes first, {after_c:.3f} after c")

# %% [markdown]
# ## Deriving $b_i$, every line checked
#
# $$J = \sum_{(i,j)\in\Omega} (r_{ij} - w_i^\top u_j - b_i - c_j - \mu)^2
# + \lambda\big(\|W\|_F^2 + \|U\|_F^2 + \|b\|^2 + \|c\|^2\big)$$
#
# Set the slope in $b_i$ to zero. $b_i$ is the same in every term of the sum, so the sum of it is $|\Psi_i|\,b_i$:
#
# $$b_i = \frac{1}{|\Psi_i| + \lambda} \sum_{j\in\Psi_i} (r_{ij} - w_i^\top u_j - c_j - \mu)$$

# %%
tiny, _ = data.load("tiny")
small = als.Config(k=2, lam=1.0)
s = fit(als, tiny, small, T=1, seed=0)
i = tiny.user_ids.tolist().index("Chidi")

lines, here = derivation.of("b", small), derivation.at("b", s, tiny, small, i)
for name in ("Gradient", "Set to zero", "Counted", "Solved"):
    lesson.holds(lines, name, here)

# %% [markdown]
# **The notes write something else** (E2): $1/(|\Psi_i|(1+\lambda))$. It is lowest on another objective, which charges a
# bias once for every rating. On this one it is not:

# %%
lesson.holds(lines, "Not what is written", here)

# %% [markdown]
# **The vectors** are those of lesson 3 with another target: $r_{ij} - b_i - c_j - \mu$ takes the place of $r_{ij}$. The
# matrix does not change. All lines, of every unknown, for everyone:

# %%
for block, rows in (("b", tiny.N), ("c", tiny.M), ("W", tiny.N), ("U", tiny.M), ("Wb", tiny.N), ("Uc", tiny.M)):
    for row in range(rows):
        checked = derivations.check(derivation.of(block, small), derivation.at(block, s, tiny, small, row))
        assert all(line.sides.holds for line in checked)
    print(f"{block:>2}: {len(checked)} lines hold for all {rows} rows")

# %% [markdown]
# **Exercise 1.** On paper.

# %%
lesson.ask("04-by-hand")

# %%
answer = ...
lesson.check("04-by-hand", answer)


# %% [markdown]
# ## The four updates, written out
#
# A sweep is W, b, U, c, each from the newest of the others. As the notes' loops:


# %%
def bias_of(rows, W, U, c, mu, lam):
    """b_i = Σ (r_ij − w_iᵀu_j − c_j − μ) / (|Ψ_i| + λ), for every user."""
    return np.array([(r - U[j] @ w - c[j] - mu).sum() / (len(j) + lam) for w, (j, r) in zip(W, rows, strict=True)])


def vectors_of(rows, U, b, c, mu, lam):
    """w_i = (Σ u_j u_jᵀ + λI)⁻¹ Σ (r_ij − b_i − c_j − μ) u_j, for every user."""
    eye = lam * np.eye(U.shape[1])
    return np.array(
        [
            np.linalg.solve(U[j].T @ U[j] + eye, U[j].T @ (r - b_i - c[j] - mu))
            for b_i, (j, r) in zip(b, rows, strict=True)
        ]
    )


users = [tiny.of_user(i) for i in range(tiny.N)]
items = [tiny.T.of_user(j) for j in range(tiny.M)]  # a film's raters: users and films exchanged
start = als.init(tiny, small, np.random.default_rng([0, 0]))
W, U, b, c, mu = start.W, start.U, start.b, start.c, start.mu
for _ in range(5):
    W = vectors_of(users, U, b, c, mu, small.lam)
    b = bias_of(users, W, U, c, mu, small.lam)
    U = vectors_of(items, W, c, b, mu, small.lam)
    c = bias_of(items, U, W, b, mu, small.lam)

library = fit(als, tiny, small, T=5, seed=0)
for ours, theirs in ((W, library.W), (b, library.b), (U, library.U), (c, library.c)):
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
print("after 5 sweeps the loops and the library agree to nine digits")

# %% [markdown]
# ## In turn or together
#
# A bias is a weight on a feature that is always 1. Put a 1 beside $u_j$ and $[w_i, b_i]$ come out of one system:

# %%
Z = np.column_stack([s.U, np.ones(tiny.M)])
j, r = tiny.of_user(i)
together = np.linalg.solve(Z[j].T @ Z[j] + small.lam * np.eye(3), Z[j].T @ (r - s.c[j] - s.mu))
row = als.row(s, tiny, als.Config(k=2, lam=1.0, joint=True), i)
np.testing.assert_allclose(together, row.x)
print("[w, b] =", np.round(together, 3))

# %%
lesson.ask("04-joint")

# %%
answer = ...
lesson.check("04-joint", answer)

# %%
turn = als.Config(k=5, lam=10.0)
runs = {
    "in turn: W, b, U, c": [p for p, _ in trace(als, train, test, turn, T=8)],
    "together: [W, b], [U, c]": [p for p, _ in trace(als, train, test, cfg, T=8)],
}
for points in runs.values():
    assert all(after.J <= before.J * (1 + 1e-9) for before, after in pairwise(points))
lesson.show(bias_fits.blocks(runs, log=True))

parts = np.array([explained.missed_in_turn(s, train, turn) for s in islice(steps(als, train, turn), 6)])
print(f"in turn misses {parts.min():.2%} to {parts.max():.2%} of the fall of J, from the same State")
assert (parts >= 0).all()

# %% [markdown]
# From the same State the joint block is never the higher one. Of two whole runs either may be the lower: after the
# first block they stand in different places, and $J$ has more than one valley. Look at the last points above.
#
# ## With and without
#
# **Predict:** the same $k$, the same $\lambda$, and no biases.

# %%
lesson.ask("04-without")

# %%
answer = ...
lesson.check("04-without", answer)

# %%
ks = (1, 2, 5, 10)
held_out = {
    kind: [list(explained.errors(kind, train, test, k, cfg.lam, 10, 0))[-1][1] for k in ks] for kind in explained.KINDS
}
mean = metrics.rmse(np.full(test.n, train.mu), test.r)
lesson.show(bias_fits.errors(ks, held_out, mean, (0.85, 1.35), "held out", "k"))
assert min(held_out["wᵀu"]) > mean > max(held_out["μ + b + c + wᵀu"])

# %% [markdown]
# ## The film everyone likes
#
# How far does $w_i^\top u_j$ differ among those who rated a film? Where it hardly does, $c_j$ says it all.

# %%
spread = explained.spread(full, train)
often = np.flatnonzero(train.items_counts >= 50)
titles = [films.label(j) for j in range(train.M)]
liked, divides = explained.extremes(full.c, spread, often, 5)
for kind, found in (("liked by everyone: c above the spread", liked), ("a matter of taste: |c| below it", divides)):
    print(kind)
    for j in found:
        print(f"  c = {full.c[j]:+.2f}  spread {spread[j]:.2f}  {titles[j]}")
lesson.show(figures.films(full.c, spread, often, titles, titles.index("Titanic (1997)")))

# %% [markdown]
# ## Somebody new
#
# A user or film absent from training has a vector and a bias of 0. Only the other side's bias remains.

# %%
j = titles.index("The Shawshank Redemption (1994)")
print(f"someone new, {titles[j]}: μ + c = {explained.known(full, None, j):.2f}")
print(f"someone new, a new film: μ = {explained.known(full, None, None):.2f}")

new = (train.items_counts == 0)[test.j]
predicted = als.predict(full, test.i[new], test.j[new])
np.testing.assert_allclose(predicted, full.mu + full.b[test.i[new]])
kept, lost = metrics.rmse(predicted, test.r[new]), metrics.rmse(np.full(int(new.sum()), full.mu), test.r[new])
print(f"{int(new.sum())} held-out ratings are of films never seen: μ + b misses by {kept:.3f}, μ by {lost:.3f}")
assert kept < lost

# %% [markdown]
# **Exercise 2.**

# %%
lesson.ask("04-great-film")

# %%
answer = ...
lesson.check("04-great-film", answer)

# %% [markdown]
# ## Where to go from here
#
# - **In the app:** [one film's ratings, split into biases and taste](http://localhost:8501/biases?view=Everyone+likes+it)
#   (start it with `make app`).
# - **Back:** [3 · Alternating least squares](03_plain_mf.ipynb).
